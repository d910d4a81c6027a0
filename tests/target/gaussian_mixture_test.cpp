#include "target/gaussian_mixture.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

GaussianMixture<FullCovariance> mixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                                        const std::vector<Eigen::MatrixXd>& covariances) {
  math::Gaussians<FullCovariance> gaussians;
  for (std::size_t k = 0; k < covariances.size(); ++k)
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(means.col(static_cast<Eigen::Index>(k)),
                                                                         *FullCovariance::from_matrix(covariances[k])));
  return {weights, std::move(gaussians)};
}

TEST(GaussianMixtureTarget, IsTheReferencesOne) {
  double tolerance = 0.0;
  const nlohmann::json golden = test::golden_target("gaussian_mixture", tolerance);
  const nlohmann::json& inputs = golden.at("inputs");
  std::vector<Eigen::MatrixXd> covariances;
  for (const nlohmann::json& covariance : inputs.at("covs")) covariances.push_back(test::matrix(covariance));
  auto target = mixture(test::vector(inputs.at("weights")), test::matrix_of_columns(inputs.at("means")), covariances);
  const Evaluation evaluation = test::evaluate(target, test::matrix_of_columns(inputs.at("x")));
  test::expect_near_relative(evaluation.log_densities, test::vector(golden.at("expected").at("log_density")),
                             tolerance);
  test::expect_near_relative(evaluation.gradients, test::matrix_of_columns(golden.at("expected").at("grad")),
                             tolerance);
}

TEST(GaussianMixtureTarget, NormalisesItsWeightsAndShowsItsModes) {
  const Eigen::MatrixXd means{{0.0, 100.0}, {1.0, 2.0}};
  auto target = mixture(Eigen::Vector2d(1.0, 3.0), means, {Eigen::Matrix2d::Identity(), Eigen::Matrix2d::Identity()});
  test::expect_near_relative(target.weights(), Eigen::Vector2d(0.25, 0.75), 1e-15);
  EXPECT_EQ(target.means(), means);
  const Eigen::VectorXd at_modes = test::evaluate(target, means).log_densities;
  EXPECT_NEAR(at_modes[0], std::log(0.25) - std::log(2 * std::numbers::pi), 1e-14);
  EXPECT_NEAR(at_modes[1], std::log(0.75) - std::log(2 * std::numbers::pi), 1e-14);
}

TEST(GaussianMixtureTarget, CountsTheModesFound) {
  auto target = random_gaussian_mixture<FullCovariance>(3, 2);
  const auto found = [&](const Eigen::MatrixXd& means) { return target.metrics(means, {}).front().value; };
  EXPECT_EQ(found(target.means()), 10.0);
  EXPECT_EQ(found(target.means().leftCols(4)), 4.0);
  EXPECT_EQ(found(target.means().leftCols(1).array() + 5.9), 1.0);
  EXPECT_EQ(found(target.means().leftCols(1).array() + 6.1), 0.0);
}

TEST(RandomGaussianMixture, IsDecidedByItsSeed) {
  const Eigen::MatrixXd means = random_gaussian_mixture<FullCovariance>(3, 1).means();
  EXPECT_EQ(random_gaussian_mixture<FullCovariance>(3, 1).means(), means);
  EXPECT_NE(random_gaussian_mixture<FullCovariance>(3, 2).means(), means);
}

TEST(RandomGaussianMixture, HasTenEqualComponentsWithMeansUniformInABox) {
  const auto target = random_gaussian_mixture<FullCovariance>(300, 5);
  EXPECT_EQ(target.weights().size(), 10);
  EXPECT_DOUBLE_EQ(target.weights().maxCoeff(), target.weights().minCoeff());
  const Eigen::ArrayXXd means = target.means().array();
  EXPECT_LT(means.abs().maxCoeff(), 50.0);
  EXPECT_NEAR(means.mean(), 0.0, 4.0 * 50.0 / std::sqrt(3.0 * 3000.0));
  EXPECT_NEAR(means.square().mean(), 2500.0 / 3.0, 4.0 * 2500.0 * std::sqrt(4.0 / 45.0 / 3000.0));
}

// E[trace Σ] = D + D² Var(A_ij), Var(A_ij) = (0.1 D)²; two dimensions tell a wrong factor from a wrong power.
TEST(RandomGaussianMixture, HasCovariancesOfTheReferencesScale) {
  for (const Eigen::Index dimension : {1, 2}) {
    double sum = 0.0;
    constexpr int seeds = 400;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const auto target = random_gaussian_mixture<FullCovariance>(dimension, seed);
      for (const auto& gaussian : target.gaussians()) sum += gaussian->covariance().matrix().trace();
    }
    const auto d = static_cast<double>(dimension);
    const double mean = sum / (10.0 * seeds);
    const double spread = 0.01 * d * d * std::sqrt(2.0 * d * d / (10.0 * seeds));  // of the mean of d² squares
    EXPECT_NEAR(mean, d + 0.01 * d * d * d * d, 4.0 * spread) << "D = " << dimension;
  }
}

TEST(RandomDiagonalMixture, HasVariancesUniformUpToTen) {
  const auto target = random_gaussian_mixture<DiagonalCovariance>(300, 5);
  Eigen::ArrayXd variances(3000);
  for (Eigen::Index k = 0; k < 10; ++k)
    variances.segment(300 * k, 300) = target.gaussians()[static_cast<std::size_t>(k)]->covariance().variances();
  EXPECT_GT(variances.minCoeff(), 0.0);
  EXPECT_LT(variances.maxCoeff(), 10.0);
  EXPECT_NEAR(variances.mean(), 5.0, 4.0 * 10.0 / std::sqrt(12.0 * 3000.0));
}

}  // namespace
}  // namespace gmmvi::target

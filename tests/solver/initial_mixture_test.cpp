#include "solver/initial_mixture.hpp"

#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "solver/situations.hpp"

namespace gmmvi::solver {
namespace {

Mixture<FullCovariance> made(const ModelInitialization& options, Eigen::Index dimension, std::uint64_t seed = 1) {
  return initial_mixture<FullCovariance>(options, dimension, seed);
}

TEST(InitialMixture, OneComponentIsAtThePriorMean) {
  const auto mixture = made({.prior_mean = {1.0, -2.0, 3.0}, .prior_scale = {2.0}, .initial_cov = {}}, 3);
  ASSERT_EQ(mixture.size(), 1);
  EXPECT_EQ(mixture.gaussian(0).mean(), Eigen::Vector3d(1.0, -2.0, 3.0));
  EXPECT_TRUE(mixture.gaussian(0).covariance().matrix().isApprox(4.0 * Eigen::Matrix3d::Identity(), 1e-15));
  EXPECT_EQ(mixture.log_weights()[0], 0.0);
}

TEST(InitialMixture, ScalarsStandForAllDimensions) {
  const auto mixture = made({.prior_mean = {5.0}, .prior_scale = {3.0}, .initial_cov = {}}, 4);
  EXPECT_EQ(mixture.gaussian(0).mean(), Eigen::Vector4d::Constant(5.0));
  EXPECT_TRUE(mixture.gaussian(0).covariance().variances().isApprox(Eigen::Vector4d::Constant(9.0), 1e-15));
}

TEST(InitialMixture, CovarianceIsInitialCovIfThereIsOne) {
  const auto mixture =
      made({.num_initial_components = 3, .prior_scale = {3.0}, .initial_cov = PerDimension{0.25, 16.0}}, 2);
  for (Eigen::Index k = 0; k < 3; ++k)
    EXPECT_TRUE(mixture.gaussian(k).covariance().variances().isApprox(Eigen::Vector2d(0.25, 16.0), 1e-15));
}

TEST(InitialMixture, MeansAreDrawnFromThePriorWithEqualWeights) {
  constexpr int size = 4000;
  const auto mixture = made(
      {.num_initial_components = size, .prior_mean = {1.0, -1.0}, .prior_scale = {0.5, 2.0}, .initial_cov = {}}, 2);
  ASSERT_EQ(mixture.size(), size);
  Eigen::MatrixXd means(2, size);
  for (Eigen::Index k = 0; k < size; ++k) means.col(k) = mixture.gaussian(k).mean();
  const Eigen::Vector2d mean = means.rowwise().mean();
  const Eigen::Vector2d variance = (means.colwise() - mean).rowwise().squaredNorm() / size;
  EXPECT_NEAR(mean[0], 1.0, 5.0 * 0.5 / std::sqrt(size));
  EXPECT_NEAR(mean[1], -1.0, 5.0 * 2.0 / std::sqrt(size));
  EXPECT_NEAR(variance[0] / 0.25, 1.0, 5.0 * std::sqrt(2.0 / size));
  EXPECT_NEAR(variance[1] / 4.0, 1.0, 5.0 * std::sqrt(2.0 / size));
  EXPECT_NEAR(mixture.weights().minCoeff(), 1.0 / size, 1e-15);
  EXPECT_EQ(mixture.weights().minCoeff(), mixture.weights().maxCoeff());
}

TEST(InitialMixture, IsDecidedByTheSeed) {
  const ModelInitialization options{.num_initial_components = 3, .initial_cov = {}};
  EXPECT_EQ(test::hash(made(options, 2, 4)), test::hash(made(options, 2, 4)));
  EXPECT_NE(test::hash(made(options, 2, 4)), test::hash(made(options, 2, 5)));
}

// More components do not move the first ones.
TEST(InitialMixture, AComponentHasItsOwnRandomNumbers) {
  const auto three = made({.num_initial_components = 3, .initial_cov = {}}, 2),
             five = made({.num_initial_components = 5, .initial_cov = {}}, 2);
  for (Eigen::Index k = 0; k < 3; ++k) EXPECT_EQ(three.gaussian(k).mean(), five.gaussian(k).mean());
}

TEST(Prior, IsNormalWithTheInitialCovariance) {
  const auto there = prior<FullCovariance>({.prior_mean = {2.0}, .initial_cov = PerDimension{4.0}}, 3);
  ASSERT_TRUE(there);
  EXPECT_EQ(there->mean(), Eigen::Vector3d::Constant(2.0));
  EXPECT_TRUE(there->covariance().variances().isApprox(Eigen::Vector3d::Constant(4.0), 1e-15));
  EXPECT_FALSE(prior<FullCovariance>({.initial_cov = {}, .has_prior = false}, 3));
}

// Expects an Error of the configuration that says every one of `words`.
void expect_error(const std::function<void()>& body, const std::vector<std::string>& words) {
  try {
    body();
    ADD_FAILURE() << "no Error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    for (const std::string& word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what() << " lacks " << word;
  }
}

TEST(InitialMixture, AWrongLengthNamesTheKeyAndBothNumbers) {
  expect_error(
      [] {
        made({.prior_mean = {1.0, 2.0}, .initial_cov = {}}, 3);
      },
      {"model_initialization.prior_mean", "2", "3"});
  expect_error(
      [] {
        made({.prior_scale = {1.0, 2.0, 3.0, 4.0}, .initial_cov = {}}, 3);
      },
      {"model_initialization.prior_scale", "4"});
  expect_error([] { made({.initial_cov = PerDimension{}}, 3); }, {"model_initialization.initial_cov", "0"});
}

class OddTarget : public test::PointwiseTarget {
 public:
  OddTarget(Eigen::Index dimension, Eigen::Index group_size, bool gradients)
      : PointwiseTarget(dimension, group_size), gradients_(gradients) {}
  bool has_gradients() const override { return gradients_; }

 protected:
  double value(const Eigen::VectorXd&, Eigen::VectorXd&) override { return 0.0; }

 private:
  bool gradients_;
};

TEST(BuildFromConfig, RefusesATargetThatDoesNotFit) {
  const auto build = [](OddTarget target, const Options& options = {}) {
    return [target, options]() mutable { Gmmvi::build_from_config(options, target); };
  };
  expect_error(build({0, 1, true}), {"0 dimensions"});
  expect_error(build({2, 0, true}), {"group size is 0"});
  expect_error(build({2, 1, false}), {"Stein", "gradients"});
}

TEST(BuildFromConfig, RefusesAMixtureOfAnotherDimension) {
  OddTarget target(2, 1, true);
  const auto mixture = test::single(Eigen::Vector3d::Zero(), Eigen::Matrix3d::Identity());
  expect_error([&] { Gmmvi::build_from_config({}, target, mixture); }, {"3 dimensions", "the target 2"});
}

TEST(BuildFromConfig, StartsFromTheMixtureThatIsGiven) {
  OddTarget target(3, 1, true);
  const auto mixture = test::single(Eigen::Vector3d::Ones(), 2.0 * Eigen::Matrix3d::Identity());
  const Gmmvi solver = Gmmvi::build_from_config({}, target, mixture);
  EXPECT_EQ(test::hash(test::full(solver)), test::hash(mixture));
  EXPECT_EQ(solver.iterations(), 0);
  EXPECT_EQ(solver.evaluations(), 0);
}

}  // namespace
}  // namespace gmmvi::solver

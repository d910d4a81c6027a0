#include "target/linear_regression.hpp"

#include <cmath>
#include <numbers>

#include <Eigen/Cholesky>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

double log_normal(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return -0.5 * z * z - std::log(deviation) - 0.5 * std::log(2.0 * std::numbers::pi);
}

// Prior and likelihood, one normal density a parameter and an observation.
TEST(LinearRegression, IsAProductOfNormalDensities) {
  const LinearRegressionOptions options{
      .features = 3, .observations = 7, .correlation = 0.5, .noise_std = 0.3, .prior_std = 2.0};
  const LinearObservations made = simulated_observations(options, 4);
  LinearRegression target(made.features, made.responses, 0.3, 2.0);
  const Eigen::MatrixXd x = test::normal_samples(target, 1.0, 5);
  const Eigen::VectorXd densities = test::evaluate(target, x).log_densities;
  for (Eigen::Index n = 0; n < x.cols(); ++n) {
    double expected = 0.0;
    for (const double coefficient : x.col(n)) expected += log_normal(coefficient, 0.0, 2.0);
    for (Eigen::Index i = 0; i < 7; ++i)
      expected += log_normal(made.responses[i], x(0, n) + made.features.row(i).dot(x.col(n).tail(3)), 0.3);
    EXPECT_NEAR(densities[n], expected, 1e-11 * std::abs(expected));
  }
}

// One observation y = 2 of noise 1, no feature's worth of it but the intercept's and one of x = 1, priors N(0, 1):
// precision [[2, 1], [1, 2]], so covariance [[2, −1], [−1, 2]] / 3 and mean (2, 2) / 3.
TEST(LinearRegression, KnowsItsPosterior) {
  LinearRegression target(Eigen::MatrixXd::Ones(1, 1), Eigen::VectorXd::Constant(1, 2.0), 1.0, 1.0);
  EXPECT_TRUE(target.mean().isApprox(Eigen::Vector2d::Constant(2.0 / 3.0), 1e-14));
  EXPECT_TRUE(target.covariance().matrix().isApprox(Eigen::Matrix2d{{2.0, -1.0}, {-1.0, 2.0}} / 3.0, 1e-14));
  const auto moments = *target.reference_moments();
  EXPECT_EQ(moments.means, target.mean());
  EXPECT_TRUE(moments.standard_deviations.isApprox(Eigen::Vector2d::Constant(std::sqrt(2.0 / 3.0)), 1e-14));
  // The evidence is that of y ~ N(0, 1 + 1 + 1), and the posterior is normalised.
  const double at_mean = test::evaluate(target, target.mean()).log_densities[0];
  EXPECT_NEAR(at_mean + std::log(2.0 * std::numbers::pi) + 0.5 * std::log(1.0 / 3.0),
              log_normal(2.0, 0.0, std::sqrt(3.0)), 1e-14);
}

TEST(LinearRegression, IsFarAndNarrow) {
  const LinearRegressionOptions options;
  const LinearObservations made = simulated_observations(options, 1);
  LinearRegression target = simulated_linear_regression(options, 1);
  const auto moments = *target.reference_moments();
  ASSERT_EQ(target.dimension(), 27);
  // 1/√N σ √((1 + ρ²) / (1 − ρ²)) is 0.000976 for the coefficients between two neighbours.
  EXPECT_GT(moments.standard_deviations.segment(2, 24).minCoeff(), 0.0008);
  EXPECT_LT(moments.standard_deviations.maxCoeff(), 0.0012);
  EXPECT_GT(moments.means.cwiseQuotient(moments.standard_deviations).norm(), 1000.0) << "far from the prior's mean";
  const Eigen::VectorXd errors = (made.coefficients - moments.means).cwiseQuotient(moments.standard_deviations);
  EXPECT_LT(errors.cwiseAbs().maxCoeff(), 4.5) << "the truth is within the posterior";
}

TEST(LinearRegression, SimulatesFeaturesOfOneCorrelation) {
  const LinearObservations made =
      simulated_observations({.features = 4, .observations = 20000, .correlation = -0.6}, 3);
  const Eigen::MatrixXd covariance = made.features.transpose() * made.features / 20000.0;
  for (Eigen::Index i = 0; i < 4; ++i)
    for (Eigen::Index j = 0; j < 4; ++j)
      EXPECT_NEAR(covariance(i, j), std::pow(-0.6, std::abs(static_cast<double>(i - j))), 0.04);
}

TEST(LinearRegression, IsDecidedByItsSeed) {
  const auto mean = [](std::uint64_t seed) { return simulated_linear_regression({.features = 2}, seed).mean(); };
  EXPECT_EQ(mean(1), mean(1));
  EXPECT_NE(mean(1), mean(2));
}

}  // namespace
}  // namespace gmmvi::target

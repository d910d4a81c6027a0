// Densities from the literature that are normalised or whose parts are known: funnel, Rosenbrock, Brownian motion,
// log-Gaussian Cox process. Their gradients are tested in every_target_test.

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "target/brownian_motion.hpp"
#include "target/checks.hpp"
#include "target/funnel.hpp"
#include "target/log_gaussian_cox.hpp"
#include "target/rosenbrock.hpp"

namespace gmmvi::target {
namespace {

double log_normal(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return -0.5 * z * z - std::log(deviation) - 0.5 * std::log(2.0 * std::numbers::pi);
}

TEST(Funnel, IsAProductOfNormalDensities) {
  Funnel target({.dimension = 3});
  const Eigen::Vector3d x(-1.2, 0.3, -0.7);
  const double width = std::exp(-0.6);
  EXPECT_NEAR(test::evaluate(target, x).log_densities[0],
              log_normal(-1.2, 0.0, 3.0) + log_normal(0.3, 0.0, width) + log_normal(-0.7, 0.0, width), 1e-13);
}

TEST(Rosenbrock, IsAChainOfNormalDensities) {
  Rosenbrock target({.dimension = 3, .a = 0.05, .b = 5.0});
  const Eigen::Vector3d x(1.5, 2.0, 4.4);
  const double deviation = std::sqrt(0.1);
  EXPECT_NEAR(
      test::evaluate(target, x).log_densities[0],
      log_normal(1.5, 1.0, std::sqrt(10.0)) + log_normal(2.0, 2.25, deviation) + log_normal(4.4, 4.0, deviation),
      1e-13);
}

TEST(BrownianMotion, IsAProductOfNormalDensities) {
  BrownianMotion target(3, {{1, 0.4}, {3, -0.2}});
  Eigen::VectorXd x(5);
  x << -2.0, -1.5, 0.1, 0.2, -0.1;
  const double innovation = std::exp(-2.0), error = std::exp(-1.5);
  const double expected = log_normal(-2.0, 0.0, 2.0) + log_normal(-1.5, 0.0, 2.0) + log_normal(0.1, 0.0, innovation) +
                          log_normal(0.2, 0.1, innovation) + log_normal(-0.1, 0.2, innovation) +
                          log_normal(0.4, 0.1, error) + log_normal(-0.2, -0.1, error);
  EXPECT_NEAR(test::evaluate(target, x).log_densities[0], expected, 1e-12);
  EXPECT_EQ(target.parameter_names().back(), "position3");
}

TEST(SimulatedBrownianMotion, IsDecidedByItsSeed) {
  const Eigen::VectorXd x = Eigen::VectorXd::Zero(11);
  const auto density = [&](std::uint64_t seed) {
    BrownianMotion target = simulated_brownian_motion({.steps = 9}, seed);
    return test::evaluate(target, x).log_densities[0];
  };
  EXPECT_EQ(density(1), density(1));
  EXPECT_NE(density(1), density(2));
}

/// One cell: a normal prior of mean log 126 − σ²/2, and one Poisson count of mean exp(x).
TEST(LogGaussianCox, OfOneCell) {
  LogGaussianCox target(Eigen::MatrixXd::Constant(1, 1, 7.0));
  const double x = 3.0, mean = std::log(126.0) - 0.5 * 1.91;
  EXPECT_NEAR(test::evaluate(target, Eigen::VectorXd::Constant(1, x)).log_densities[0],
              log_normal(x, mean, std::sqrt(1.91)) + 7.0 * x - std::exp(x) - std::lgamma(8.0), 1e-12);
}

TEST(SimulatedLogGaussianCox, HasAsManyPointsAsExpected) {
  // exp(x) has mean 126 at every point, so that 126 points are expected in all; the count's variance is known roughly.
  double slope = 0.0;
  constexpr int seeds = 300;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    LogGaussianCox target = simulated_log_gaussian_cox({.data = "", .cells = 3}, seed);
    // the counts are what a shift of all cells by h adds to the density beside prior and exponential, to first order
    const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(9, 1, std::log(126.0) - 0.5 * 1.91);
    slope +=
        test::evaluate(target, x).gradients.sum() + 9.0 * std::exp(x(0, 0)) / 9.0;  // Σ counts: at the prior's mean
  }
  EXPECT_NEAR(slope / seeds, 126.0, 35.0);
}

}  // namespace
}  // namespace gmmvi::target

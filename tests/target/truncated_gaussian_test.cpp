#include "target/truncated_gaussian.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double log_density_at(Target& target, const Eigen::VectorXd& x) {
  return test::evaluate(target, x).log_densities[0];
}

TEST(TruncatedGaussian, IsTwiceTheNormalDensityOnAHalfLine) {
  TruncatedGaussian target({.lower = {{0.0}}});
  EXPECT_NEAR(log_density_at(target, Eigen::VectorXd::Constant(1, 0.7)),
              std::log(2.0) - 0.5 * 0.49 - 0.5 * std::log(2.0 * std::numbers::pi), 1e-14);
  EXPECT_EQ(log_density_at(target, Eigen::VectorXd::Constant(1, -1e-12)), -infinity);
}

TEST(TruncatedGaussian, IntegratesToOne) {
  TruncatedGaussian target({.mean = {1.0}, .standard_deviation = {2.0}, .lower = {{-1.5}}, .upper = {{4.0}}});
  constexpr Eigen::Index points = 55000;  // midpoints
  const double step = 5.5 / points;
  double sum = 0.0;
  for (Eigen::Index n = 0; n < points; ++n)
    sum += step * std::exp(log_density_at(target, Eigen::VectorXd::Constant(1, -1.5 + (n + 0.5) * step)));
  EXPECT_NEAR(sum, 1.0, 1e-8);
}

TEST(TruncatedGaussian, OfALargeStandardDeviationIsUniform) {
  TruncatedGaussian target(
      {.dimension = 5, .mean = {0.5}, .standard_deviation = {1e6}, .lower = {{0.0}}, .upper = {{2.0}}});
  EXPECT_NEAR(log_density_at(target, Eigen::VectorXd::Constant(5, 1.9)), -5.0 * std::log(2.0), 1e-9);
}

TEST(TruncatedGaussian, HasBoundsForEveryDimension) {
  TruncatedGaussian target({.dimension = 2, .mean = {0.0, 3.0}, .lower = {{-1.0, 2.0}}});
  EXPECT_TRUE(std::isfinite(log_density_at(target, Eigen::Vector2d(-0.9, 2.1))));
  EXPECT_EQ(log_density_at(target, Eigen::Vector2d(-0.9, 1.9)), -infinity);
  EXPECT_EQ(log_density_at(target, Eigen::Vector2d(-1.1, 2.1)), -infinity);
}

TEST(TruncatedGaussian, KnowsTheMassOfTails) {
  EXPECT_NEAR(TruncatedGaussian::mass_between(0.0, 1.0, 10.0, infinity) / 7.619853024160527e-24, 1.0, 1e-12);
  EXPECT_NEAR(TruncatedGaussian::mass_between(0.0, 1.0, -infinity, -10.0) / 7.619853024160527e-24, 1.0, 1e-12);
  EXPECT_NEAR(TruncatedGaussian::mass_between(0.0, 1.0, -1.0, 1.0), 0.6826894921370859, 1e-15);
}

TEST(UniformDisc, HasTheDensityOfItsAreaInside) {
  UniformDisc target({.center = {1.0, -2.0}, .radius = 3.0});
  EXPECT_NEAR(log_density_at(target, Eigen::Vector2d(3.9, -2.0)), -std::log(9.0 * std::numbers::pi), 1e-14);
  EXPECT_EQ(log_density_at(target, Eigen::Vector2d(4.1, -2.0)), -infinity);
}

}  // namespace
}  // namespace gmmvi::target

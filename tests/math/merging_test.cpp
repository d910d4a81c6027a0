#include "math/merging.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "math/mixture_density.hpp"
#include "math/situations.hpp"

namespace gmmvi::math {
namespace {

constexpr double any = std::numeric_limits<double>::infinity();

template <class Covariance>
WeightedGaussian<Covariance> weighted(GaussianPointer<Covariance> gaussian, double weight) {
  return {std::move(gaussian), weight};
}

GaussianPointer<DiagonalCovariance> random_diagonal(std::uint64_t seed) {
  return std::make_shared<const Gaussian<DiagonalCovariance>>(
      test::normal_vector(4, seed),
      DiagonalCovariance::from_variances(test::normal_vector(4, seed + 1).array().square() + 0.1));
}

template <class Covariance>
void expect_moments_of_the_mixture(const GaussianPointer<Covariance>& a, const GaussianPointer<Covariance>& b) {
  const auto merged = merge(weighted(a, 0.6), weighted(b, 0.2), any);
  ASSERT_TRUE(merged);
  EXPECT_DOUBLE_EQ(merged->gaussian.weight, 0.8);
  const Mixture<Covariance> mixture({a, b}, Eigen::Vector2d(0.75, 0.25));
  EXPECT_LT(test::largest_error(merged->gaussian.gaussian->mean(), mixture.mean()), 1e-14);
  EXPECT_LT(test::largest_error(merged->gaussian.gaussian->covariance().variances(), mixture.marginal_variances()),
            1e-13);
}

TEST(Merging, KeepsTheMomentsOfTheMixture) {
  expect_moments_of_the_mixture(test::random_gaussian(4, 1), test::random_gaussian(4, 2));
  expect_moments_of_the_mixture(random_diagonal(1), random_diagonal(3));
}

TEST(Merging, KeepsTheCorrelationsToo) {
  const auto a = test::random_gaussian(3, 1), b = test::random_gaussian(3, 2);
  const auto merged = merge(weighted(a, 1.0), weighted(b, 3.0), any);
  ASSERT_TRUE(merged);
  const auto second = [](const Gaussian<FullCovariance>& g) {
    return Eigen::MatrixXd(g.covariance().matrix() + g.mean() * g.mean().transpose());
  };
  EXPECT_LT(test::largest_error(second(*merged->gaussian.gaussian), 0.25 * second(*a) + 0.75 * second(*b)), 1e-13);
}

TEST(Merging, OfOneWithItselfIsTheSameAndFree) {
  const auto a = test::random_gaussian(5, 1);
  const auto merged = merge(weighted(a, 0.3), weighted(a, 0.2), 1e-12);
  ASSERT_TRUE(merged);
  EXPECT_LT(test::largest_error(merged->gaussian.gaussian->mean(), a->mean()), 1e-15);
  EXPECT_LT(test::largest_error(merged->gaussian.gaussian->covariance().matrix(), a->covariance().matrix()), 1e-14);
  EXPECT_NEAR(merged->cost, 0.0, 1e-13);
}

TEST(Merging, CostsAtLeastTheDivergenceThatItMakes) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto a = test::random_gaussian(2, 3 * seed, 3.0), b = test::random_gaussian(2, 3 * seed + 1, 3.0);
    const auto merged = merge(weighted(a, 0.7), weighted(b, 0.3), any);
    ASSERT_TRUE(merged);
    const Mixture<FullCovariance> before({a, b}, Eigen::Vector2d(0.7, 0.3)),
        after({merged->gaussian.gaussian}, Eigen::VectorXd::Ones(1));
    const Eigen::MatrixXd samples = before.sample(20000, seed).samples;
    const Eigen::VectorXd ratios = before.log_density(samples) - after.log_density(samples);
    const double error = std::sqrt((ratios.array() - ratios.mean()).square().mean() / 20000.0);
    EXPECT_LE(ratios.mean(), merged->cost + 4.0 * error);
    EXPECT_GT(merged->cost, 0.0);
  }
}

TEST(Merging, IsLeftWhereItCostsTooMuch) {
  const auto a = test::random_gaussian(3, 1), b = test::random_gaussian(3, 2);
  const double cost = merge(weighted(a, 0.5), weighted(b, 0.5), any)->cost;
  EXPECT_TRUE(merge(weighted(a, 0.5), weighted(b, 0.5), 1.0001 * cost));
  EXPECT_FALSE(merge(weighted(a, 0.5), weighted(b, 0.5), 0.9999 * cost));
}

}  // namespace
}  // namespace gmmvi::math

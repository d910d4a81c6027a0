#include "math/normal_mixture.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

using math::cdf;
using math::NormalMixture;
using math::quantile;
using math::upper_tail;

NormalMixture one(double mean, double standard_deviation) {
  return {Eigen::VectorXd::Ones(1), Eigen::VectorXd::Constant(1, mean),
          Eigen::VectorXd::Constant(1, standard_deviation)};
}

/// Overlapping, of very different widths.
NormalMixture three() {
  return {Eigen::Vector3d(0.2, 0.5, 0.3), Eigen::Vector3d(-4.0, 0.1, 5.0), Eigen::Vector3d(1.0, 0.01, 3.0)};
}

TEST(NormalMixtureCdf, OfOneComponentIsPhi) {
  EXPECT_EQ(cdf(one(3.0, 2.0), 3.0), 0.5);
  EXPECT_DOUBLE_EQ(cdf(one(3.0, 2.0), 3.0 + 2.0 * 1.959963984540054), 0.975);
  EXPECT_NEAR(upper_tail(one(0.0, 1.0), 10.0) / 7.61985302416052606e-24, 1.0, 1e-13);
  EXPECT_NEAR(cdf(one(0.0, 1.0), -10.0) / 7.61985302416052606e-24, 1.0, 1e-13);
}

TEST(NormalMixtureCdf, RisesFromZeroToOneAndTheTailIsTheRest) {
  double last = 0.0;
  for (double x = -25.0; x < 25.0; x += 0.1) {
    const double here = cdf(three(), x);
    EXPECT_GE(here, last);
    EXPECT_NEAR(here + upper_tail(three(), x), 1.0, 1e-15);
    last = here;
  }
  EXPECT_LT(cdf(three(), -25.0), 1e-20);
  EXPECT_GT(last, 1.0 - 1e-9);
}

TEST(NormalMixtureQuantile, OfOneComponentIsExact) {
  EXPECT_EQ(quantile(one(3.0, 2.0), 0.5), 3.0);
  EXPECT_DOUBLE_EQ(quantile(one(3.0, 2.0), 0.975), 3.0 + 2.0 * 1.959963984540054);
  EXPECT_DOUBLE_EQ(quantile(one(0.0, 1.0), 7.61985302416052606e-24), -10.0);
}

TEST(NormalMixtureQuantile, OfEqualComponentsIsThatOfOne) {
  const NormalMixture same{Eigen::Vector3d(0.1, 0.2, 0.7), Eigen::Vector3d::Constant(3.0),
                           Eigen::Vector3d::Constant(2.0)};
  for (const double p : {1e-9, 0.05, 0.5, 0.7, 0.95}) EXPECT_DOUBLE_EQ(quantile(same, p), quantile(one(3.0, 2.0), p));
}

TEST(NormalMixtureQuantile, InvertsTheCdf) {
  for (const double p : {1e-200, 1e-12, 0.01, 0.05, 0.19, 0.2, 0.3, 0.5})
    EXPECT_NEAR(cdf(three(), quantile(three(), p)) / p, 1.0, 1e-8) << p;
  for (const double rest : {0x1p-53, 1e-12, 0.01, 0.05, 0.25, 0.5})
    EXPECT_NEAR(upper_tail(three(), quantile(three(), 1.0 - rest)) / (1.0 - (1.0 - rest)), 1.0, 1e-8) << rest;
}

TEST(NormalMixtureQuantile, IsInvertedByTheCdf) {
  // Between the components the cdf says little of the value.
  for (const double x : {-9.0, -4.0, -3.0, 0.08, 0.1, 0.11, 3.0, 7.0})
    EXPECT_NEAR(quantile(three(), cdf(three(), x)), x, 1e-10 * std::abs(x)) << x;
}

TEST(NormalMixtureQuantile, MovesAndScalesWithTheMixture) {
  const double shift = 1e6, scale = 1e-3;
  NormalMixture moved = three();
  moved.means = (scale * moved.means.array() + shift).matrix();
  moved.standard_deviations *= scale;
  for (const double p : {0.05, 0.5, 0.95})
    EXPECT_NEAR(quantile(moved, p), scale * quantile(three(), p) + shift, 1e-10 * shift) << p;
}

TEST(NormalMixtureQuantile, OfASymmetricMixtureIsSymmetric) {
  const NormalMixture two{Eigen::Vector2d(0.5, 0.5), Eigen::Vector2d(-2.0, 2.0), Eigen::Vector2d(1.5, 1.5)};
  EXPECT_NEAR(quantile(two, 0.5), 0.0, 1e-11);
  for (const double p : {0.01, 0.05, 0.4}) EXPECT_NEAR(quantile(two, p), -quantile(two, 1.0 - p), 1e-11);
}

TEST(NormalMixtureQuantile, FindsTheRightOneOfWidelySeparatedComponents) {
  const NormalMixture apart{Eigen::Vector3d(0.25, 0.5, 0.25), Eigen::Vector3d(-1e9, 0.0, 1e9),
                            Eigen::Vector3d(1.0, 1e-3, 1.0)};
  EXPECT_NEAR(quantile(apart, 0.05), quantile(one(-1e9, 1.0), 0.2), 1.0);
  EXPECT_NEAR(quantile(apart, 0.125), -1e9, 1e-2);
  EXPECT_NEAR(quantile(apart, 0.5), 0.0, 1e-13);
  EXPECT_NEAR(quantile(apart, 0.35), quantile(one(0.0, 1e-3), 0.2), 1e-12);
  EXPECT_NEAR(quantile(apart, 0.875), 1e9, 1e-2);
  const double between = quantile(apart, 0.25);  // anywhere between the two
  EXPECT_GT(between, -1e9 + 5.0);
  EXPECT_LT(between, 0.0);
}

TEST(NormalMixtureQuantile, DoesNotSeeComponentsOfTinyWeight) {
  const NormalMixture tiny{Eigen::Vector3d(1e-30, 1.0, 1e-30), Eigen::Vector3d(-1e9, 2.0, 1e9),
                           Eigen::Vector3d(1.0, 0.5, 1e-6)};
  for (const double p : {0.001, 0.05, 0.5, 0.95, 0.999})
    EXPECT_NEAR(quantile(tiny, p), quantile(one(2.0, 0.5), p), 1e-11) << p;
  EXPECT_NEAR(quantile(tiny, 5e-31), -1e9, 1e-2) << "but for probabilities as tiny as they";
}

}  // namespace
}  // namespace gmmvi

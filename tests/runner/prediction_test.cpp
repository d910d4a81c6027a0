#include "runner/prediction.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi::runner {
namespace {

TEST(WeightedQuantile, IsTheLeastValueWithEnoughBelow) {
  const Eigen::Vector4d values(3.0, 1.0, 4.0, 2.0), weights(0.25, 0.25, 0.25, 0.25);
  EXPECT_EQ(weighted_quantile(values, weights, 0.05), 1.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.25), 1.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.26), 2.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.95), 4.0);
}

TEST(WeightedQuantile, CountsAValueAsOftenAsItsWeightSays) {
  const Eigen::Vector3d values(1.0, 2.0, 3.0), weights(0.1, 0.1, 0.8);
  EXPECT_EQ(weighted_quantile(values, weights, 0.5), 3.0);
  EXPECT_EQ(weighted_quantile(values, weights, 0.15), 2.0);
}

TEST(WeightedQuantile, AsksOnlyWhatHasAWeight) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(weighted_quantile(Eigen::Vector2d(nan, 2.0), Eigen::Vector2d(0.0, 1.0), 0.5), 2.0);
  EXPECT_TRUE(std::isnan(weighted_quantile(Eigen::Vector2d(nan, 2.0), Eigen::Vector2d(0.1, 0.9), 0.5)));
}

}  // namespace
}  // namespace gmmvi::runner

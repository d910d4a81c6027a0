#include "math/moments.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace gmmvi::math {
namespace {

TEST(Moments, AreMeanAndVariances) {
  Eigen::MatrixXd samples(2, 4);
  samples << 1.0, 2.0, 3.0, 4.0,  //
      -1.0, 1.0, -1.0, 1.0;
  const Eigen::MatrixX2d moments = moments_of(samples);
  EXPECT_TRUE(moments.col(0).isApprox(Eigen::Vector2d(2.5, 0.0) + Eigen::Vector2d::Zero()));
  EXPECT_TRUE(moments.col(1).isApprox(Eigen::Vector2d(1.25, 1.0)));
}

TEST(Moments, OfEqualSamplesHaveAVariance) {
  const Eigen::MatrixX2d moments = moments_of(Eigen::MatrixXd::Constant(1, 3, 1000.0));
  EXPECT_EQ(moments(0, 0), 1000.0);
  EXPECT_GT(moments(0, 1), 0.0);
}

TEST(Moments, OfVeryLargeSamplesAreFinite) {
  EXPECT_TRUE(moments_of(Eigen::RowVector2d(-1e300, 1e300)).allFinite());
}

}  // namespace
}  // namespace gmmvi::math

#include "math/lane_trigonometry.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi::math {
namespace {

void expect_near(const LaneArray& angles, double tolerance) {
  const SinCos result = sin_cos(angles);
  for (Eigen::Index lane = 0; lane < lanes; ++lane) {
    EXPECT_NEAR(result.sin[lane], std::sin(angles[lane]), tolerance) << angles[lane];
    EXPECT_NEAR(result.cos[lane], std::cos(angles[lane]), tolerance) << angles[lane];
  }
}

TEST(SinCos, AreThoseOfTheStandardLibrary) {
  for (int turn = -50; turn <= 50; ++turn) expect_near(LaneArray::LinSpaced(turn, turn + 1.0), 4e-16);
  for (const double angle : {1e3, 12345.678, 99999.9, -99999.9})
    expect_near(LaneArray::LinSpaced(angle, angle + 7.0), 1e-15);
}

TEST(SinCos, AreExactAtZeroAndNearRightAngles) {
  expect_near(LaneArray::LinSpaced(-M_PI, M_PI) * 10.0, 4e-16);
  EXPECT_EQ(sin_cos(LaneArray::Zero()).sin[0], 0.0);
  EXPECT_EQ(sin_cos(LaneArray::Zero()).cos[0], 1.0);
  EXPECT_NEAR(sin_cos(LaneArray::Constant(M_PI)).sin[0], 1.2246467991473532e-16, 1e-31);
}

TEST(SinCos, OfFarAnglesStayInRangeAndOfBadOnesAreNaN) {
  LaneArray angles = LaneArray::LinSpaced(1e5, 1e16);
  angles[3] = std::numeric_limits<double>::infinity();
  angles[4] = std::numeric_limits<double>::quiet_NaN();
  const SinCos result = sin_cos(angles);
  for (const Eigen::Index bad : {3, 4}) EXPECT_TRUE(std::isnan(result.sin[bad]) && std::isnan(result.cos[bad]));
  for (Eigen::Index lane = 5; lane < lanes; ++lane) {
    EXPECT_EQ(result.sin[lane], std::sin(angles[lane]));
    EXPECT_EQ(result.cos[lane], std::cos(angles[lane]));
  }
}

}  // namespace
}  // namespace gmmvi::math

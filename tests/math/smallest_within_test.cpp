#include "math/smallest_within.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

using math::smallest_within;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double inverse_square(double x) {
  return 1.0 / (x * x);
}

TEST(SmallestWithin, IsTheLowerEndWhereThatIsWithinAlready) {
  EXPECT_EQ(smallest_within(inverse_square, 3.0, 0.5), 3.0);
  EXPECT_EQ(smallest_within([](double) { return 0.0; }, 0.7, 1e-300), 0.7);
}

TEST(SmallestWithin, TheBoundItselfIsWithin) {
  EXPECT_EQ(smallest_within(inverse_square, 2.0, 0.25), 2.0);
}

TEST(SmallestWithin, FindsTheCrossingOverManyOrdersOfMagnitude) {
  for (const double bound : {1e-200, 1e-12, 0.03, 0.5, 0.999999})
    EXPECT_NEAR(smallest_within(inverse_square, 1.0, bound).value() * std::sqrt(bound), 1.0, 1e-13) << bound;
}

TEST(SmallestWithin, IsNeverOnTheWrongSide) {
  for (double bound = 1e-6; bound < 1.0; bound *= 1.37) {
    const double x = smallest_within(inverse_square, 1.0, bound).value();
    EXPECT_LE(inverse_square(x), bound);
    EXPECT_GT(inverse_square(x * (1.0 - 1e-12)), bound) << "not the smallest";
  }
}

TEST(SmallestWithin, TheLowerEndMayBeOpen) {
  for (const double pole : {1e-8, 1.0, 1e8}) {
    const auto divergence = [&](double x) { return x > pole ? pole / (x - pole) : infinity; };
    for (const double bound : {1e-6, 1.0, 1e3}) {
      const double x = smallest_within(divergence, pole, bound).value();
      EXPECT_NEAR((x / pole - 1.0) * bound, 1.0, 1e-12 * (1.0 + bound)) << pole << " " << bound;
    }
  }
}

TEST(SmallestWithin, ACliffIsFoundFromItsSafeSide) {
  const auto cliff = [](double x) { return x < 5.0 ? infinity : 0.0; };
  EXPECT_NEAR(smallest_within(cliff, 1.0, 0.1).value(), 5.0, 1e-12);
  EXPECT_GE(smallest_within(cliff, 1.0, 0.1).value(), 5.0);
}

TEST(SmallestWithin, ABoundOfZeroIsMetAtTheLowerEndOrNowhere) {
  EXPECT_EQ(smallest_within(inverse_square, 1.0, 0.0), std::nullopt);
  EXPECT_EQ(smallest_within([](double) { return 0.0; }, 1.0, 0.0), 1.0);
}

TEST(SmallestWithin, NanIsNeverWithin) {
  EXPECT_EQ(smallest_within([](double) { return nan; }, 1.0, 0.1), std::nullopt);
  EXPECT_EQ(smallest_within(inverse_square, 1.0, nan), std::nullopt);
  EXPECT_EQ(smallest_within([](double) { return infinity; }, 1.0, 0.1), std::nullopt);
}

}  // namespace
}  // namespace gmmvi

#include "math/trend.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace gmmvi::math {
namespace {

Eigen::VectorXd noise(Eigen::Index count, std::uint64_t seed) {
  core::Stream stream(seed, core::Purpose::samples);
  Eigen::VectorXd values(count);
  stream.normal({values.data(), static_cast<std::size_t>(count)});
  return values;
}

TEST(Trend, OfALineIsItsGain) {
  const Trend trend = trend_of(Eigen::VectorXd::LinSpaced(100, 0.0, 99.0));
  EXPECT_DOUBLE_EQ(trend.gain, 100.0);
  EXPECT_DOUBLE_EQ(trend.recent_gain, 50.0);
  EXPECT_NEAR(trend.noise, 0.0, 1e-12);
  EXPECT_EQ(trend.correlation, 1.0);
  EXPECT_EQ(trend.blocks, 10);
}

TEST(Trend, OfFewValuesHasABlockForEach) {
  const Trend trend = trend_of(Eigen::Vector4d(4.0, 3.0, 2.0, 1.0));
  EXPECT_EQ(trend.blocks, 4);
  EXPECT_EQ(trend.correlation, -1.0);
  EXPECT_DOUBLE_EQ(trend.gain, -4.0);
  EXPECT_EQ(trend_of(Eigen::VectorXd::Ones(1)).gain, 0.0);
  EXPECT_EQ(trend_of(Eigen::VectorXd()).blocks, 0);
}

TEST(Trend, OfNoiseIsNoTrend) {
  int correlated = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) correlated += trend_of(noise(100, seed)).correlation >= 0.5 ? 1 : 0;
  EXPECT_LE(correlated, 10) << "of 200, of which about 2 % by Kendall's distribution";
}

TEST(Trend, ShrugsOffAFewWildValues) {
  Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(100, 0.0, 1.0) + 0.01 * noise(100, 1);
  for (const Eigen::Index wild : {3, 50, 96}) values[wild] = -1e6;
  const Trend trend = trend_of(values);
  EXPECT_NEAR(trend.gain, 1.0, 0.1);
  EXPECT_GT(trend.correlation, 0.9);
  EXPECT_LT(trend.noise, 0.1);
}

TEST(Trend, OfWhatHasEndedGrowingIsThatOfItsSecondHalf) {
  Eigen::VectorXd values = 0.01 * noise(100, 2);
  values.head(40) -= Eigen::VectorXd::LinSpaced(40, 50.0, 0.0);
  const Trend trend = trend_of(values);
  EXPECT_GT(trend.gain, 1.0);
  EXPECT_NEAR(trend.recent_gain, 0.0, 0.03);
}

}  // namespace
}  // namespace gmmvi::math

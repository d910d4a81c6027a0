#include "math/log_sum_exp.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(LogSumExp, OfNothingIsMinusInfinity) {
  EXPECT_EQ(math::log_sum_exp(Eigen::VectorXd()), -infinity);
}

TEST(LogSumExp, WhereAllAreMinusInfinityIsMinusInfinity) {
  for (const Eigen::Index size : {1, 2, 3, 5, 8, 33})
    EXPECT_EQ(math::log_sum_exp(Eigen::VectorXd::Constant(size, -infinity)), -infinity);
}

TEST(LogSumExp, MinusInfinityCountsForNothing) {
  for (Eigen::Index at = 0; at < 9; ++at) {
    Eigen::VectorXd values = Eigen::VectorXd::Constant(9, -infinity);
    values[at] = -1234.5;
    EXPECT_EQ(math::log_sum_exp(values), -1234.5);
  }
}

TEST(LogSumExp, WhereOneIsNanIsNan) {
  for (Eigen::Index size = 1; size < 12; ++size)
    for (Eigen::Index at = 0; at < size; ++at)
      for (const double other : {0.0, -infinity, 1e300}) {
        Eigen::VectorXd values = Eigen::VectorXd::Constant(size, other);
        values[at] = nan;
        EXPECT_TRUE(std::isnan(math::log_sum_exp(values))) << size << " values, NaN at " << at << " beside " << other;
      }
}

TEST(LogSumExp, NeitherOverflowsNorUnderflows) {
  EXPECT_DOUBLE_EQ(math::log_sum_exp(Eigen::Vector2d(1e5, 1e5)), 1e5 + std::log(2.0));
  EXPECT_DOUBLE_EQ(math::log_sum_exp(Eigen::Vector2d(-1e5, -1e5)), -1e5 + std::log(2.0));
  EXPECT_EQ(math::log_sum_exp(Eigen::Vector2d(1e300, -1e300)), 1e300);
}

TEST(LogSumExp, OfLogarithmsIsTheLogarithmOfTheSum) {
  const Eigen::VectorXd values = test::normal_vector(37, 1).array().abs();
  EXPECT_NEAR(math::log_sum_exp(values.array().log()), std::log(values.sum()), 1e-14);
}

TEST(LogSumExp, ShiftsWithItsValues) {
  const Eigen::VectorXd values = 5.0 * test::normal_vector(20, 2);
  EXPECT_NEAR(math::log_sum_exp(values.array() + 700.0), math::log_sum_exp(values) + 700.0, 1e-12);
}

class NormalizedLogWeights : public testing::TestWithParam<double> {};  // by the spread of the log weights

TEST_P(NormalizedLogWeights, SumToOneAndStayAboveTheFloor) {
  for (const Eigen::Index size : {1, 2, 3, 10, 100, 1000}) {
    const Eigen::VectorXd weights = math::normalized_log_weights(GetParam() * test::normal_vector(size, 3));
    EXPECT_NEAR(weights.array().exp().sum(), 1.0, 1e-15 * static_cast<double>(size));
    EXPECT_GE(weights.minCoeff(), std::log(1e-30) - 1e-12);
  }
}

INSTANTIATE_TEST_SUITE_P(Spreads, NormalizedLogWeights, testing::Values(0.0, 1.0, 100.0, 1e6, 1e300));

TEST(NormalizedLogWeights, AVanishedWeightComesBackAtTheFloor) {
  const Eigen::VectorXd weights = math::normalized_log_weights(Eigen::Vector3d(0.0, -infinity, 0.0));
  EXPECT_NEAR(weights[1], std::log(1e-30) - std::log(1.0), 1e-12);
  EXPECT_DOUBLE_EQ(weights[0], std::log(0.5));
}

TEST(NormalizedLogWeights, ASingleWeightIsExactlyOne) {
  for (const double value : {0.0, -1e300, 1e300, 3.7})
    EXPECT_EQ(math::normalized_log_weights(Eigen::VectorXd::Constant(1, value))[0], 0.0);
}

}  // namespace
}  // namespace gmmvi

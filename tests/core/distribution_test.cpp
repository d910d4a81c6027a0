#include "core/distribution.hpp"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

TEST(Distribution, OfNothingIsNone) {
  EXPECT_FALSE(distribution_of({}));
}

TEST(Distribution, OfOneNumberIsThatNumber) {
  EXPECT_EQ(distribution_of({3.5}), (Distribution{.mean = 3.5, .median = 3.5, .p95 = 3.5, .max = 3.5}));
}

TEST(Distribution, DoesNotDependOnTheOrder) {
  std::vector<double> numbers(100);
  std::iota(numbers.begin(), numbers.end(), 1.0);
  const Distribution expected{.mean = 50.5, .median = 50.0, .p95 = 95.0, .max = 100.0};
  EXPECT_EQ(distribution_of(numbers), expected);
  EXPECT_EQ(distribution_of({numbers.rbegin(), numbers.rend()}), expected);
}

TEST(Distribution, OneLongOneOfTwentyIsTheLongestAlone) {
  std::vector<double> numbers(20, 1.0);
  numbers[7] = 9.0;
  EXPECT_EQ(distribution_of(numbers)->p95, 1.0);
  EXPECT_EQ(distribution_of(numbers)->max, 9.0);
  numbers[3] = 5.0;
  EXPECT_EQ(distribution_of(numbers)->p95, 5.0);
}

}  // namespace
}  // namespace gmmvi::core

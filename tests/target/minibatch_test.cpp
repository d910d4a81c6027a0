#include "target/minibatch.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace gmmvi::target {
namespace {

std::vector<Eigen::Index> rows_of(Minibatches& minibatches, const SampleId& id) {
  const auto rows = minibatches.of(id);
  return {rows.begin(), rows.end()};
}

TEST(Minibatches, HaveDifferentRows) {
  Minibatches minibatches(10, 4, true, 1);
  for (std::uint64_t position = 0; position < 50; ++position) {
    const auto rows = rows_of(minibatches, {2, position});
    EXPECT_EQ(std::set<Eigen::Index>(rows.begin(), rows.end()).size(), 4u);
    EXPECT_GE(*std::ranges::min_element(rows), 0);
    EXPECT_LT(*std::ranges::max_element(rows), 10);
  }
}

TEST(Minibatches, DependOnSampleAndSeedAlone) {
  Minibatches first(100, 7, true, 1), second(100, 7, true, 1), other(100, 7, true, 2);
  rows_of(second, {9, 9});
  EXPECT_EQ(rows_of(first, {2, 3}), rows_of(second, {2, 3}));
  EXPECT_NE(rows_of(first, {2, 3}), rows_of(first, {2, 4}));
  EXPECT_NE(rows_of(first, {2, 3}), rows_of(first, {3, 3}));
  EXPECT_NE(rows_of(first, {2, 3}), rows_of(other, {2, 3}));
  EXPECT_TRUE(first.same({2, 3}, {2, 3}));
  EXPECT_FALSE(first.same({2, 3}, {2, 4}));
}

TEST(Minibatches, MayBeSharedByABatch) {
  Minibatches shared(100, 7, false, 1);
  EXPECT_EQ(rows_of(shared, {2, 3}), rows_of(shared, {2, 4}));
  EXPECT_NE(rows_of(shared, {2, 3}), rows_of(shared, {3, 3}));
  EXPECT_TRUE(shared.same({2, 3}, {2, 4}));
  EXPECT_FALSE(shared.same({2, 3}, {3, 3}));
}

TEST(Minibatches, HaveEveryRowEquallyOften) {
  Minibatches minibatches(10, 3, true, 1);
  std::vector<double> counts(10, 0.0);
  constexpr int draws = 20000;
  for (std::uint64_t position = 0; position < draws; ++position)
    for (const Eigen::Index row : minibatches.of({0, position})) ++counts[static_cast<std::size_t>(row)];
  for (const double count : counts) EXPECT_NEAR(count, 0.3 * draws, 5.0 * std::sqrt(0.21 * draws));
}

}  // namespace
}  // namespace gmmvi::target

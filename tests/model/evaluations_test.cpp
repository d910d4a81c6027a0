#include "gmmvi/evaluations.hpp"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

constexpr Eigen::Index outputs = 5;

/// With gradients and outputs, or without.
Evaluations some(Eigen::Index count, bool with_gradients) {
  Evaluations all = Evaluations::of_size(3, count, with_gradients, with_gradients ? outputs : 0);
  all.samples.setRandom();
  all.log_densities.setRandom();
  all.gradients.setRandom();
  all.outputs.setRandom();
  return all;
}

void expect_same(const Evaluations& a, const Evaluations& b) {
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.log_densities, b.log_densities);
  EXPECT_EQ(a.gradients.cols(), b.gradients.cols());
  EXPECT_EQ(a.gradients, b.gradients);
  EXPECT_EQ(a.outputs.cols(), b.outputs.cols());
  EXPECT_EQ(a.outputs, b.outputs);
}

class Gradients : public testing::TestWithParam<bool> {};

TEST_P(Gradients, PartsOfAnySplitMakeTheWhole) {
  const Evaluations all = some(7, GetParam());
  for (Eigen::Index split = 0; split <= all.size(); ++split) {
    Evaluations joined = all.slice(0, split);
    joined.append(all.slice(split, all.size() - split));
    expect_same(joined, all);

    Evaluations filled = Evaluations::of_size(3, 7, GetParam(), GetParam() ? outputs : 0);
    filled.put(split, all.slice(split, all.size() - split));
    filled.put(0, all.slice(0, split));
    expect_same(filled, all);
  }
}

TEST_P(Gradients, ASliceIsASelectionOfNeighbours) {
  const Evaluations all = some(7, GetParam());
  std::vector<Eigen::Index> columns(3);
  std::iota(columns.begin(), columns.end(), 2);
  expect_same(all.select(columns), all.slice(2, 3));
  EXPECT_EQ(all.select({}).size(), 0);
  EXPECT_EQ(all.select({6, 0}).log_densities[1], all.log_densities[0]);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithout, Gradients, testing::Bool());

TEST(Append, TakesUnknownGradientsForZeroAndLeavesOutputsUnknown) {
  const Evaluations without = some(2, false), with = some(3, true);
  Evaluations joined = without;
  joined.append(with);
  joined.append(without);
  ASSERT_TRUE(joined.is_consistent());
  EXPECT_EQ(joined.gradients.middleCols(2, 3), with.gradients);
  EXPECT_TRUE(joined.gradients.leftCols(2).isZero(0.0));
  EXPECT_TRUE(joined.gradients.rightCols(2).isZero(0.0));
  EXPECT_EQ(joined.outputs.middleCols(2, 3), with.outputs);
  EXPECT_TRUE(joined.outputs.leftCols(2).array().isNaN().all());
  EXPECT_TRUE(joined.outputs.rightCols(2).array().isNaN().all());
}

TEST(Append, ToNothingIsACopy) {
  Evaluations joined;
  joined.append(some(0, true));
  const Evaluations more = some(2, true);
  joined.append(more);
  expect_same(joined, more);
}

TEST(Put, LeavesOutputsWhereThePartHasOthers) {
  Evaluations all = Evaluations::of_size(3, 4, true, outputs);
  EXPECT_TRUE(all.outputs.array().isNaN().all());
  const Evaluations with = some(2, true), without = some(2, false);
  all.put(0, with);
  all.put(2, without);
  EXPECT_EQ(all.outputs.leftCols(2), with.outputs);
  EXPECT_TRUE(all.outputs.rightCols(2).array().isNaN().all());
  EXPECT_EQ(all.samples.rightCols(2), without.samples);
  Evaluations of_others = some(2, true);
  of_others.outputs.resize(outputs + 1, 2);
  all.put(0, of_others);
  EXPECT_EQ(all.outputs.leftCols(2), with.outputs);
  EXPECT_EQ(all.samples.leftCols(2), of_others.samples);
}

TEST(Status, IsWhatTheLogDensitySays) {
  Evaluations all = some(4, false);
  all.log_densities << -3.0, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
      std::numeric_limits<double>::infinity();
  EXPECT_EQ(all.status(0), EvaluationStatus::value);
  EXPECT_EQ(all.status(1), EvaluationStatus::outside_support);
  EXPECT_EQ(all.status(2), EvaluationStatus::failure);
  EXPECT_EQ(all.status(3), EvaluationStatus::failure);
}

TEST(Consistency, IsAsManyOfAll) {
  Evaluations all = some(4, true);
  EXPECT_TRUE(all.is_consistent());
  all.log_densities.conservativeResize(3);
  EXPECT_FALSE(all.is_consistent());
  all = some(4, true);
  all.gradients.conservativeResize(Eigen::NoChange, 3);
  EXPECT_FALSE(all.is_consistent());
  all.gradients.resize(3, 0);
  EXPECT_TRUE(all.is_consistent());
  all.gradients.resize(2, 0);
  EXPECT_FALSE(all.is_consistent());
  all = some(4, true);
  all.outputs.conservativeResize(Eigen::NoChange, 3);
  EXPECT_FALSE(all.is_consistent());
  all.outputs.resize(0, 0);
  EXPECT_TRUE(all.is_consistent());
}

}  // namespace
}  // namespace gmmvi

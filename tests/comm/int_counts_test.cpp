#include "comm/int_counts.hpp"

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::comm {
namespace {

using Bytes = std::vector<std::size_t>;
constexpr std::size_t gibibyte = std::size_t{1} << 30;

TEST(IntCounts, CountsBytesWhileTheyFit) {
  const IntCounts small = int_counts({3, 0, 8});
  EXPECT_EQ(small.unit, 1);
  EXPECT_EQ(small.counts, (std::vector<int>{3, 0, 8}));
  EXPECT_EQ(small.starts, (std::vector<int>{0, 3, 3}));
  EXPECT_EQ(int_counts({gibibyte, gibibyte - 1}).unit, 1);
}

TEST(IntCounts, StatesTheSameBytesInLargerUnits) {
  const Bytes bytes = {3 * gibibyte, 0, 8, 5 * gibibyte + 24};
  const IntCounts large = int_counts(bytes);
  EXPECT_EQ(large.unit, 8);
  std::size_t start = 0;
  for (std::size_t rank = 0; rank < bytes.size(); ++rank) {
    EXPECT_EQ(static_cast<std::size_t>(large.counts[rank]) * 8, bytes[rank]);
    EXPECT_EQ(static_cast<std::size_t>(large.starts[rank]) * 8, start);
    start += bytes[rank];
  }
}

TEST(IntCounts, RefusesWhatMpiCannotMove) {
  EXPECT_THROW(int_counts({3 * gibibyte, 1}), Error);
  EXPECT_THROW(int_counts({20 * gibibyte, 8}), Error);
  EXPECT_THROW(int_counts({4 * gibibyte}), Error);
}

}  // namespace
}  // namespace gmmvi::comm

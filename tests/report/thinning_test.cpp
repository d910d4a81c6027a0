#include "report/thinning.hpp"

#include <gtest/gtest.h>

namespace gmmvi::report {
namespace {

std::vector<int> thinned(int count, std::size_t most) {
  Thinned<int> numbers(most);
  for (int i = 0; i < count; ++i) numbers.add(i);
  return numbers.items();
}

TEST(Thinned, KeepsAllWhileThereAreFew) {
  EXPECT_EQ(thinned(0, 5), std::vector<int>());
  EXPECT_EQ(thinned(4, 5), (std::vector<int>{0, 1, 2, 3}));
}

TEST(Thinned, KeepsFirstAndLastAndOthersEvenly) {
  for (const int count : {5, 6, 7, 16, 99, 100, 101, 12345}) {
    for (const std::size_t most : {2u, 5u, 8u, 21u}) {
      const std::vector<int> kept = thinned(count, most);
      ASSERT_LE(kept.size(), most) << count;
      EXPECT_GE(2 * kept.size(), std::min(most, std::size_t(count))) << count << " of " << most;
      EXPECT_EQ(kept.front(), 0);
      EXPECT_EQ(kept.back(), count - 1);
      for (std::size_t i = 2; i + 1 < kept.size(); ++i) EXPECT_EQ(kept[i] - kept[i - 1], kept[1] - kept[0]);
    }
  }
}

TEST(Thinned, LeavesWhatItKeepsAsItIs) {
  Thinned<std::vector<int>> lists(4);
  for (int i = 0; i < 9; ++i) lists.add({i, i, i});
  for (const auto& list : lists.items()) EXPECT_EQ(list.size(), 3u);
}

}  // namespace
}  // namespace gmmvi::report

#include <cstdint>
#include <numeric>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

/// More than 64 MiB.
constexpr std::size_t many = (std::size_t{9} << 20) + 1;

/// 8-byte numbers from `first` on.
std::vector<std::uint64_t> numbers(std::size_t first, std::size_t count) {
  std::vector<std::uint64_t> result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

std::vector<std::size_t> shares() {
  const auto size = static_cast<std::size_t>(world().size());
  std::vector<std::size_t> counts(size, many / size);
  counts.back() += many % size;
  return counts;
}

TEST(LargeMessages, AreBroadcast) {
  std::vector<std::uint64_t> values;
  if (world().is_root()) values = numbers(0, many);
  world().broadcast(values);
  EXPECT_TRUE(values == numbers(0, many));
}

TEST(LargeMessages, AreGathered) {
  const auto own = static_cast<std::size_t>(world().rank());
  const auto part = numbers(own * shares().front(), shares()[own]);
  EXPECT_TRUE(world().all_gather<std::uint64_t>(part, shares()) == numbers(0, many));
  const std::size_t on_root = world().is_root() ? many : 0;
  EXPECT_TRUE(world().gather<std::uint64_t>(part, shares()) == numbers(0, on_root));
}

/// Every rank sends the r-th share of the numbers to rank r.
TEST(LargeMessages, AreTransposed) {
  const auto own = static_cast<std::size_t>(world().rank());
  const std::vector<std::size_t> received(shares().size(), shares()[own]);
  const auto all = world().all_to_all<std::uint64_t>(numbers(0, many), shares(), received);
  const auto part = numbers(own * shares().front(), shares()[own]);
  ASSERT_EQ(all.size(), part.size() * shares().size());
  for (std::size_t start = 0; start < all.size(); start += part.size()) {
    EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + static_cast<std::ptrdiff_t>(start)));
  }
}

}  // namespace
}  // namespace gmmvi::test

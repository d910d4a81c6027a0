#include "gmmvi/communicator.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

using Counts = std::vector<std::size_t>;

/// `count` numbers that tell who sent them to whom.
std::vector<int> letter(int from, int to, std::size_t count) {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(10000 * from + 100 * to + static_cast<int>(i));
  return numbers;
}

void append(std::vector<int>& numbers, const std::vector<int>& more) {
  numbers.insert(numbers.end(), more.begin(), more.end());
}

/// Unequal, and nothing from every third rank.
std::size_t count_of(int rank) {
  return rank % 3 == 0 ? 0 : static_cast<std::size_t>(3 * rank);
}

Counts counts_of_all() {
  Counts counts;
  for (int rank = 0; rank < world().size(); ++rank) counts.push_back(count_of(rank));
  return counts;
}

std::vector<int> letters_of_all() {
  std::vector<int> all;
  for (int rank = 0; rank < world().size(); ++rank) append(all, letter(rank, 0, count_of(rank)));
  return all;
}

TEST(Communicator, IsOneSerialRankByDefault) {
  const Communicator serial;
  EXPECT_EQ(serial.rank(), 0);
  EXPECT_EQ(serial.size(), 1);
  EXPECT_TRUE(serial.is_root());
  EXPECT_EQ(serial.split(5).size(), 1);
  serial.barrier();
  const std::vector<int> values = {1, 2, 3};
  EXPECT_EQ(serial.all_gather<int>(values, {3}), values);
  EXPECT_EQ(serial.gather<int>(values, {3}), values);
  EXPECT_EQ(serial.all_to_all<int>(values, {3}, {3}), values);
}

TEST(Communicator, BroadcastsAValueFromEveryRoot) {
  for (int root = 0; root < world().size(); ++root) {
    double value = world().rank() + 0.5;
    world().broadcast(value, root);
    EXPECT_EQ(value, root + 0.5);
  }
}

TEST(Communicator, BroadcastsVectorsOfAnotherLength) {
  const int root = world().size() - 1;
  std::vector<int> values = letter(world().rank(), 0, static_cast<std::size_t>(5 + world().rank()));
  world().broadcast(values, root);
  EXPECT_EQ(values, letter(root, 0, static_cast<std::size_t>(5 + root)));
}

TEST(Communicator, BroadcastsNothing) {
  std::vector<double> values;
  if (!world().is_root()) values = {1, 2};
  world().broadcast(values);
  EXPECT_TRUE(values.empty());
}

TEST(Communicator, BroadcastsText) {
  std::string text = world().is_root() ? "kovarianz\nÄÖ\n" : "something else that is longer";
  world().broadcast(text);
  EXPECT_EQ(text, "kovarianz\nÄÖ\n");
  text = world().is_root() ? "" : "left over";
  world().broadcast(text);
  EXPECT_EQ(text, "");
}

TEST(Communicator, GathersOneValueOfEachRank) {
  const std::vector<int> all = world().all_gather(world().rank() * world().rank());
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world().size()));
  for (int rank = 0; rank < world().size(); ++rank) EXPECT_EQ(all[static_cast<std::size_t>(rank)], rank * rank);
}

TEST(Communicator, GathersUnequalAndEmptyContributionsInRankOrder) {
  const std::vector<int> own = letter(world().rank(), 0, count_of(world().rank()));
  EXPECT_EQ(world().all_gather<int>(own, counts_of_all()), letters_of_all());
  EXPECT_EQ(world().gather<int>(own, counts_of_all()), world().is_root() ? letters_of_all() : std::vector<int>());
}

TEST(Communicator, GathersNothingFromAnyone) {
  const Counts none(static_cast<std::size_t>(world().size()), 0);
  EXPECT_TRUE(world().all_gather<double>({}, none).empty());
  EXPECT_TRUE(world().gather<double>({}, none).empty());
  EXPECT_TRUE(world().all_to_all<double>({}, none, none).empty());
}

/// Every rank's records of `record` numbers, each at its place, which tells its number: the places go round the ranks,
/// `stretch` at a time, and rank 1 leaves out its turns.
void gathers_to_places(std::size_t places, std::size_t stretch, std::size_t record) {
  const auto ranks = static_cast<std::size_t>(world().size());
  std::vector<std::vector<Communicator::Run>> runs(ranks);
  std::vector<std::size_t> own;
  for (std::size_t first = 0, turn = 0; first < places; first += stretch, ++turn) {
    const std::size_t rank = turn % ranks == 1 && ranks > 2 ? 2 : turn % ranks,
                      count = std::min(stretch, places - first);
    runs[rank].push_back({first, count});
    if (rank != static_cast<std::size_t>(world().rank())) continue;
    for (std::size_t i = first * record; i < (first + count) * record; ++i) own.push_back(i);
  }
  std::vector<std::size_t> all(places * record, 0), expected(all.size());
  std::iota(expected.begin(), expected.end(), 0);
  world().all_gather_to(runs, record, std::span<const std::size_t>(own), std::span(all));
  EXPECT_TRUE(all == expected) << places << " records of " << record;
}

TEST(Communicator, GathersRecordsToTheirPlaces) {
  for (const std::size_t record : {1, 3, 27}) {
    for (const std::size_t places : {0, 1, 5, 40}) gathers_to_places(places, 1, record);
    gathers_to_places(12000, 47, record);
    gathers_to_places(12000, 1, record);
    gathers_to_places(12000, 12000, record);
  }
}

TEST(Communicator, GathersStructsBitForBit) {
  struct Record {
    double value;
    std::int8_t flag;
  };
  const auto all = world().all_gather(Record{0.1 * world().rank(), static_cast<std::int8_t>(-world().rank())});
  for (int rank = 0; rank < world().size(); ++rank) {
    EXPECT_EQ(all[static_cast<std::size_t>(rank)].value, 0.1 * rank);
    EXPECT_EQ(all[static_cast<std::size_t>(rank)].flag, -rank);
  }
}

/// From rank a to rank b go (a + 2 b) mod 4 numbers: the transpose is not symmetric and has holes.
TEST(Communicator, SendsEveryPairItsOwn) {
  const auto count = [](int from, int to) { return static_cast<std::size_t>((from + 2 * to) % 4); };
  Counts sent, received;
  std::vector<int> outgoing, expected;
  for (int other = 0; other < world().size(); ++other) {
    sent.push_back(count(world().rank(), other));
    received.push_back(count(other, world().rank()));
    append(outgoing, letter(world().rank(), other, sent.back()));
    append(expected, letter(other, world().rank(), received.back()));
  }
  EXPECT_EQ(world().all_to_all<int>(outgoing, sent, received), expected);
}

TEST(Communicator, SplitsByColorInRankOrder) {
  const Communicator half = world().split(world().rank() % 2);
  EXPECT_EQ(half.size(), (world().size() + 1 - world().rank() % 2) / 2);
  EXPECT_EQ(half.rank(), world().rank() / 2);
  const std::vector<int> members = half.all_gather(world().rank());
  for (int i = 0; i < half.size(); ++i) EXPECT_EQ(members[static_cast<std::size_t>(i)], 2 * i + world().rank() % 2);
}

TEST(Communicator, SplitsOfSplitsOutliveTheirParents) {
  Communicator part = world();
  while (part.size() > 1) part = part.split(part.rank() == 0 ? 0 : 1);
  int value = world().rank();
  part.broadcast(value);
  EXPECT_EQ(value, world().rank());
}

TEST(Communicator, PartsDoNotHearEachOther) {
  const Communicator half = world().split(world().rank() % 2);
  int in_world = world().rank();
  int in_half = world().rank() + 100;
  half.broadcast(in_half);
  world().broadcast(in_world, world().size() - 1);
  EXPECT_EQ(in_half, 100 + world().rank() % 2);
  EXPECT_EQ(in_world, world().size() - 1);
}

TEST(Communicator, CopiesAreTheSameRanks) {
  Communicator copy = world();
  const Communicator another = copy;
  copy = Communicator();
  EXPECT_EQ(another.all_gather(another.rank()).size(), static_cast<std::size_t>(world().size()));
}

}  // namespace
}  // namespace gmmvi::test

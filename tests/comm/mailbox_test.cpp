#include "comm/mailbox.hpp"

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

namespace gmmvi::comm {
namespace {

using test::world;

/// About as large as letters may be.
struct Content {
  std::int64_t number = 0;
  std::array<char, 200> text{};
};

/// Ranks whose letters are this test's own.
Communicator of_this_test() {
  return world().split(0);
}

/// The next letter, however long it takes.
template <class Content>
typename Mailbox<Content>::Letter next(Mailbox<Content>& mailbox) {
  while (true) {
    if (auto letter = mailbox.fetch()) return *letter;
    std::this_thread::yield();
  }
}

TEST(Mailbox, HasNothingBeforeSomethingWasPosted) {
  const Communicator ranks = of_this_test();
  Mailbox<int> mailbox(ranks);
  for (int time = 0; time < 100; ++time) EXPECT_FALSE(mailbox.fetch());
  ranks.barrier();  // no rank posts to one that has not looked yet
  mailbox.post(0, 1);
  for (int rank = 0; ranks.is_root() && rank < ranks.size(); ++rank) EXPECT_EQ(next(mailbox).content, 1);
  EXPECT_FALSE(mailbox.fetch()) << "every letter comes once";
}

TEST(Mailbox, BringsEveryLetterOnceAndThoseOfASenderInTheirOrder) {
  constexpr std::int64_t count = 500;  // of each rank for each, itself among them
  const Communicator ranks = of_this_test();
  Mailbox<Content> mailbox(ranks);
  Content content;
  for (content.number = 0; content.number < count; ++content.number) {
    for (int to = 0; to < ranks.size(); ++to) {
      content.text.back() = static_cast<char>(to);  // what was posted before does not change with it
      mailbox.post(to, content);
    }
  }
  std::vector<std::int64_t> expected(static_cast<std::size_t>(ranks.size()), 0);
  for (std::int64_t letters = 0; letters < count * ranks.size(); ++letters) {
    const auto letter = next(mailbox);
    ASSERT_TRUE(letter.from >= 0 && letter.from < ranks.size()) << letter.from;
    EXPECT_EQ(letter.content.number, expected[static_cast<std::size_t>(letter.from)]++) << "from " << letter.from;
    EXPECT_EQ(letter.content.text.back(), static_cast<char>(ranks.rank()));
  }
  ranks.barrier();
  EXPECT_FALSE(mailbox.fetch()) << "more letters than were posted";
}

TEST(Mailbox, PostsThoughNobodyLooks) {
  constexpr int count = 300;
  const Communicator ranks = of_this_test();
  Mailbox<Content> mailbox(ranks);
  const int neighbour = (ranks.rank() + 1) % ranks.size();
  for (int i = 0; i < count; ++i) mailbox.post(neighbour, {.number = i, .text = {}});
  ranks.barrier();  // comes to its end, whatever is on its way
  for (int i = 0; i < count; ++i) EXPECT_EQ(next(mailbox).content.number, i);
}

TEST(Mailbox, LettersAndAnswersTakeTurns) {
  const Communicator ranks = of_this_test();
  Mailbox<int> mailbox(ranks);
  constexpr int rounds = 200;
  if (ranks.is_root()) {
    for (int rank = 1; rank < ranks.size(); ++rank) mailbox.post(rank, 0);
    for (int left = rounds * (ranks.size() - 1); left > 0; --left) {
      const auto letter = next(mailbox);
      mailbox.post(letter.from, letter.content + 1);
    }
  } else {
    for (int round = 0; round < rounds; ++round) {
      const auto letter = next(mailbox);
      EXPECT_EQ(letter.from, 0);
      EXPECT_EQ(letter.content, round);
      mailbox.post(0, letter.content);
    }
    EXPECT_EQ(next(mailbox).content, rounds) << "the answer to the last one";
  }
}

TEST(Mailbox, LeavesItsLettersToTheNextOne) {
  const Communicator ranks = of_this_test();
  if (ranks.size() == 1) return;  // letters to oneself are kept by the mailbox
  {
    Mailbox<int> mailbox(ranks);
    mailbox.post((ranks.rank() + 1) % ranks.size(), ranks.rank());
  }
  Mailbox<int> mailbox(ranks);
  const auto letter = next(mailbox);
  EXPECT_EQ(letter.content, letter.from);
  EXPECT_EQ(letter.from, (ranks.rank() + ranks.size() - 1) % ranks.size());
}

}  // namespace
}  // namespace gmmvi::comm

// Sleeps grow with the time waited. That time is known here only within bounds, and so are they; nothing depends on how
// fast the machine is.

#include "comm/backoff.hpp"

#include <algorithm>
#include <sys/prctl.h>
#include <thread>

#include <gtest/gtest.h>

namespace gmmvi::comm {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using Clock = Backoff::Clock;

/// What the next sleep is after so long a wait: an eighth of it, and none in the first 50 microseconds.
nanoseconds sleep_after(nanoseconds waited, nanoseconds longest) {
  return waited > 50us ? std::min(waited / 8, longest) : 0ns;
}

/// A Backoff whose wait began between two moments.
struct Waiting {
  explicit Waiting(nanoseconds most) : longest(most), before(Clock::now()), backoff(most), after(Clock::now()) {}
  void reset() {
    before = Clock::now();
    backoff.reset();
    after = Clock::now();
  }
  void expect_law() const {
    const auto asked = Clock::now();
    const nanoseconds next = backoff.next();
    const auto answered = Clock::now();
    EXPECT_GE(next, sleep_after(asked - after, longest));
    EXPECT_LE(next, sleep_after(answered - before, longest));
  }

  nanoseconds longest;
  Clock::time_point before;
  Backoff backoff;
  Clock::time_point after;
};

TEST(Backoff, SleepsGrowWithTheTimeWaitedUpToTheLongest) {
  for (const nanoseconds longest : {nanoseconds(20us), nanoseconds(200us), nanoseconds(1ms)}) {
    const Waiting waiting(longest);
    nanoseconds last = 0ns;
    while (last < longest) {
      waiting.expect_law();
      const nanoseconds next = waiting.backoff.next();
      EXPECT_GE(next, last);
      last = next;
    }
    EXPECT_EQ(waiting.backoff.next(), longest) << "and no further";
  }
}

TEST(Backoff, StaysAwakeAsLongAsWanted) {
  constexpr nanoseconds awake = 5ms;
  const auto before = Clock::now();
  const Backoff backoff(1ms, awake);
  const auto after = Clock::now();
  bool slept = false;
  while (!slept) {
    const auto asked = Clock::now();
    slept = backoff.next() > 0ns;
    const auto answered = Clock::now();
    const bool too_early = answered - before <= awake, late = asked - after > awake;
    EXPECT_TRUE(slept ? !too_early : !late);
  }
}

TEST(Backoff, BeginsAnewWhenSomethingCame) {
  Waiting waiting(1ms);
  while (waiting.backoff.next() < 1ms) waiting.backoff.pause();
  waiting.reset();
  waiting.expect_law();
}

TEST(Backoff, APauseIsAsLongAsItSays) {
  const Backoff backoff(2ms);
  for (nanoseconds next = 0ns; next < 2ms;) {
    next = backoff.next();
    const auto start = Clock::now();
    backoff.pause();
    EXPECT_GE(Clock::now() - start, next);
  }
}

TEST(SleepPrecisely, TakesTheSlackOffThisThread) {
  std::thread([] {
    prctl(PR_SET_TIMERSLACK, 50000UL, 0UL, 0UL, 0UL);
    sleep_precisely();
    EXPECT_EQ(prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL), 1000);
  }).join();
}

}  // namespace
}  // namespace gmmvi::comm

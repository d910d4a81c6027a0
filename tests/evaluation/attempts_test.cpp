#include "evaluation/attempts.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "core/seconds_since.hpp"

namespace gmmvi::evaluation {
namespace {

using namespace std::chrono_literals;

constexpr double a_year = 3e7;  // seconds

/// Whether one older than `limit` seconds is interrupted.
bool interrupts(const Attempts& attempts, double limit) {
  bool interrupted = false;
  attempts.interrupt_after(limit, [&] { interrupted = true; });
  return interrupted;
}

TEST(Attempts, OnlyAPresentOneIsInterrupted) {
  Attempts attempts;
  EXPECT_FALSE(interrupts(attempts, 0.0)) << "none has begun";
  attempts.begin();
  EXPECT_TRUE(interrupts(attempts, 0.0));
  EXPECT_TRUE(interrupts(attempts, 0.0)) << "until it ends";
  attempts.end();
  EXPECT_FALSE(interrupts(attempts, 0.0));
}

TEST(Attempts, HaveTheirTime) {
  Attempts attempts;
  attempts.begin();
  EXPECT_FALSE(interrupts(attempts, a_year));
  std::this_thread::sleep_for(2ms);
  EXPECT_TRUE(interrupts(attempts, 0.002));
}

// While it is paused the time that an attempt has had stands still, so that bounds of it can be measured.
TEST(Attempts, HaveNoLessOfItForWhatIsNotTheirs) {
  constexpr double paused = 0.005, rounding = 1e-9;  // seconds
  Attempts attempts;
  const core::TimedBy timed(attempts);
  const auto start = Attempts::Clock::now();
  attempts.begin();
  {
    const core::Untimed untimed;
    const double at_most = core::seconds_since(start);
    std::this_thread::sleep_for(std::chrono::duration<double>(paused));
    EXPECT_FALSE(interrupts(attempts, at_most + rounding));
    EXPECT_TRUE(interrupts(attempts, 0.0)) << "at a stop all are";
  }
  {
    const core::Untimed untimed;
    EXPECT_FALSE(interrupts(attempts, core::seconds_since(start) - paused + rounding));
  }
  std::this_thread::sleep_for(2ms);
  EXPECT_TRUE(interrupts(attempts, 0.002));
  attempts.end();
}

TEST(Attempts, StandStillUntilTheOutermostPauseEnds) {
  Attempts attempts;
  const core::TimedBy timed(attempts);
  const auto start = Attempts::Clock::now();
  attempts.begin();
  {
    const core::Untimed untimed;
    const double at_most = core::seconds_since(start);
    { const core::Untimed within; }
    std::this_thread::sleep_for(5ms);
    EXPECT_FALSE(interrupts(attempts, at_most + 1e-9));
  }
  std::this_thread::sleep_for(2ms);
  EXPECT_TRUE(interrupts(attempts, 0.002));
  attempts.end();
}

TEST(Attempts, APauseMayOutliveThem) {
  Attempts attempts;
  const core::TimedBy timed(attempts);
  {
    const core::Untimed untimed;
    attempts.begin();
    attempts.end();
  }
  attempts.begin();
  EXPECT_FALSE(interrupts(attempts, a_year));
  attempts.end();
}

TEST(Attempts, WhatNobodyTimesGoesOnUntimed) {
  Attempts attempts;
  { const core::TimedBy timed(attempts); }
  const core::Untimed untimed;
  attempts.begin();
  EXPECT_TRUE(interrupts(attempts, 0.0));
}

// Else an interruption that was meant for one would hit the next.
TEST(Attempts, NoneBeginsWhileOneIsInterrupted) {
  Attempts attempts;
  attempts.begin();
  std::atomic<bool> next_began = false;
  std::thread evaluating;
  attempts.interrupt_after(0.0, [&] {
    evaluating = std::thread([&] {
      attempts.end();
      attempts.begin();
      next_began = true;
    });
    std::this_thread::sleep_for(10ms);  // enough for it to begin if it could
    EXPECT_FALSE(next_began);
  });
  evaluating.join();
  EXPECT_TRUE(next_began);
}

TEST(Attempts, AreTheLastOnceMoreAreForbidden) {
  Attempts attempts;
  EXPECT_TRUE(attempts.may_go_on());
  attempts.forbid_more();
  EXPECT_FALSE(attempts.may_go_on());
  attempts.begin();
  attempts.end();
  EXPECT_FALSE(attempts.may_go_on());
  attempts.allow_more();
  EXPECT_TRUE(attempts.may_go_on());
}

}  // namespace
}  // namespace gmmvi::evaluation

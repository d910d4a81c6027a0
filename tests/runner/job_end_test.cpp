#include "runner/job_end.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "runner/interruption.hpp"

namespace gmmvi::runner {
namespace {

using namespace std::chrono_literals;
using Clock = JobEnd::Clock;

double seconds_to(Clock::time_point moment) {
  return std::chrono::duration<double>(moment - Clock::now()).count();
}

class JobEndTest : public testing::Test {
 protected:
  JobEndTest() { ::unsetenv("SLURM_JOB_END_TIME"); }
  ~JobEndTest() override { ::unsetenv("SLURM_JOB_END_TIME"); }

  static void set_slurm_end(const std::string& text) { ::setenv("SLURM_JOB_END_TIME", text.c_str(), 1); }
  static void set_slurm_end(Clock::time_point end) { set_slurm_end(std::to_string(Clock::to_time_t(end))); }

  static void expect_goes_on(const JobEnd& end) {
    EXPECT_EQ(end.reason(), std::nullopt);
    EXPECT_EQ(end.seconds_left(), std::nullopt);
  }
  /// Suspended, with the time to `deadline` left, but no more than `grace` seconds.
  static void expect_ends_at(const JobEnd& end, Clock::time_point deadline, double grace) {
    EXPECT_EQ(end.reason(), StopReason::suspended);
    const double before = seconds_to(deadline);
    const std::optional<double> left = end.seconds_left();
    const double after = seconds_to(deadline);
    ASSERT_TRUE(left);
    EXPECT_LE(*left, std::max(0.0, std::min(grace, before)));
    EXPECT_GE(*left, std::max(0.0, std::min(grace, after)));
  }
};

TEST_F(JobEndTest, NeverComesWithoutALimit) {
  expect_goes_on(JobEnd({}));
  expect_goes_on(JobEnd({.grace = 1e9}, Clock::now() - 1000h));
}

TEST_F(JobEndTest, ComesAGraceBeforeTheWallTimeIsOver) {
  const RunOptions options{.max_wall_time = 1000.0, .grace = 30.0};
  const auto now = Clock::now();
  expect_goes_on(JobEnd(options, now));
  expect_goes_on(JobEnd(options, now - 500s));
  expect_ends_at(JobEnd(options, now - 980s), now + 20s, 30.0);
  expect_ends_at(JobEnd(options, now - 2000s), now - 1000s, 30.0);
}

TEST_F(JobEndTest, WithoutAGraceIsTheEndOfTheWallTime) {
  const RunOptions options{.max_wall_time = 1000.0, .grace = 0.0};
  expect_goes_on(JobEnd(options, Clock::now() - 500s));
  expect_ends_at(JobEnd(options, Clock::now() - 1001s), Clock::now() - 1s, 0.0);
}

TEST_F(JobEndTest, MayBeFartherThanAClockCanCount) {
  expect_goes_on(JobEnd({.max_wall_time = 1e300}));
}

TEST_F(JobEndTest, LeavesShortJobsThreeQuartersOfTheirTime) {
  const auto now = Clock::now();
  const RunOptions options{.max_wall_time = 1000.0, .grace = 1e6};
  expect_goes_on(JobEnd(options, now));
  expect_goes_on(JobEnd(options, now - 500s));
  expect_ends_at(JobEnd(options, now - 800s), now + 200s, 250.0);
  const auto end = std::chrono::floor<std::chrono::seconds>(now) + 1030s;  // SLURM counts whole seconds
  set_slurm_end(end);
  expect_goes_on(JobEnd({.grace = 1e6}, end - 30s - 1000s));
}

TEST_F(JobEndTest, IsNotThatOfAnotherJobNorInCenturies) {
  for (const char* absurd : {"-9223372036854775808", "-1", "0", "1", "1000000000", "9223372067", "9300000000",
                             "9223372036854775807", "99999999999999999999", "1e9", "soon", ""}) {
    SCOPED_TRACE(absurd);
    set_slurm_end(absurd);
    expect_goes_on(JobEnd({}));
    EXPECT_EQ(JobEnd({}).seconds_to_go(), std::nullopt);
  }
}

TEST_F(JobEndTest, ComesHalfAMinuteBeforeSlurmsWithItsGrace) {
  const auto now = std::chrono::floor<std::chrono::seconds>(Clock::now()), begin = now - 10000s;
  set_slurm_end(now + 1000s);
  expect_goes_on(JobEnd({}, begin));
  set_slurm_end(now + 50s);
  expect_ends_at(JobEnd({}, begin), now + 20s, 30.0);
  set_slurm_end(now + 10s);
  expect_ends_at(JobEnd({}, begin), now - 20s, 30.0);
  set_slurm_end(now - 10s);
  expect_ends_at(JobEnd({}, begin), now - 40s, 30.0);
}

TEST_F(JobEndTest, TheFirstLimitBinds) {
  const auto now = std::chrono::floor<std::chrono::seconds>(Clock::now()), begin = now - 10000s;
  set_slurm_end(now + 50s);
  expect_ends_at(JobEnd({.max_wall_time = 10010.0}, begin), now + 10s, 30.0);
  expect_ends_at(JobEnd({.max_wall_time = 10025.0}, begin), now + 20s, 30.0);
  expect_ends_at(JobEnd({.max_wall_time = 1e9}, begin), now + 20s, 30.0);
}

TEST_F(JobEndTest, WhatIsNoTimeIsNoLimit) {
  for (const char* text : {"", "soon", "12x", "-5", "0", " 5", "99999999999999999999999"}) {
    set_slurm_end(text);
    SCOPED_TRACE(text);
    expect_goes_on(JobEnd({}));
  }
}

// -------------------------------------------------------------------------------------------------------- signals

/// Ends the process, which is one for this test alone, with 0 if `held`.
[[noreturn]] void say(bool held) {
  std::_Exit(held ? 0 : 1);
}

void listen_and_raise(std::initializer_list<int> signals) {
  listen_for_interruptions("asked to stop\n");
  for (const int signal : signals) std::raise(signal);
}

const auto yes = testing::ExitedWithCode(0);

TEST_F(JobEndTest, ASignalSuspendsWithTheWholeGrace) {
  EXPECT_EXIT(
      {
        const JobEnd end({.grace = 12.5});
        listen_for_interruptions("");
        const bool before = end.reason().has_value();
        std::raise(SIGUSR1);
        say(!before && end.reason() == StopReason::suspended && end.seconds_left() == 12.5);
      },
      yes, "");
}

TEST_F(JobEndTest, ASignalLeavesNoMoreThanTheJobHas) {
  EXPECT_EXIT(
      {
        const JobEnd end({.max_wall_time = 1000.0, .grace = 250.0}, Clock::now() - 800s);
        listen_and_raise({SIGUSR1});
        say(end.reason() == StopReason::suspended && end.seconds_left().value_or(1e9) <= 200.0);
      },
      yes, "");
}

TEST_F(JobEndTest, SignalsThatEndLeaveNoTime) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          listen_and_raise({signal});
          const JobEnd end({.grace = 12.5});
          say(end.reason() == StopReason::interrupted && end.seconds_left() == 0.0);
        },
        yes, "asked to stop");
  }
}

TEST_F(JobEndTest, ASignalThatEndsCountsMoreThanOneThatSuspends) {
  EXPECT_EXIT(
      {
        listen_and_raise({SIGTERM, SIGUSR1, SIGTERM});  // which may come from several sides
        const JobEnd end({.grace = 12.5});
        say(end.reason() == StopReason::interrupted && end.seconds_left() == 0.0);
      },
      yes, "^asked to stop\n$");
}

TEST_F(JobEndTest, AHangUpThatIsIgnoredStaysSo) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);  // as nohup does
        listen_and_raise({SIGHUP});
        say(!JobEnd({.grace = 12.5}).reason());
      },
      yes, "^$");
}

TEST_F(JobEndTest, ASecondInterruptionFromTheKeyboardEndsAtOnce) {
  EXPECT_EXIT(
      {
        listen_and_raise({SIGINT, SIGINT});
        say(false);
      },
      testing::KilledBySignal(SIGINT), "^asked to stop\n$");
}

}  // namespace
}  // namespace gmmvi::runner

#include "runner/rate.hpp"

#include <gtest/gtest.h>

namespace gmmvi::runner {
namespace {

Progress at(double seconds, std::int64_t iterations, std::int64_t evaluations) {
  Progress progress;
  progress.wall_seconds = seconds;
  progress.report.iteration = iterations;
  progress.report.evaluations = evaluations;
  return progress;
}

TEST(Rate, SaysNothingBeforeThereIsSomethingToSay) {
  Rate rate({.iterations = 10});
  EXPECT_FALSE(rate.evaluations_per_second());
  rate.note(at(0.0, 0, 0));
  EXPECT_FALSE(rate.evaluations_per_second());
  EXPECT_FALSE(rate.seconds_left());
}

TEST(Rate, IsThatOfTheLastSeconds) {
  Rate rate({.iterations = 1000});
  for (int second = 0; second <= 20; ++second) rate.note(at(second, second, 10 * second));
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 10.0);
  for (int second = 21; second <= 40; ++second) rate.note(at(second, second, 200 + 50 * (second - 20)));
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 50.0) << "what was long ago is forgotten";
}

TEST(Rate, TheFirstLimitBinds) {
  const auto left = [](const RunOptions& options) {
    Rate rate(options);
    rate.note(at(0.0, 0, 0));
    rate.note(at(2.0, 10, 400));
    return *rate.seconds_left();
  };
  EXPECT_DOUBLE_EQ(left({.iterations = 110}), 20.0);
  EXPECT_DOUBLE_EQ(left({.iterations = 110, .max_evaluations = 1400}), 5.0);
  EXPECT_DOUBLE_EQ(left({.iterations = 110, .max_evaluations = 1400, .max_seconds = 3.5}), 1.5);
  EXPECT_DOUBLE_EQ(left({.iterations = 5}), 0.0) << "the limit is behind";
}

TEST(Rate, TheEndOfTheJobMayComeFirst) {
  Rate rate({.iterations = 110});
  rate.note(at(0.0, 0, 0));
  Progress progress = at(2.0, 10, 400);
  progress.job_seconds_left = 12.5;
  rate.note(progress);
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), 12.5);
}

TEST(Rate, InsideAnIterationCountsWhatItsBatchHasSoFar) {
  Rate rate({.iterations = 10});
  rate.note_batch(1.0, {.size = 2, .done = 1});
  EXPECT_FALSE(rate.evaluations_per_second()) << "nothing to start from";
  Progress start = at(0.0, 0, 0);
  start.job_seconds_left = 10000.0;
  rate.note(start);
  rate.note_batch(50.0, {.size = 400});
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), 9950.0) << "the job's, as there is nothing else to tell from";
  rate.note_batch(50.0, {.size = 400, .done = 100});
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 2.0);
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), 9.75 * 200.0);
  rate.note_batch(100.0, {.size = 400, .done = 400});
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 4.0) << "counted from the iteration's begin, and not twice";
  rate.note(at(110.0, 1, 400));
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), 9 * 110.0);
}

TEST(Rate, WhatAnEarlierJobEvaluatedWasNotFast) {
  Rate rate({.iterations = 12});
  rate.note(at(1000.0, 2, 800));
  for (const std::int64_t done : {300, 325, 350})
    rate.note_batch(static_cast<double>(done - 300), {.size = 400, .done = done, .known = 300});
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 1.0);
  EXPECT_DOUBLE_EQ(*rate.seconds_left(), (10.0 - 0.875) * 400.0);
  rate.note(at(1100.0, 3, 1200));
  EXPECT_DOUBLE_EQ(*rate.evaluations_per_second(), 1.0);
}

TEST(Rate, UtilizationIsTheShareOfEvaluationsInTheLastSeconds) {
  Rate rate({.iterations = 1000});
  EXPECT_FALSE(rate.utilization());
  Progress progress;
  rate.note(progress);
  EXPECT_FALSE(rate.utilization());
  for (int second = 1; second <= 40; ++second) {
    progress.wall_seconds = second;
    progress.job_seconds += {.evaluation = second <= 20 ? 0.5 : 1.5, .idle = second <= 20 ? 1.5 : 0.5};
    rate.note(progress);
  }
  EXPECT_DOUBLE_EQ(*rate.utilization(), 0.75) << "what was long ago is forgotten";
}

TEST(DurationText, HasTwoUnits) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.6), "1 min 0 s");
  EXPECT_EQ(duration_text(83.0), "1 min 23 s");
  EXPECT_EQ(duration_text(3725.0), "1 h 2 min");
  EXPECT_EQ(duration_text(200000.0), "2 d 7 h");
}

}  // namespace
}  // namespace gmmvi::runner

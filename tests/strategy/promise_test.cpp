#include "strategy/promise.hpp"

#include <limits>
#include <memory>

#include <gtest/gtest.h>

#include "gmmvi/strategy/stepsize.hpp"

namespace gmmvi::strategy {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A component whose steps promise `promise` each and keep the share `kept` of it, seen by samples of which `fresh` are
/// replaced by such that know the truth before every step.
struct Seen {
  double promise, kept, fresh;
  double estimate = 10.0, truth = 10.0, last_reward = no_reward;
  ComponentRecord::Promise record = {};

  void step() {
    record = compared(record, last_reward, {estimate, fresh});
    last_reward = estimate + promise;
    truth += kept * promise;
    estimate = truth + (1.0 - fresh) * (last_reward - truth);
  }
};

TEST(PromiseShown, IsTheShareThatStepsKeepFromTheFirstComparisonOn) {
  for (const double kept : {1.0, 0.5, 0.1, 0.0, -2.0})
    for (const double fresh : {0.05, 0.3, 1.0}) {
      Seen seen{2.0, kept, fresh};
      for (int step = 1; step <= 201; ++step) {
        seen.step();
        if (step == 3 || step == 6 || step == 21 || step == 201) {
          EXPECT_NEAR(shown(seen.record).value(), kept, 1e-10) << kept << " " << fresh << " after " << step;
        }
      }
    }
}

TEST(PromiseShown, WeighsTheStepsOfAComponentThatHaveBeenLookedAt) {
  Seen seen{2.0, 1.0, 0.25};
  for (int step = 0; step < 300; ++step) seen.step();
  EXPECT_NEAR(shown(seen.record).value(), 1.0, 1e-12);
  seen.kept = 0.0;
  double before = 1.0;
  for (int step = 0; step < 60; ++step) {
    seen.step();
    const double now = shown(seen.record).value();
    EXPECT_LE(now, before + 1e-12) << "what steps keep now is learnt little by little";
    before = now;
  }
  EXPECT_NEAR(before, 0.0, 1e-3);
}

TEST(PromiseShown, IsUnknownUntilAStepIsComparedWithWhatCameNext) {
  Seen seen{2.0, 0.5, 0.3};
  EXPECT_FALSE(shown(seen.record));
  seen.step();
  EXPECT_FALSE(shown(seen.record)) << "nothing was promised yet";
  EXPECT_EQ(seen.record.fresh, 0.0);
  seen.step();
  EXPECT_TRUE(shown(seen.record));
  EXPECT_EQ(seen.record.fresh, 0.3);
}

TEST(PromiseShown, WhatIsNotComparedMovesNoStepsize) {
  const auto rule = StepsizeRule::make(PredictedImprovementStepsizeOptions{.initial_stepsize = 0.2});
  const auto next = [&](const ComponentRecord::Promise& promise) {
    return rule->next(0.2, {.shown = shown(promise), .fresh = promise.fresh});
  };
  Seen seen{2.0, 0.9, 0.3};
  for (int step = 0; step < 5; ++step) seen.step();
  EXPECT_GT(next(seen.record), 0.2);
  const auto broken = compared(seen.record, seen.last_reward, {nan, 0.3});
  EXPECT_NEAR(shown(broken).value(), 0.9, 1e-12);
  EXPECT_EQ(next(broken), 0.2);
  const auto after = compared(broken, 3.0, {3.0, 0.3});  // promised against a number that is not there
  EXPECT_NEAR(shown(after).value(), 0.9, 1e-12);
  EXPECT_EQ(next(after), 0.2);
  EXPECT_NE(next(compared(after, 5.0, {4.9, 0.3})), 0.2);
}

TEST(PromiseShown, StepsThatPromiseALossAreTooLong) {
  Seen seen{-1.0, 1.0, 0.5};
  for (int step = 0; step < 2; ++step) seen.step();
  EXPECT_EQ(shown(seen.record), -1.0);
}

}  // namespace
}  // namespace gmmvi::strategy

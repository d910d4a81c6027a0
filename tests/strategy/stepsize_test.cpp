#include "gmmvi/strategy/stepsize.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/component_record.hpp"

#include "strategy/weight_stepsize.hpp"
#include "support/golden.hpp"

namespace gmmvi {
namespace {

using strategy::StepsizeRule;
using strategy::WeightStepsizeState;

nlohmann::json golden_case(const std::string& type) {
  const auto file = test::golden("stepsize");
  for (const auto& each : file.at("cases"))
    if (each.at("inputs").at("type") == type) return each;
  throw std::runtime_error("no golden case of type " + type);
}

ImprovementBasedStepsizeOptions improvement_based(const nlohmann::json& inputs) {
  return {.initial_stepsize = inputs.at("initial_stepsize"),
          .min_stepsize = inputs.at("min_stepsize"),
          .max_stepsize = inputs.at("max_stepsize"),
          .stepsize_inc_factor = inputs.at("stepsize_inc_factor"),
          .stepsize_dec_factor = inputs.at("stepsize_dec_factor")};
}

TEST(Stepsize, DecayingFollowsTheReference) {
  const auto each = golden_case("decaying");
  const auto& inputs = each.at("inputs");
  const auto rule = StepsizeRule::make(DecayingStepsizeOptions{.initial_stepsize = inputs.at("initial_stepsize"),
                                                               .annealing_exponent = inputs.at("annealing_exponent")});
  const Eigen::VectorXd expected = test::vector(each.at("expected").at("stepsize"));
  for (Eigen::Index i = 0; i < expected.size(); ++i)
    test::expect_near_relative(
        rule->next(-1.0, {.updates = inputs.at("updates_received")[static_cast<std::size_t>(i)]}), expected[i], 1e-10);
}

TEST(Stepsize, ImprovementBasedFollowsTheReference) {
  const auto each = golden_case("improvement-based");
  const auto& inputs = each.at("inputs");
  const auto rule = StepsizeRule::make(improvement_based(inputs));
  const Eigen::VectorXd last = test::vector(inputs.at("last_reward"));
  const Eigen::VectorXd before = test::vector(inputs.at("reward_before"), no_reward);
  const Eigen::VectorXd expected = test::vector(each.at("expected").at("stepsize_after"));
  double stepsize = rule->initial();
  for (Eigen::Index i = 0; i < expected.size(); ++i) {
    stepsize = rule->next(stepsize, {.updates = i, .improved = last[i] > before[i]});
    test::expect_near_relative(stepsize, expected[i], 1e-10);
  }
}

TEST(Stepsize, OfTheWeightsFollowsTheReference) {
  const auto each = golden_case("weight improvement-based");
  const auto& inputs = each.at("inputs");
  const auto& expected = each.at("expected");
  const auto rule = StepsizeRule::make(improvement_based(inputs));
  WeightStepsizeState state{.stepsize = rule->initial()};
  for (std::size_t i = 0; i < inputs.at("calls").size(); ++i) {
    const auto& call = inputs.at("calls")[i];
    const auto objective = strategy::weight_objective(
        test::vector(call.at("weights")), test::vector(call.at("last_reward"), no_reward), inputs.at("beta"));
    state = strategy::advance(*rule, state, objective);
    ASSERT_EQ(objective.has_value(), !expected.at("estimate")[i].is_null()) << "call " << i;
    if (objective) test::expect_near_relative(*objective, expected.at("estimate")[i].get<double>(), 1e-10);
    test::expect_near_relative(state.stepsize, expected.at("stepsize_after")[i].get<double>(), 1e-10);
  }
}

TEST(Stepsize, OfTheWeightsDecaysWithTheirOwnUpdates) {
  const auto rule = StepsizeRule::make(DecayingStepsizeOptions{.initial_stepsize = 0.8, .annealing_exponent = 1.0});
  WeightStepsizeState state{.stepsize = rule->initial()};
  for (const double expected : {0.8, 0.4, 0.8 / 3.0}) {
    state = strategy::advance(*rule, state, std::nullopt);
    EXPECT_DOUBLE_EQ(state.stepsize, expected);
  }
}

TEST(Stepsize, WithoutAComparisonStaysAsItIs) {
  const auto rule = StepsizeRule::make(ImprovementBasedStepsizeOptions{.initial_stepsize = 0.5});
  EXPECT_EQ(rule->next(0.123, {.updates = 7}), 0.123);
}

TEST(Stepsize, StaysWithinItsLimitsForever) {
  const ImprovementBasedStepsizeOptions options{.initial_stepsize = 0.5, .min_stepsize = 0.01, .max_stepsize = 2.0};
  const auto rule = StepsizeRule::make(options);
  double stepsize = rule->initial();
  for (int i = 0; i < 200; ++i) stepsize = rule->next(stepsize, {.improved = true});
  EXPECT_EQ(stepsize, 2.0);
  for (int i = 0; i < 200; ++i) stepsize = rule->next(stepsize, {.improved = false});
  EXPECT_EQ(stepsize, 0.01);
}

TEST(Stepsize, WithHeadroomMayGrowFurtherByImprovements) {
  const auto rule = StepsizeRule::make(ImprovementBasedStepsizeOptions{.initial_stepsize = 0.2, .max_stepsize = 0.2});
  const auto after = [&](int improvements, double headroom) {
    double stepsize = rule->initial();
    for (int i = 0; i < improvements; ++i) stepsize = rule->next(stepsize, {.improved = true, .headroom = headroom});
    return stepsize;
  };
  EXPECT_EQ(after(100, 1.0), 0.2);
  EXPECT_EQ(after(1, 1.75), 1.15 * 0.2);
  EXPECT_EQ(after(100, 1.75), 1.75 * 0.2);
  EXPECT_EQ(after(100, 1e9), 2.0 * 0.2);
  EXPECT_EQ(rule->next(0.5, {.improved = true, .headroom = 1.5}), 1.5 * 0.2) << "there were more samples before";
  EXPECT_EQ(rule->next(0.5, {}), 0.5);
  const auto fixed = StepsizeRule::make(FixedStepsizeOptions{.initial_stepsize = 0.1});
  EXPECT_EQ(fixed->next(0.1, {.improved = true, .headroom = 4.0}), 0.1);
}

TEST(Stepsize, OfZeroFreezesUnderEveryRule) {
  for (const ComponentStepsizeOptions& options :
       {ComponentStepsizeOptions(ImprovementBasedStepsizeOptions{.initial_stepsize = 0.0}),
        ComponentStepsizeOptions(DecayingStepsizeOptions{.initial_stepsize = 0.0}),
        ComponentStepsizeOptions(FixedStepsizeOptions{.initial_stepsize = 0.0}),
        ComponentStepsizeOptions(PredictedImprovementStepsizeOptions{.initial_stepsize = 0.0})}) {
    const auto rule = StepsizeRule::make(options);
    EXPECT_EQ(rule->initial(), 0.0);
    for (const bool improved : {true, false})
      EXPECT_EQ(rule->next(0.0, {.improved = improved, .shown = 1.0, .fresh = 1.0}), 0.0);
  }
}

TEST(Stepsize, FixedIgnoresEverything) {
  const auto rule = StepsizeRule::make(FixedStepsizeOptions{.initial_stepsize = 0.3});
  EXPECT_EQ(rule->initial(), 0.3);
  EXPECT_EQ(rule->next(0.7, {.updates = 100, .improved = true}), 0.3);
  EXPECT_EQ(rule->next(0.7, {.updates = 100, .improved = false, .shown = 1.0, .fresh = 1.0}), 0.3);
}

class PredictedImprovement : public testing::Test {
 protected:
  const std::unique_ptr<StepsizeRule> rule_ = StepsizeRule::make(
      PredictedImprovementStepsizeOptions{.initial_stepsize = 0.2, .min_stepsize = 0.02, .max_stepsize = 3.0});
  double after(double stepsize, double shown, double fresh) const {
    return rule_->next(stepsize, {.shown = shown, .fresh = fresh});
  }
};

TEST_F(PredictedImprovement, ThreeQuartersOfWhatWasPromisedKeepTheStepsize) {
  EXPECT_TRUE(rule_->goes_by_promises());
  EXPECT_EQ(rule_->initial(), 0.2);
  EXPECT_EQ(after(0.3, 0.75, 1.0), 0.3);
  EXPECT_GT(after(0.3, 0.8, 1.0), 0.3);
  EXPECT_LT(after(0.3, 0.7, 1.0), 0.3);
  EXPECT_LT(after(0.3, -1.0, 1.0), after(0.3, 0.0, 1.0));
  EXPECT_DOUBLE_EQ(after(0.3, 1.25, 1.0), 0.3 * 2.0);
}

TEST_F(PredictedImprovement, ManySmallRenewalsAreOneLargeOne) {
  for (const double shown : {-0.3, 0.2, 0.9}) {
    double stepsize = 0.3;
    for (int i = 0; i < 20; ++i) stepsize = after(stepsize, shown, 0.05);
    EXPECT_NEAR(stepsize, after(0.3, shown, 1.0), 1e-12) << shown;
  }
}

TEST_F(PredictedImprovement, WithoutFreshSamplesOrAnyPromiseItStays) {
  EXPECT_EQ(after(0.3, 1.0, 0.0), 0.3);
  EXPECT_EQ(rule_->next(0.3, {.improved = true, .fresh = 1.0}), 0.3);
}

TEST_F(PredictedImprovement, StaysWithinItsLimits) {
  double stepsize = rule_->initial();
  for (int i = 0; i < 50; ++i) stepsize = after(stepsize, 1e9, 1.0);
  EXPECT_EQ(stepsize, 3.0);
  for (int i = 0; i < 50; ++i) stepsize = after(stepsize, -1e9, 1.0);
  EXPECT_EQ(stepsize, 0.02);
}

TEST(WeightObjective, LeavesOutComponentsWithoutAReward) {
  const double kept = 0.4 * (2.0 - 0.5 * std::log(0.4));
  const auto objective = strategy::weight_objective(Eigen::Vector2d(0.4, 0.6), Eigen::Vector2d(2.0, no_reward), 0.5);
  EXPECT_DOUBLE_EQ(objective.value(), kept);
}

}  // namespace
}  // namespace gmmvi

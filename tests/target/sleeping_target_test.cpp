#include "target/sleeping_target.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <future>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

using Failure = SleepingTarget::Failure;

constexpr double sigmas = 5.0;  // of the statistical bounds; seeds are fixed
constexpr int draws = 20000;
constexpr double moment = 1e-9;  // seconds, where time is not what is tested
constexpr auto generous = std::chrono::seconds(60);

/// log p̃(x) = x1 with the gradient e1, at most `size` samples at a time; notes what it is called with.
class FirstCoordinate : public Target {
 public:
  explicit FirstCoordinate(Eigen::Index size = 64) : size_(size) {}

  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return true; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    EXPECT_EQ(static_cast<std::size_t>(samples.cols()), ids.size());
    calls.push_back(samples.cols());
    for (const SampleId& id : ids) positions.push_back(id.position);
    Evaluation result = Evaluation::of_size(2, samples.cols(), want_gradients);
    result.log_densities = samples.row(0).transpose();
    if (want_gradients) result.gradients.colwise() = Eigen::Vector2d::UnitX();
    if (samples(0, 0) < 0.0) result.status.assign(ids.size(), EvaluationStatus::outside_support);
    return result;
  }
  Eigen::Index group_size() const override { return size_; }
  void interrupt() override { ++interruptions; }
  std::vector<std::string> parameter_names() const override { return {"height", "width"}; }
  std::optional<Drawing> draw(const Eigen::VectorXd& sample) const override {
    return Drawing{.lines = {}, .points = sample};
  }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd&) override {
    return {{"means", static_cast<double>(means.cols())}};
  }

  std::vector<Eigen::Index> calls;
  std::vector<std::uint64_t> positions;
  std::atomic<int> interruptions = 0;

 private:
  Eigen::Index size_;
};

SleepingTarget sleeping(const SleepingOptions& options, std::uint64_t seed = 5) {
  return {std::make_unique<FirstCoordinate>(), options, seed};
}

Evaluation evaluate_one(SleepingTarget& target, const SampleId& id, double x1 = 1.0) {
  return target.evaluate(Eigen::Vector2d(x1, 0.0), {&id, 1}, false);
}

/// Of the groups 0, 1, … of a batch.
std::vector<SleepingTarget::Fate> fates(const SleepingOptions& options, double x1 = 0.0) {
  const SleepingTarget target = sleeping(options);
  std::vector<SleepingTarget::Fate> drawn;
  for (std::uint64_t n = 0; n < draws; ++n) drawn.push_back(target.fate({3, n}, x1));
  return drawn;
}

std::vector<double> seconds(const SleepingOptions& options, double x1 = 0.0) {
  std::vector<double> drawn;
  for (const auto& fate : fates(options, x1)) drawn.push_back(fate.seconds);
  return drawn;
}

Eigen::Map<const Eigen::ArrayXd> array(const std::vector<double>& values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

/// `count` of `draws` events of this probability.
void expect_binomial(std::int64_t count, double probability) {
  EXPECT_NEAR(static_cast<double>(count), probability * draws,
              sigmas * std::sqrt(probability * (1.0 - probability) * draws));
}

TEST(SleepingTarget, AlwaysTakesAsLongWithoutSpread) {
  for (const double each : seconds({.seconds = 0.3})) EXPECT_EQ(each, 0.3);
}

TEST(SleepingTarget, TakesUniformSecondsAroundTheirMean) {
  const std::vector<double> drawn = seconds({.seconds = 2.0, .spread = 0.5});
  EXPECT_GE(array(drawn).minCoeff(), 1.0);
  EXPECT_LE(array(drawn).maxCoeff(), 3.0);
  const double variance = 1.0 / 3.0;  // of a uniform number in (1, 3)
  EXPECT_NEAR(array(drawn).mean(), 2.0, sigmas * std::sqrt(variance / draws));
  const double fourth_moment = 1.0 / 5.0;
  EXPECT_NEAR((array(drawn) - 2.0).square().mean(), variance,
              sigmas * std::sqrt((fourth_moment - variance * variance) / draws));
}

TEST(SleepingTarget, TakesLogNormalSecondsOfTheSameMean) {
  const double sigma = 0.8, variance = sigma * sigma;
  const std::vector<double> drawn = seconds({.seconds = 2.0, .sigma = sigma});
  EXPECT_NEAR(array(drawn).mean(), 2.0, sigmas * 2.0 * std::sqrt(std::expm1(variance) / draws));
  const Eigen::ArrayXd logarithms = array(drawn).log();
  EXPECT_NEAR(logarithms.mean(), std::log(2.0) - 0.5 * variance, sigmas * sigma / std::sqrt(draws));
  EXPECT_NEAR((logarithms - logarithms.mean()).square().mean(), variance, sigmas * variance * std::sqrt(2.0 / draws));
}

TEST(SleepingTarget, DependsOnTheFirstParameterWithTheSameMeanOfBothEnds) {
  const double d = 0.7;
  const SleepingTarget target = sleeping({.seconds = 3.0, .dependence = d});
  const auto at = [&](double x1) { return target.fate({}, x1).seconds; };
  EXPECT_NEAR(at(1e9) / at(-1e9), std::exp(2.0 * d), 1e-12);
  EXPECT_NEAR(0.5 * (at(1e9) + at(-1e9)), 3.0, 1e-12);
  EXPECT_NEAR(at(0.5), 3.0 * std::exp(d * std::tanh(0.5)) / std::cosh(d), 1e-12);
  EXPECT_EQ(at(std::numeric_limits<double>::quiet_NaN()), at(0.0));
  EXPECT_EQ(at(-std::numeric_limits<double>::infinity()), at(-1e9));
  const SleepingTarget steep = sleeping({.seconds = 3.0, .dependence = -1e5});
  EXPECT_EQ(steep.fate({}, -1e9).seconds, 6.0);
  EXPECT_EQ(steep.fate({}, 1e9).seconds, 0.0);
}

TEST(SleepingTarget, FailsAsOftenAsItIsTold) {
  const SleepingFailures told{
      .exception = 0.05, .not_a_number = 0.1, .wrong_shape = 0.15, .hang = 0.2, .transient = 0.3};
  std::array<std::int64_t, 4> counts{};
  std::int64_t transient = 0;
  for (const auto& fate : fates({.failures = told})) {
    if (fate.failure) ++counts[static_cast<std::size_t>(*fate.failure)];
    if (fate.failure && fate.transient) ++transient;
  }
  expect_binomial(counts[static_cast<std::size_t>(Failure::exception)], told.exception);
  expect_binomial(counts[static_cast<std::size_t>(Failure::not_a_number)], told.not_a_number);
  expect_binomial(counts[static_cast<std::size_t>(Failure::wrong_shape)], told.wrong_shape);
  expect_binomial(counts[static_cast<std::size_t>(Failure::hang)], told.hang);
  expect_binomial(transient, 0.5 * told.transient);
}

TEST(SleepingTarget, DrawsFromSeedAndIdAlone) {
  const SleepingOptions options{.seconds = moment, .spread = 1.0, .failures = {.not_a_number = 0.5}};
  SleepingTarget busy = sleeping(options);
  for (std::uint64_t n = 0; n < 10; ++n) evaluate_one(busy, {9, n});
  const SleepingTarget fresh = sleeping(options), other = sleeping(options, 6);
  const SampleId id{2, 3};
  EXPECT_EQ(busy.fate(id, 0.0).seconds, fresh.fate(id, 0.0).seconds);
  for (const double another :
       {other.fate(id, 0.0).seconds, fresh.fate({2, 4}, 0.0).seconds, fresh.fate({3, 3}, 0.0).seconds,
        fresh.fate({SampleId::metrics_batch | 2, 3}, 0.0).seconds})
    EXPECT_NE(fresh.fate(id, 0.0).seconds, another);
}

TEST(SleepingTarget, FailsInTheSameGroupsHoweverLongTheyTake) {
  const SleepingFailures failures{.exception = 0.3, .hang = 0.3, .transient = 0.5};
  const auto even = fates({.failures = failures});
  const auto uneven = fates({.seconds = 7.0, .sigma = 1.0, .dependence = 2.0, .failures = failures}, 1.0);
  for (std::size_t n = 0; n < even.size(); ++n) {
    EXPECT_EQ(even[n].failure, uneven[n].failure);
    EXPECT_EQ(even[n].transient, uneven[n].transient);
  }
}

TEST(SleepingTarget, IsOtherwiseTheTargetWithin) {
  SleepingTarget target(std::make_unique<FirstCoordinate>(), {.seconds = moment, .group_size = 5}, 1);
  EXPECT_EQ(target.dimension(), 2);
  EXPECT_TRUE(target.has_gradients());
  EXPECT_EQ(target.group_size(), 5);
  EXPECT_FALSE(target.cheap());
  EXPECT_TRUE(target.interruptible());
  EXPECT_EQ(target.parameter_names(), (std::vector<std::string>{"height", "width"}));
  EXPECT_EQ(target.draw(Eigen::Vector2d(1.0, 2.0))->points, Eigen::Vector2d(1.0, 2.0));
  EXPECT_EQ(target.metrics(Eigen::MatrixXd::Zero(2, 3), {}).front().value, 3.0);
}

TEST(SleepingTarget, GivesTheTargetWithinNoMoreThanItTakes) {
  auto owned = std::make_unique<FirstCoordinate>(3);
  FirstCoordinate& inner = *owned;
  SleepingTarget target(std::move(owned), {.seconds = moment, .group_size = 8}, 1);
  Eigen::MatrixXd samples(2, 8);
  samples << 1, 2, 3, -4, 5, 6, 7, 8, Eigen::RowVectorXd::Zero(8);
  std::vector<SampleId> ids;
  for (std::uint64_t n = 0; n < 8; ++n) ids.push_back({1, 10 + n});
  const Evaluation evaluation = target.evaluate(samples, ids, true);
  EXPECT_EQ(inner.calls, (std::vector<Eigen::Index>{3, 3, 2}));
  EXPECT_EQ(inner.positions, (std::vector<std::uint64_t>{10, 11, 12, 13, 14, 15, 16, 17}));
  EXPECT_EQ(evaluation.log_densities, samples.row(0).transpose());
  EXPECT_EQ(evaluation.gradients.row(0), Eigen::RowVectorXd::Ones(8));
  for (std::size_t n = 0; n < 8; ++n) {
    EXPECT_EQ(evaluation.status[n], n >= 3 && n < 6 ? EvaluationStatus::outside_support : EvaluationStatus::value);
  }
  EXPECT_EQ(target.evaluate(samples, ids, false).gradients.size(), 0);
}

TEST(SleepingTarget, TakesAsLongAsWasDrawn) {
  SleepingTarget target = sleeping({.seconds = 0.02, .spread = 0.5});
  for (std::uint64_t n = 0; n < 5; ++n) {
    const auto begin = std::chrono::steady_clock::now();
    evaluate_one(target, {0, n});
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(taken.count(), target.fate({0, n}, 1.0).seconds - 1e-6);
  }
}

TEST(SleepingTarget, ThrowsOrReturnsWhatIsNoUse) {
  SleepingTarget throwing = sleeping({.seconds = moment, .failures = {.exception = 1.0}});
  try {
    evaluate_one(throwing, {4, 2});
    ADD_FAILURE() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "the sleeping target throws, as failures.exception wants it (batch 4, position 2)");
  }
  SleepingTarget nan = sleeping({.seconds = moment, .failures = {.not_a_number = 1.0}});
  EXPECT_TRUE(std::isnan(evaluate_one(nan, {}).log_densities[0]));
  SleepingTarget misshapen = sleeping({.seconds = moment, .failures = {.wrong_shape = 1.0}});
  EXPECT_EQ(evaluate_one(misshapen, {}).log_densities.size(), 0);
  EXPECT_EQ(test::evaluate(misshapen, Eigen::MatrixXd::Ones(2, 3)).log_densities.size(), 2);
}

/// How an evaluation ended.
std::optional<Failure> failure_of(SleepingTarget& target, const SampleId& id) {
  try {
    const Evaluation evaluation = evaluate_one(target, id);
    if (evaluation.log_densities.size() != 1) return Failure::wrong_shape;
    if (std::isnan(evaluation.log_densities[0])) return Failure::not_a_number;
    return std::nullopt;
  } catch (const Error&) {
    return Failure::exception;
  }
}

TEST(SleepingTarget, FailsAsDrawnAndCountsIt) {
  for (const std::uint64_t batch : {std::uint64_t{7}, SampleId::metrics_batch | 7}) {
    SleepingTarget target =
        sleeping({.seconds = moment, .failures = {.exception = 0.2, .not_a_number = 0.3, .wrong_shape = 0.1}});
    SleepingTarget::FailureCounts expected;
    for (std::uint64_t n = 0; n < 500; ++n) {
      const SampleId id{batch, n};
      const auto failure = target.fate(id, 1.0).failure;
      EXPECT_EQ(failure_of(target, id), failure);
      EXPECT_EQ(failure_of(target, id), failure) << "tried again";
      if (failure == Failure::exception) expected.exception += 2;
      if (failure == Failure::not_a_number) expected.not_a_number += 2;
      if (failure == Failure::wrong_shape) expected.wrong_shape += 2;
    }
    EXPECT_EQ(target.failures(), expected);
    EXPECT_GT(expected.wrong_shape, 0);
  }
}

TEST(SleepingTarget, TransientFailuresAreGoneWhenTriedAgain) {
  SleepingTarget target = sleeping({.seconds = moment, .failures = {.not_a_number = 0.5, .transient = 0.5}});
  std::int64_t failures = 0;
  for (const int attempt : {1, 2, 3}) {
    for (std::uint64_t n = 0; n < 200; ++n) {
      const auto fate = target.fate({1, n}, 1.0);
      const bool fails = fate.failure && (attempt == 1 || !fate.transient);
      EXPECT_EQ(failure_of(target, {1, n}).has_value(), fails);
      failures += fails ? 1 : 0;
    }
  }
  EXPECT_EQ(target.failures().not_a_number, failures);
}

/// Evaluates one group in a thread of its own; what it threw, or nothing.
std::future<std::string> evaluation_of(SleepingTarget& target) {
  return std::async(std::launch::async, [&target]() -> std::string {
    try {
      evaluate_one(target, {});
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  });
}

void expect_interrupted(std::future<std::string>& evaluation) {
  ASSERT_EQ(evaluation.wait_for(generous), std::future_status::ready);
  const std::string message = evaluation.get();
  EXPECT_TRUE(message.starts_with("interrupted after ") && message.ends_with(" s")) << message;
}

TEST(SleepingTarget, HangsUntilItIsInterrupted) {
  auto owned = std::make_unique<FirstCoordinate>();
  const FirstCoordinate& inner = *owned;
  SleepingTarget target(std::move(owned), {.seconds = moment, .failures = {.hang = 1.0}}, 1);
  auto evaluation = evaluation_of(target);
  while (target.failures().hang == 0) std::this_thread::yield();  // from here on one interruption must do
  EXPECT_EQ(evaluation.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  target.interrupt();
  expect_interrupted(evaluation);
  EXPECT_EQ(inner.interruptions, 1);
}

TEST(SleepingTarget, IsInterruptedWhileItSleeps) {
  SleepingTarget target = sleeping({.seconds = 1e6});
  auto evaluation = evaluation_of(target);
  while (evaluation.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) target.interrupt();
  expect_interrupted(evaluation);
}

TEST(SleepingTarget, ForgetsInterruptionsThatCameBefore) {
  SleepingTarget target = sleeping({.seconds = 0.002});
  target.interrupt();
  EXPECT_EQ(evaluate_one(target, {}).log_densities[0], 1.0);
}

TEST(SleepingTarget, MayBeInterruptedAtAnyTime) {
  SleepingTarget target = sleeping({.seconds = 1e-4, .failures = {.hang = 0.1}});
  std::atomic<bool> over = false;
  auto interrupter = std::async(std::launch::async, [&] {
    while (!over) {
      target.interrupt();
      static_cast<void>(target.failures());
    }
  });
  for (std::uint64_t n = 0; n < 200; ++n) {
    try {
      EXPECT_EQ(evaluate_one(target, {1, n}).log_densities[0], 1.0);
    } catch (const Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("interrupted after ")) << error.what();
    }
  }
  over = true;
  interrupter.wait();
  EXPECT_GT(target.failures().hang, 0);
}

}  // namespace
}  // namespace gmmvi::target

#include "runner/run.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "normal_target.hpp"
#include "support/ranks.hpp"

namespace gmmvi::runner {
namespace {

using test::NormalTarget;
using test::one_component;
using test::world;

constexpr int samples_per_iteration = 40;

/// Remembers what it is told.
class Witness : public Observer {
 public:
  void started(const Progress& progress, const AnyMixture&) override { start = progress; }
  void iterated(const Progress& progress, const AnyMixture&) override {
    iterations.push_back(progress);
    if (progress.report.iteration == throw_at) throw Error("the disk is full", ExitCode::cannot_create);
  }
  void finished(const Progress& progress, const AnyMixture&, StopReason) override { end = progress; }
  void failed(const std::string& reason) override { failure = reason; }

  Progress start;
  std::vector<Progress> iterations;
  std::optional<Progress> end;
  std::string failure;
  std::int64_t throw_at = -1;
};

/// Only rank 0 has observers.
std::vector<Observer*> on_rank_0(Witness& witness) {
  if (world().is_root()) return {&witness};
  return {};
}

RunResult run_normal(const RunOptions& options, Witness& witness, NormalTarget target = NormalTarget()) {
  Gmmvi gmmvi = Gmmvi::build_from_config(one_component(samples_per_iteration), target, world());
  return run(gmmvi, options, world(), on_rank_0(witness));
}

TEST(StopReason, IterationsEvaluationsAndSecondsEachEndARun) {
  const RunOptions options{.iterations = 10, .max_evaluations = 100, .max_seconds = 5.0};
  EXPECT_EQ(stop_reason(options, 9, 99, 4.9), std::nullopt);
  EXPECT_EQ(stop_reason(options, 10, 99, 4.9), StopReason::iterations);
  EXPECT_EQ(stop_reason(options, 9, 100, 4.9), StopReason::max_evaluations);
  EXPECT_EQ(stop_reason(options, 9, 99, 5.0), StopReason::max_seconds);
}

TEST(StopReason, WithoutLimitsOnlyIterationsCount) {
  EXPECT_EQ(stop_reason({.iterations = 10}, 9, 1000000000, 1e9), std::nullopt);
}

TEST(MetricsSamples, AreFreeForCheapTargetsOnly) {
  class CheapTarget : public NormalTarget {
    bool cheap() const override { return true; }
  };
  EXPECT_EQ(resolved({}, CheapTarget()).metrics_samples, 10000);
  EXPECT_EQ(resolved({}, NormalTarget()).metrics_samples, 0);
  EXPECT_EQ(resolved({.metrics_samples = 7}, NormalTarget()).metrics_samples, 7);
}

TEST(Run, NoIterationStartsAtTheLimitOfEvaluations) {
  Witness witness;
  const RunResult result = run_normal({.iterations = 100, .max_evaluations = 3 * samples_per_iteration}, witness);
  EXPECT_EQ(result.reason, StopReason::max_evaluations);
  EXPECT_EQ(result.end.report.iteration, 3);
  EXPECT_EQ(result.end.report.evaluations, 3 * samples_per_iteration);
}

TEST(Run, EvaluationsForMetricsAreCountedApart) {
  Witness witness;
  const RunResult result = run_normal({.iterations = 100,
                                       .max_evaluations = 4 * samples_per_iteration,
                                       .log_metrics_interval = 1,
                                       .metrics_samples = 1000},
                                      witness);
  EXPECT_EQ(result.end.report.iteration, 4);
  EXPECT_EQ(result.end.report.evaluations, 4 * samples_per_iteration);
  EXPECT_EQ(result.end.metrics_evaluations, 4000);
}

TEST(Run, AllRanksStopTogetherWhenTheTimeIsUp) {
  Witness witness;
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  const RunResult result = run_normal({.iterations = 1000000000, .max_seconds = 0.2}, witness, NormalTarget(wait));
  EXPECT_EQ(result.reason, StopReason::max_seconds);
  EXPECT_GE(result.end.report.iteration, 1);
  for (const std::int64_t iteration : world().all_gather(result.end.report.iteration)) {
    EXPECT_EQ(iteration, result.end.report.iteration);
  }
}

TEST(Run, MeasuresAfterEveryBlockAndAtTheEnd) {
  Witness witness;
  run_normal({.iterations = 5, .log_metrics_interval = 2, .metrics_samples = 500}, witness);
  if (!world().is_root()) return;
  ASSERT_EQ(witness.iterations.size(), 5u);
  for (const Progress& progress : witness.iterations) {
    const std::int64_t iteration = progress.report.iteration;
    const bool measured = iteration == 2 || iteration == 4 || iteration == 5;
    EXPECT_EQ(progress.end_of_block, measured) << iteration;
    EXPECT_EQ(progress.elbo.has_value(), measured) << iteration;
  }
  ASSERT_TRUE(witness.end);
  EXPECT_EQ(witness.end->elbo->samples, 500);
  EXPECT_EQ(witness.end->metrics_evaluations, 1500);
}

TEST(Run, WithoutMetricsNothingElseIsEvaluated) {
  Witness witness;
  std::int64_t calls = 0;
  run_normal({.iterations = 3}, witness, NormalTarget([&] { ++calls; }));
  std::int64_t all_calls = 0;
  for (const std::int64_t of_rank : world().all_gather(calls)) all_calls += of_rank;
  EXPECT_EQ(all_calls, 3 * samples_per_iteration);  // groups of one sample
  if (!world().is_root()) return;
  ASSERT_TRUE(witness.end->elbo) << "it is from those evaluations";
  EXPECT_EQ(witness.end->elbo->source, ElboEstimate::Source::recycled);
  EXPECT_EQ(witness.end->elbo->samples, 3 * samples_per_iteration);
  EXPECT_NEAR(witness.end->elbo->log_evidence, std::log(2.0 * M_PI), 1e-9) << "the mixtures are the target";
  EXPECT_EQ(witness.end->metrics_evaluations, 0);
  EXPECT_FALSE(witness.iterations.front().elbo) << "only at the end";
}

TEST(Run, IsJudgedAtItsEnd) {
  Witness witness;
  run_normal({.iterations = 30, .metrics_samples = 2000}, witness);
  if (!world().is_root()) return;
  EXPECT_FALSE(witness.iterations.back().verdict);
  ASSERT_TRUE(witness.end->verdict);
  EXPECT_EQ(witness.end->verdict->word(), "good") << to_text(*witness.end->verdict);
  EXPECT_EQ(witness.end->verdict->recent.iterations, 20);
}

TEST(Run, WithNothingToDoMeasuresTheInitialMixture) {
  Witness witness;
  const RunResult result = run_normal({.iterations = 0, .metrics_samples = 100}, witness);
  EXPECT_EQ(result.reason, StopReason::iterations);
  EXPECT_EQ(result.end.report.iteration, 0);
  EXPECT_EQ(result.end.report.components, 1);
  ASSERT_TRUE(result.end.elbo);
  // The initial mixture is the target, whose normaliser is 2π.
  EXPECT_NEAR(result.end.elbo->value, std::log(2.0 * M_PI), 1e-12);
}

TEST(Run, TimeForMetricsIsNotTimeOfTheAlgorithm) {
  Witness witness;
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::microseconds(100)); };
  const RunResult result =
      run_normal({.iterations = 1, .metrics_samples = 20 * samples_per_iteration}, witness, NormalTarget(wait));
  EXPECT_LT(result.end.algorithm_seconds, 0.5 * result.end.wall_seconds);
}

/// A run that takes about a second.
void run_slowly(Witness& witness, NormalTarget& target, const RunOptions& options) {
  const auto own_clock = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  Gmmvi gmmvi = Gmmvi::build_from_config(one_component(samples_per_iteration), target, world());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // does not belong to the run
  const double before = own_clock();
  run(gmmvi, options, world(), on_rank_0(witness));
  double all = 0.0;
  for (const double seconds : world().all_gather(own_clock() - before)) all += seconds;
  if (!world().is_root()) return;
  const RankSeconds& spent = witness.end->job_seconds;
  EXPECT_LE(spent.total(), all) << "every second is in one part";
  EXPECT_GE(spent.total(), 0.9 * all) << "and none is lost, but for the moments before and after";
  RankSeconds of_iterations;
  for (const Progress& progress : witness.iterations) of_iterations += progress.report.seconds;
  for (const RankSecondsPart& part : rank_seconds_parts) {
    EXPECT_GE(of_iterations.*part.seconds, 0.0) << part.name;
    EXPECT_GE(spent.*part.seconds, of_iterations.*part.seconds) << part.name << ", with what came after the last one";
  }
}

TEST(Run, AccountsForAllSecondsOfAllRanks) {
  Witness witness;
  NormalTarget target([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); });
  constexpr int iterations = 30;
  run_slowly(witness, target, {.iterations = iterations, .log_metrics_interval = 10, .metrics_samples = 50});
  if (!world().is_root()) return;
  const RankSeconds& spent = witness.end->job_seconds;
  EXPECT_GE(spent.evaluation, iterations * samples_per_iteration * 2e-3) << "seconds of sleep";
  EXPECT_GE(spent.metrics, 3 * 50 * 2e-3) << "on one rank, or on all that measure together";
  for (const Progress& progress : witness.iterations) {
    ASSERT_EQ(progress.report.evaluation_seconds.size(), static_cast<std::size_t>(samples_per_iteration));
    EXPECT_GE(std::ranges::min(progress.report.evaluation_seconds), 2e-3);
  }
  const auto times = witness.end->job_evaluations.distribution();
  ASSERT_TRUE(times);
  const double calls = times->mean * iterations * samples_per_iteration;
  EXPECT_GE(calls, spent.evaluation) << "which is what of the calls is spent in the target";
  EXPECT_LE(calls, 1.1 * spent.evaluation);
  EXPECT_LE(times->median, times->p95);
  EXPECT_LE(times->p95, times->max);
}

TEST(Run, AccountsForTheSecondsOfIterationsWithoutWaits) {
  class CheapTarget : public NormalTarget {
    bool cheap() const override { return true; }
  };
  Witness witness;
  CheapTarget target;
  run_slowly(witness, target, {.iterations = 1000000000, .max_seconds = 1.0, .metrics_samples = 0});
}

TEST(Run, AnErrorOfAnObserverIsTheSameErrorOnEveryRank) {
  Witness witness;
  witness.throw_at = 2;
  try {
    run_normal({.iterations = 5}, witness);
    ADD_FAILURE() << "no error";
  } catch (const comm::CollectiveError& error) {
    EXPECT_STREQ(error.what(), "the disk is full");
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
  }
  EXPECT_EQ(witness.failure, world().is_root() ? "the disk is full" : "");
  EXPECT_FALSE(witness.end);
}

TEST(Run, ATargetThatNeverGivesAValueEndsTheRun) {
  Witness witness;
  const auto fail = [] { throw std::runtime_error("no licence"); };
  EXPECT_THROW(run_normal({.iterations = 5}, witness, NormalTarget(fail)), comm::CollectiveError);
  EXPECT_EQ(witness.failure.find("no licence") != std::string::npos, world().is_root()) << witness.failure;
}

}  // namespace
}  // namespace gmmvi::runner

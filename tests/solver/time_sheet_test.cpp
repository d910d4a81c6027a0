#include "solver/time_sheet.hpp"

#include <chrono>
#include <numeric>
#include <thread>

#include <gtest/gtest.h>

#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::solver {
namespace {

using test::world;

constexpr Eigen::Index batch_size = 12;
constexpr double a_while = 2e-3;  // seconds

void pass_time() {
  std::this_thread::sleep_for(std::chrono::duration<double>(a_while));
}

/// Every evaluation takes a while.
class SlowTarget : public test::GaussianTarget {
 public:
  SlowTarget() : GaussianTarget(test::correlated_gaussian(2)) {}
  Eigen::Index group_size() const override { return 1; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    pass_time();
    return GaussianTarget::evaluate(samples, ids, want_gradients);
  }
};

class TimeSheetTest : public testing::TestWithParam<EvaluationOptions::Scheduling> {
 protected:
  void evaluate_batch(std::uint64_t of = 0) {
    evaluator_.evaluate({.batch = of | batch_++,
                         .size = batch_size,
                         .draw = [](Eigen::Index, Eigen::Ref<Eigen::MatrixXd> out) { out.setZero(); }});
  }
  using Clock = std::chrono::steady_clock;
  static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  }
  static double sum(double own) {
    const std::vector<double> all = world().all_gather(own);
    return std::accumulate(all.begin(), all.end(), 0.0);
  }

  // The sheet begins between these two.
  const Clock::time_point before_ = Clock::now();
  SlowTarget target_;
  evaluation::Evaluator evaluator_{target_, {.scheduling = GetParam()}, world()};
  TimeSheet sheet_{evaluator_};
  const Clock::time_point after_ = Clock::now();
  std::uint64_t batch_ = 0;
};

TEST_P(TimeSheetTest, EverySecondIsInOnePart) {
  pass_time();
  sheet_.book(&RankSeconds::selection);
  evaluate_batch();
  pass_time();
  const double least = seconds_since(after_);
  sheet_.book(&RankSeconds::gather);
  const double most = seconds_since(before_);
  const double least_of_all = sum(least), most_of_all = sum(most);
  const TimeSheet::Page page = sheet_.turn(world());
  if (!world().is_root()) return;
  EXPECT_GE(page.seconds.selection, world().size() * a_while);
  EXPECT_GE(page.seconds.gather, world().size() * a_while);
  EXPECT_GE(page.seconds.evaluation, batch_size * a_while);
  EXPECT_EQ(page.evaluations.size(), static_cast<std::size_t>(batch_size));
  const double calls = std::accumulate(page.evaluations.begin(), page.evaluations.end(), 0.0);
  EXPECT_GE(calls, page.seconds.evaluation) << "which is what of the calls is spent in the target";
  EXPECT_GE(page.seconds.total(), least_of_all - 1e-12);
  EXPECT_LE(page.seconds.total(), most_of_all + 1e-12);
  for (const RankSecondsPart& part : rank_seconds_parts) EXPECT_GE(page.seconds.*part.seconds, 0.0) << part.name;
}

TEST_P(TimeSheetTest, EvaluationsForMetricsBelongToThem) {
  evaluate_batch(SampleId::metrics_batch);
  sheet_.book_metrics();
  const TimeSheet::Page page = sheet_.turn(world());
  if (!world().is_root()) return;
  EXPECT_GE(page.seconds.metrics, batch_size * a_while);
  EXPECT_EQ(page.seconds.total(), page.seconds.metrics);
  EXPECT_TRUE(page.evaluations.empty());
}

TEST_P(TimeSheetTest, WhatWasStoppedIsUnfinished) {
  evaluate_batch();
  sheet_.book_unfinished();
  const TimeSheet::Page page = sheet_.turn(world());
  if (!world().is_root()) return;
  EXPECT_GE(page.seconds.unfinished, batch_size * a_while);
  EXPECT_EQ(page.seconds.total(), page.seconds.unfinished);
}

// While evaluations go on the rank's other thread may do anything: every second still counts once.
TEST_P(TimeSheetTest, ATimeWithEvaluationsIsTheirs) {
  if (GetParam() != EvaluationOptions::Scheduling::on_demand) return;
  evaluator_.submit(
      {.batch = 0, .size = batch_size, .draw = [](Eigen::Index, Eigen::Ref<Eigen::MatrixXd> out) { out.setZero(); }});
  pass_time();
  sheet_.book(&RankSeconds::expectation);
  evaluator_.collect(0);
  const double least = sum(seconds_since(after_));
  sheet_.book(&RankSeconds::gather);
  const double most = sum(seconds_since(before_));
  const TimeSheet::Page page = sheet_.turn(world());
  if (!world().is_root()) return;
  EXPECT_GE(page.seconds.evaluation, batch_size * a_while);
  EXPECT_GE(page.seconds.total(), least - 1e-9);
  EXPECT_LE(page.seconds.total(), most + 1e-9);
}

TEST_P(TimeSheetTest, APageIsTurnedOnce) {
  evaluate_batch();
  sheet_.book(&RankSeconds::gather);
  sheet_.turn(world());
  EXPECT_EQ(sheet_.turn(world()).seconds, RankSeconds());
}

INSTANTIATE_TEST_SUITE_P(Schedulings, TimeSheetTest,
                         testing::Values(EvaluationOptions::Scheduling::fixed,
                                         EvaluationOptions::Scheduling::on_demand));

}  // namespace
}  // namespace gmmvi::solver

#include "runner/text.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace gmmvi::runner {
namespace {

Progress measured(double value, double standard_error, std::int64_t outside = 0) {
  Progress progress;
  progress.report.iteration = 1;
  progress.report.elbo_estimate = -90.0;
  progress.elbo =
      ElboEstimate{.value = value, .standard_error = standard_error, .samples = 10000 - outside, .outside = outside};
  return progress;
}

Progress estimated(std::optional<double> estimate) {
  Progress progress;
  progress.report.iteration = 1;
  progress.report.elbo_estimate = estimate;
  return progress;
}

TEST(NegativeElbo, HasTwoDigitsOfTheStandardError) {
  EXPECT_EQ(negative_elbo(measured(-78.41234, 0.0213)), "78.412 ± 0.021");
  EXPECT_EQ(negative_elbo(measured(-78.41234, 0.5)), "78.41 ± 0.50");
  EXPECT_EQ(negative_elbo(measured(-41707.07, 150.0)), "41707 ± 150");
  EXPECT_EQ(negative_elbo(measured(3.5, 1e-12)), "-3.500000 ± 0.000000");
}

TEST(NegativeElbo, WithoutAStandardErrorIsTheValueAlone) {
  EXPECT_EQ(negative_elbo(measured(-78.41234, std::nan(""))), "78.41");
  EXPECT_EQ(negative_elbo(measured(0.0, 0.0)), "0.00 ± 0.00");
}

TEST(NegativeElbo, MarksTheIterationsOwnEstimate) {
  EXPECT_EQ(negative_elbo(estimated(-79.123)), "≈ 79.12");
  EXPECT_EQ(negative_elbo(estimated(std::nullopt)), "–");
  EXPECT_EQ(negative_elbo(measured(std::nan(""), std::nan(""), 10000)), "≈ 90.00");
}

TEST(ExplainedNegativeElbo, SaysWhereItComesFrom) {
  EXPECT_EQ(explained_negative_elbo(measured(-78.41, 0.02)), "78.410 ± 0.020 (10000 samples)");
  EXPECT_EQ(explained_negative_elbo(measured(-78.41, 0.02, 3)),
            "78.410 ± 0.020 (9997 of 10000 samples; the other 3 had no finite log density and are left out)");
  EXPECT_EQ(explained_negative_elbo(estimated(-79.123)), "≈ 79.12 (an estimate from the last iteration's own samples)");
  EXPECT_EQ(explained_negative_elbo(estimated(std::nullopt)), "– (no sample had a finite log density)");
  EXPECT_EQ(explained_negative_elbo({}), "– (not measured)");
}

TEST(Evidence, SaysWhetherItCanBeTrusted) {
  const auto text = [](double effective_sample_size, double pareto_k) {
    return evidence({.samples = 9000,
                     .outside = 1000,
                     .log_evidence = -3.25,
                     .effective_sample_size = effective_sample_size,
                     .pareto_k = pareto_k});
  };
  const std::string start = "log -3.25 by importance sampling (effective sample size ";
  EXPECT_EQ(text(2479, 0.42), start + "2479 of 10000, Pareto k 0.42)");
  EXPECT_EQ(text(2479, 0.91), start + "2479 of 10000, Pareto k 0.91: not to be trusted)");
  EXPECT_EQ(text(14, 0.62), start + "14 of 10000, Pareto k 0.62: rough, since few samples count)");
  EXPECT_EQ(text(10000, INFINITY), start + "10000 of 10000, equal weights)") << "there is no tail to fit";
  EXPECT_EQ(text(3, INFINITY), start + "3 of 10000, Pareto k inf: not to be trusted)");
}

TEST(WhereTimeWent, NamesThePartsThatCount) {
  Progress progress;
  progress.job_seconds = {.evaluation = 9.0, .idle = 0.95, .weights = 0.001, .output = 0.049};
  EXPECT_EQ(where_time_went(progress), "evaluation 90.0 %, idle 9.5 %, output 0.5 %");
}

TEST(EvaluationTimes, OfFewEvaluationsAreExact) {
  Progress progress;
  EXPECT_EQ(evaluation_times(progress), "");
  progress.job_evaluations.note(3.0);
  EXPECT_EQ(evaluation_times(progress), "3 s on average (median 3, 95 % within 3, longest 3)");
  for (const double seconds : {1.0, 8.0, 2.0, 1.0}) progress.job_evaluations.note(seconds);
  EXPECT_EQ(evaluation_times(progress), "3 s on average (median 2, 95 % within 8, longest 8)");
}

TEST(EvaluationTimes, OfManyEvaluationsAreNearTheTrueOnes) {
  Progress progress;
  for (int n = 0; n < 5000; ++n) progress.job_evaluations.note(0.001 * (1 + n * 617 % 1000));  // 0.001 … 1, shuffled
  const auto times = progress.job_evaluations.distribution();
  ASSERT_TRUE(times);
  EXPECT_NEAR(times->mean, 0.5005, 1e-9);
  EXPECT_NEAR(times->median, 0.5, 0.02);
  EXPECT_NEAR(times->p95, 0.95, 0.02);
  EXPECT_DOUBLE_EQ(times->max, 1.0);
}

}  // namespace
}  // namespace gmmvi::runner

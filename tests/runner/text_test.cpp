#include "runner/text.hpp"

#include <cmath>
#include <limits>

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
  EXPECT_EQ(negative_elbo(measured(3.5, 1e-9)), "−3.500000 ± 1e-09");
}

TEST(NegativeElbo, WithoutAStandardErrorIsTheValueAlone) {
  EXPECT_EQ(negative_elbo(measured(-78.41234, std::nan(""))), "78.41");
}

// −0.000000 ± 0.000000 and 1.8e-15 are nothing but rounding.
TEST(WithError, IsZeroWithinRoundingWhereItIs) {
  EXPECT_EQ(with_error(-1.8e-15, 2e-17), "0 within rounding");
  EXPECT_EQ(with_error(0.0, 0.0), "0 within rounding");
  EXPECT_EQ(with_error(3.5, 0.0), "3.500000 within rounding");
  EXPECT_EQ(with_error(-1e-9, 3e-8), "0 ± 3e-08");
  EXPECT_EQ(with_error(-0.0004, 0.02), "0.000 ± 0.020") << "no −0.000";
  EXPECT_EQ(with_error(-0.51, 0.021), "−0.510 ± 0.021");
}

TEST(WithError, HasNoHundredsOfDigits) {
  EXPECT_EQ(with_error(-1.25e299, 3e297), "−1.25e+299 ± 3e+297");
  EXPECT_EQ(with_error(2e150, std::nan("")), "2e+150");
  EXPECT_EQ(negative_elbo(estimated(1e299)), "≈ −1e+299");
  EXPECT_EQ(with_error(std::numeric_limits<double>::infinity(), std::nan("")), "inf");
}

TEST(Metrics, HaveNoRounding) {
  Progress progress;
  progress.fit = FitMetrics::Values{.target = {{"modes_found", 6.0}, {"modes", 10.0}}, .mmd = 1.8e-15};
  EXPECT_EQ(metrics(progress), "modes_found 6, modes 10, mmd 0");
  progress.fit = FitMetrics::Values{.target = {}, .mmd = {}, .moments = {{.worst_mean = 0.0312, .worst_log_sd = 0.25}}};
  EXPECT_EQ(metrics(progress), "worst_mean_error 0.0312, worst_log_sd_error 0.25");
}

TEST(NegativeElbo, MarksTheIterationsOwnEstimate) {
  EXPECT_EQ(negative_elbo(estimated(-79.123)), "≈ 79.12");
  EXPECT_EQ(negative_elbo(estimated(std::nullopt)), "–");
  EXPECT_EQ(negative_elbo(measured(std::nan(""), std::nan(""), 10000)), "≈ 90.00");
}

TEST(ExplainedNegativeElbo, SaysWhereItComesFrom) {
  EXPECT_EQ(explained_negative_elbo(measured(-78.41, 0.02)), "78.410 ± 0.020 (10000 fresh samples)");
  EXPECT_EQ(explained_negative_elbo(measured(-78.41, 0.02, 3)),
            "78.410 ± 0.020 (9997 fresh samples; 3 more were outside the support)");
  EXPECT_EQ(explained_negative_elbo(estimated(-79.123)),
            "≈ 79.12 (from samples that the mixture was fitted to: too good)");
  EXPECT_EQ(explained_negative_elbo(estimated(std::nullopt)), "– (not measured, or no sample lay inside the support)");
  EXPECT_EQ(explained_negative_elbo(Progress{}), "– (not measured)");
}

TEST(ExplainedNegativeElbo, SaysWhatWasRecycledAndWhatFailed) {
  const ElboEstimate recycled{.source = ElboEstimate::Source::recycled,
                              .value = -78.41,
                              .standard_error = 0.02,
                              .samples = 2950,
                              .failures = 4};
  EXPECT_EQ(explained_negative_elbo(recycled),
            "78.410 ± 0.020 (2950 of the run's own evaluations, weighted; 4 gave no value)");
  EXPECT_EQ(explained_negative_elbo(ElboEstimate{.outside = 7}),
            "– (0 fresh samples; 7 more were outside the support)");
}

TEST(Evidence, HasItsErrorAndHowItWasEstimated) {
  ElboEstimate elbo{.samples = 9000,
                    .outside = 1000,
                    .log_evidence = -0.51,
                    .log_evidence_standard_error = 0.021,
                    .effective_sample_size = 2479,
                    .pareto_k = 0.42};
  EXPECT_EQ(evidence(elbo), "−0.510 ± 0.021 (importance sampling: 2479 of 10000 samples count, Pareto k 0.42)");
  elbo.pareto_k = INFINITY;  // there is no tail to fit
  EXPECT_EQ(evidence(elbo), "−0.510 ± 0.021 (importance sampling: 2479 of 10000 samples count)");
}

TEST(RanksText, SaysWhatTeamsLeaveOver) {
  EXPECT_EQ(ranks_text(1, 1), "1 rank");
  EXPECT_EQ(ranks_text(7, 1), "7 ranks");
  EXPECT_EQ(ranks_text(4, 2), "4 ranks in 2 teams of 2");
  EXPECT_EQ(ranks_text(3, 2), "3 ranks in 1 team of 2, and 1 that fills no team and evaluates nothing");
  EXPECT_EQ(ranks_text(11, 3), "11 ranks in 3 teams of 3, and 2 that fill no team and evaluate nothing");
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

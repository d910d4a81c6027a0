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

}  // namespace
}  // namespace gmmvi::runner

#include "runner/expected_utilization.hpp"

#include <gtest/gtest.h>

namespace gmmvi::runner {
namespace {

TEST(ExpectedUtilization, IsTheShareOfTheRanksThatABatchFills) {
  EXPECT_NEAR(expected_utilization(10, 10, 1, 0.0), 1.0, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 20, 1, 0.0), 1.0, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 1, 1, 0.0), 0.1, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 11, 1, 0.0), 0.55, 1e-12);
  EXPECT_NEAR(expected_utilization(10, 1, 2, 0.0), 0.2, 1e-12);
  EXPECT_NEAR(expected_utilization(1, 7, 1, 1.0), 1.0, 1e-12);
  EXPECT_EQ(expected_utilization(3, 0, 1, 1.0), 0.0);
}

// What batches of six evaluations a rank came to elsewhere, with 1, 2, 3 and 4 in flight.
TEST(ExpectedUtilization, GrowsWithTheBatchesInFlight) {
  const double elsewhere[] = {0.40, 0.71, 0.87, 0.94};
  for (int in_flight = 1; in_flight <= 4; ++in_flight)
    EXPECT_NEAR(expected_utilization(64, 384, in_flight, widely), elsewhere[in_flight - 1], 0.03) << in_flight;
  EXPECT_NEAR(expected_utilization(64, 384, 1, slightly), 0.88, 0.04);
}

/// Evaluated one at a time.
class Slow : public Target {
 public:
  explicit Slow(bool cheap = false) : cheap_(cheap) {}
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  bool cheap() const override { return cheap_; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const SampleId>, bool) override { return {}; }

 private:
  bool cheap_;
};

TEST(Evaluators, AreFilledByTheSmallestBatches) {
  const Slow slow;
  Options options;
  options.model_initialization.num_initial_components = 8;
  const Evaluators evaluators{32, options, slow};
  EXPECT_EQ(evaluators.places(), 32);
  EXPECT_EQ(evaluators.smallest_batch(), 8) << "one for each component, if all that they need is reused";
  EXPECT_EQ(evaluators.share_filled(), 0.25);
  options.evaluation.batches_in_flight = 3;
  EXPECT_EQ(evaluators.share_filled(), 0.75);
  options.evaluation = {.parallel = 16};
  EXPECT_EQ(evaluators.share_filled(), 0.5);
  options.evaluation.slots = 2;
  EXPECT_EQ(evaluators.share_filled(), 0.25);
  EXPECT_EQ(evaluators.name(), "32 ranks of 2 slots");
  options.evaluation = {.ranks_per_evaluation = 4};
  EXPECT_EQ(evaluators.name(), "32 teams of 4 ranks");
  options.use_sample_database = false;
  EXPECT_EQ(evaluators.smallest_batch(), 800) << "nothing is reused";
  options = Options();
  options.sample_selector = MixtureBasedSelectionOptions{100, 2.0};
  EXPECT_EQ(evaluators.smallest_batch(), 1);
}

TEST(Evaluators, AreFilledByFiniteDifferences) {
  const Slow slow;
  Options options;
  options.model_initialization.num_initial_components = 8;
  options.evaluation.finite_differences.scheme = FiniteDifferencesOptions::Scheme::forward;
  EXPECT_EQ((Evaluators{48, options, slow}.share_filled()), 0.5) << "8 samples of 3 evaluations";
  EXPECT_EQ((Evaluators{48, options, slow}.samples_to_fill()), 16);
  EXPECT_EQ((Evaluators{49, options, slow}.samples_to_fill()), 17);
}

TEST(Evaluators, ThatSmallBatchesDoNotFillAreSaidSo) {
  const Slow slow, cheap(true);
  Options options;
  options.model_initialization.num_initial_components = 8;
  EXPECT_EQ(unfilled_text({8, options, slow}), "");
  EXPECT_EQ(unfilled_text({32, options, cheap}), "");
  EXPECT_EQ(unfilled_text({32, options, slow}),
            "The smallest batches can fill 25 % of 32 ranks; evaluation.parallel: 32 would fill them all (`check` says "
            "more).");
  const std::string text = utilization_text({32, options, slow}, 800);
  EXPECT_NE(text.find("The smallest batches fill 25 % of 32 ranks. With evaluation.parallel: 32 none is smaller"),
            std::string::npos)
      << text;
  options.evaluation.parallel = 32;
  EXPECT_EQ(unfilled_text({32, options, slow}), "");
  EXPECT_EQ(utilization_text({32, options, slow}, 800).find("evaluation.parallel"), std::string::npos);
  EXPECT_EQ(utilization_text({1, options, slow}, 800), "");
}

}  // namespace
}  // namespace gmmvi::runner

#include "strategy/candidates.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/strategy/component_adapter.hpp"

#include "core/random.hpp"

namespace gmmvi::strategy {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

std::optional<Eigen::Index> best(const std::vector<Candidate>& candidates, double floor) {
  return best_candidate(candidates, floor);
}

TEST(CandidateScore, IsWhatTheTargetHasMoreThanTheMixtureOrItsFloor) {
  EXPECT_EQ(candidate_score(-3.0, -10.0, -20.0), 7.0);
  EXPECT_EQ(candidate_score(-3.0, -10.0, -8.0), 5.0);
  EXPECT_EQ(candidate_score(-3.0, -infinity, -8.0), 5.0);
  EXPECT_EQ(candidate_score(-3.0, nan, -8.0), 5.0);
}

TEST(BestCandidate, IsTheFirstOfTheBestInWhateverOrderTheyStand) {
  EXPECT_EQ(best({{4, -1.0, -5.0}, {2, -2.0, -6.0}, {3, -3.0, -5.0}}, -100.0), 2);
  EXPECT_EQ(best({{2, -2.0, -6.0}, {3, -3.0, -5.0}, {4, -1.0, -5.0}}, -100.0), 2);
  EXPECT_EQ(best({{4, -1.0, -5.0}, {2, -2.0, -6.0}}, -5.5), 4) << "the floor is above the log density of the other";
}

TEST(BestCandidate, HasAFiniteScore) {
  EXPECT_EQ(best({{0, infinity, -5.0}, {1, nan, -5.0}, {2, -infinity, -5.0}, {3, -900.0, -5.0}}, -10.0), 3);
  EXPECT_EQ(best({{0, infinity, -5.0}, {1, nan, -5.0}, {2, -infinity, -5.0}}, -10.0), std::nullopt);
  EXPECT_EQ(best({{0, -1.0, -infinity}}, -infinity), std::nullopt);
  EXPECT_EQ(best({}, -10.0), std::nullopt);
}

TEST(LargestNumber, PassesOverWhatIsNone) {
  EXPECT_EQ(largest_number(Eigen::Vector3d(nan, -2.0, -3.0)), -2.0);
  EXPECT_EQ(largest_number(Eigen::Vector3d(-3.0, nan, -2.0)), -2.0);
  EXPECT_EQ(largest_number(Eigen::Vector2d(-infinity, nan)), -infinity);
  EXPECT_EQ(largest_number(Eigen::VectorXd()), -infinity);
}

// Small integers, so that many are equal, and all that is no number.
double number(core::Stream& stream, bool with_fractions) {
  const auto drawn = static_cast<double>(stream.below(12));
  if (drawn == 10.0) return -infinity;
  if (drawn == 11.0) return nan;
  return with_fractions ? drawn - 5.0 + stream.uniform() : drawn - 5.0;
}

TEST(TypicalLogRatio, IsTheMedianWhereTheMixturesSamplesAre) {
  // In two dimensions within two nats of the peak.
  const Eigen::VectorXd model{{-1.0, -1.5, -2.9, -3.1, -5.0, -2.0, -1.0}};
  const Eigen::VectorXd ratios{{4.0, 1.0, 7.0, 100.0, 50.0, 6.0, -std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(typical_log_ratio(model + ratios, model, 2), 6.0);
  EXPECT_EQ(typical_log_ratio(model + ratios, model, 8), 7.0) << "within six";
  EXPECT_EQ(typical_log_ratio({}, {}, 2), -std::numeric_limits<double>::infinity());
}

TEST(SureCandidate, IsTheBestWhateverTheFloor) {
  core::Stream stream(7, core::Purpose::samples);
  int sure = 0;
  constexpr int trials = 3000;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<Candidate> candidates;
    for (std::uint64_t n = stream.below(6); n > 0; --n)
      candidates.push_back({static_cast<Eigen::Index>(n), number(stream, trial % 2 == 0), number(stream, true)});
    const double low = -6.0 + 12.0 * stream.uniform(), high = low + 2.0 * stream.uniform();
    const auto answer = sure_candidate(candidates, low, high);
    if (!answer) continue;
    ++sure;
    for (int i = 0; i <= 20; ++i) EXPECT_EQ(best_candidate(candidates, low + (high - low) * i / 20.0), answer);
  }
  EXPECT_GT(sure, trials / 4);
  EXPECT_LT(sure, trials * 9 / 10);
}

TEST(SureCandidate, IsNotOneOfTwoThatRoundingOrTheFloorDecidesBetween) {
  const std::vector<Candidate> equal = {{0, -1.0, -9.0}, {1, -1.0 + 1e-15, -9.5}};
  EXPECT_EQ(sure_candidate(equal, -5.0, -4.0), std::nullopt);
  EXPECT_EQ(sure_candidate(equal, -5.0, -5.0), std::nullopt);
  const std::vector<Candidate> floored = {{0, -1.0, -9.0}, {1, -2.0, -5.5}};  // 0 wins where the floor is below −4.5
  EXPECT_EQ(sure_candidate(floored, -5.0, -4.6), 0);
  EXPECT_EQ(sure_candidate(floored, -6.6, -6.4), 0);
  const std::vector<Candidate> crossing = {{0, -1.0, -9.0}, {1, 0.5, -5.5}};  // 1 from a floor of −7 on
  EXPECT_EQ(sure_candidate(crossing, -8.0, -7.2), 0);
  EXPECT_EQ(sure_candidate(crossing, -7.2, -6.8), std::nullopt);
  EXPECT_EQ(sure_candidate(crossing, -6.8, -2.0), 1);
}

TEST(ComponentAdapter, ChoosesByTheThresholdThatItNames) {
  const auto adapter =
      ComponentAdapter::make(AdaptiveComponentsOptions{.thresholds_for_add_heuristic = {30.0, 2.0, 5.0}});
  core::Stream stream(9, core::Purpose::samples);
  for (std::int64_t additions = 0; additions < 200; ++additions) {
    Eigen::VectorXd target(8), model(8);
    std::vector<Candidate> candidates;
    for (Eigen::Index n = 0; n < 8; ++n) {
      target[n] = number(stream, false);
      model[n] = number(stream, false);
      candidates.push_back({n, target[n], model[n]});
    }
    const auto threshold = adapter->threshold(additions);
    ASSERT_TRUE(threshold);
    EXPECT_EQ(*threshold, (std::vector<double>{30.0, 2.0, 5.0}[static_cast<std::size_t>(additions % 3)]));
    EXPECT_EQ(adapter->choose(target, model, additions),
              best_candidate(candidates, largest_number(model) - *threshold));
  }
  EXPECT_FALSE(ComponentAdapter::make(FixedComponentsOptions{})->threshold(0));
}

}  // namespace
}  // namespace gmmvi::strategy

#include "gmmvi/strategy/weight_updater.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "math/golden_batch.hpp"
#include "math/log_sum_exp.hpp"
#include "math/situations.hpp"
#include "strategy/expected_log_ratio.hpp"

namespace gmmvi {
namespace {

using strategy::WeightStep;
using strategy::WeightUpdater;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double kl(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& old) {
  return (log_weights.array().exp() * (log_weights - old).array()).sum();
}

template <class Covariance>
Eigen::VectorXd expected_log_ratios(const test::GoldenBatch<Covariance>& batch, bool self_normalized) {
  Eigen::VectorXd expectations(batch.mixture.size());
  for (Eigen::Index k = 0; k < expectations.size(); ++k)
    expectations[k] =
        strategy::expected_log_ratio(batch.log_importance_weights.col(k), batch.log_ratios, self_normalized);
  return expectations;
}

template <class Covariance>
void expect_the_references(std::size_t cases) {
  const auto file = test::golden("weight_update");
  const double tolerance = file.at("tolerance");
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    const test::GoldenBatch<Covariance> batch(each.at("inputs"));
    const auto& expected = each.at("expected");
    const bool self_normalized = each.at("inputs").at("use_self_normalized_importance_weights");
    const Eigen::VectorXd log_ratios = expected_log_ratios(batch, self_normalized);
    const Eigen::VectorXd& log_weights = batch.mixture.log_weights();
    test::expect_near_relative(log_ratios, test::vector(expected.at("expected_log_ratios")), tolerance);
    test::expect_near_relative(batch.temperature * log_weights + log_ratios, test::vector(expected.at("rewards")),
                               tolerance);
    const auto direct = WeightUpdater::make(DirectWeightOptions{self_normalized});
    const auto trust_region = WeightUpdater::make(TrustRegionWeightOptions{self_normalized});
    EXPECT_EQ(direct->use_self_normalized_importance_weights(), self_normalized);
    EXPECT_EQ(trust_region->use_self_normalized_importance_weights(), self_normalized);
    for (const char* stepsize : {"1.0", "0.05"}) {
      const auto& moved = expected.at(stepsize);
      const double epsilon = std::stod(stepsize);
      test::expect_near_relative(direct->update(log_weights, log_ratios, epsilon, batch.temperature).log_weights,
                                 test::vector(moved.at("direct")), tolerance);
      const WeightStep step = trust_region->update(log_weights, log_ratios, epsilon, batch.temperature);
      test::expect_near_relative(step.log_weights, test::vector(moved.at("trust_region")), tolerance);
      test::expect_near_relative(step.eta, moved.at("trust_region_eta").template get<double>(), tolerance);
    }
  }
}

TEST(WeightUpdate, IsTheReferencesByEveryRule) {
  expect_the_references<FullCovariance>(8);
  expect_the_references<DiagonalCovariance>(8);
}

template <class Covariance>
void expect_the_references_outside(std::size_t cases) {
  const auto file = test::golden("outside_support");
  for (const auto& each : test::cases<Covariance>(file, cases))
    test::expect_near_relative(expected_log_ratios(test::GoldenBatch<Covariance>(each.at("inputs")),
                                                   each.at("inputs").at("use_self_normalized_importance_weights")),
                               test::vector(each.at("expected").at("expected_log_ratios")), file.at("tolerance"));
}

TEST(ExpectedLogRatio, CountsSamplesOutsideTheSupportAsTheReference) {
  expect_the_references_outside<FullCovariance>(6);
  expect_the_references_outside<DiagonalCovariance>(4);
}

TEST(ExpectedLogRatio, IsFiniteWhereAllWeightsUnderflow) {
  const Eigen::VectorXd far = test::normal_vector(30, 1).array() - 5e9;
  const Eigen::VectorXd nowhere = Eigen::VectorXd::Constant(30, -infinity);
  const Eigen::VectorXd log_ratios = 1e5 * test::normal_vector(30, 2);
  for (const bool self_normalized : {true, false}) {
    EXPECT_TRUE(std::isfinite(strategy::expected_log_ratio(far, log_ratios, self_normalized)));
    EXPECT_EQ(strategy::expected_log_ratio(nowhere, log_ratios, self_normalized), 0.0);
  }
}

TEST(ExpectedLogRatio, AtARimIsThatOfTheComponentCutOffAndOfItsShareInside) {
  const Eigen::VectorXd log_weights = test::normal_vector(30, 1), known = test::normal_vector(30, 2);
  std::vector<Eigen::Index> inside;
  for (Eigen::Index n = 0; n < 30; ++n)
    if (n % 4 != 0) inside.push_back(n);
  Eigen::VectorXd log_ratios = Eigen::VectorXd::Constant(30, -1e300);
  log_ratios(inside) = known(inside);
  const double cut_off = strategy::expected_log_ratio(log_weights(inside), known(inside), true);
  const double share = log_weights(inside).array().exp().sum() / log_weights.array().exp().sum();
  EXPECT_NEAR(strategy::expected_log_ratio(log_weights, log_ratios, true, inside, 3.0), cut_off + 3.0 * std::log(share),
              1e-12);
  EXPECT_EQ(strategy::expected_log_ratio(log_weights, known, true, inside, 0.0),
            strategy::expected_log_ratio(log_weights, known, true));
}

TEST(ExpectedLogRatio, OfAComponentWithoutASampleInsideIsBelowAllOthers) {
  const Eigen::Vector3d log_weights(-infinity, 0.0, 0.0), log_ratios(-7.0, -9.0, -9.0);
  EXPECT_NEAR(strategy::expected_log_ratio(log_weights, log_ratios, true, {0}, 2.0), -7.0 + 2.0 * std::log(0.01),
              1e-12);
}

class EveryWeightRule : public testing::TestWithParam<WeightUpdaterOptions> {
 protected:
  static Eigen::VectorXd log_weights(Eigen::Index size) {
    return math::normalized_log_weights(3.0 * test::normal_vector(size, 1));
  }
  Eigen::VectorXd update(const Eigen::VectorXd& old, const Eigen::VectorXd& log_ratios, double stepsize,
                         double temperature = 1.0) const {
    return WeightUpdater::make(GetParam())->update(old, log_ratios, stepsize, temperature).log_weights;
  }
  static void expect_weights(const Eigen::VectorXd& log_weights) {
    EXPECT_NEAR(log_weights.array().exp().sum(), 1.0, 1e-15 * static_cast<double>(log_weights.size()));
    EXPECT_GE(log_weights.minCoeff(), std::log(1e-30) - 1e-12);
    EXPECT_LE(log_weights.maxCoeff(), 0.0);
  }
};

TEST_P(EveryWeightRule, WeightsSumToOneHoweverLargeTheRewards) {
  for (const Eigen::Index size : {1, 2, 3, 10, 100})
    for (const double scale : {0.0, 1.0, 1e6, 1e300})
      for (const double stepsize : {1e-4, 0.1, 1.0})
        for (const double temperature : {0.1, 1.0})
          expect_weights(update(log_weights(size), scale * test::normal_vector(size, 2), stepsize, temperature));
}

TEST_P(EveryWeightRule, WeightsSumToOneWhereOneRewardIsExtreme) {
  for (const double extreme : {1e6, -1e6, 1e300, -1e300, 1.7e308, -1.7e308})
    for (Eigen::Index k = 0; k < 5; ++k) {
      Eigen::VectorXd log_ratios = test::normal_vector(5, 3);
      log_ratios[k] = extreme;
      expect_weights(update(log_weights(5), log_ratios, 0.5));
    }
}

TEST_P(EveryWeightRule, WeightsAtTheFloorStayNormalizedAndMayComeBack) {
  const Eigen::VectorXd old = math::normalized_log_weights(Eigen::Vector3d(0.0, -1e5, -1e5));
  Eigen::VectorXd moved = old;
  for (int i = 0; i < 5000; ++i) {
    moved = update(moved, Eigen::Vector3d(-10.0, 10.0, -1e6), 0.1);
    expect_weights(moved);
  }
  EXPECT_GT(moved[1], std::log(0.99));
}

TEST_P(EveryWeightRule, WhatIsNotFiniteLeavesTheWeightsAsTheyAre) {
  for (const double bad : {nan, infinity, -infinity}) {
    const Eigen::VectorXd old = log_weights(3);
    EXPECT_TRUE(test::same_bits(update(old, Eigen::Vector3d(1.0, bad, 2.0), 0.5), old)) << bad;
  }
}

TEST_P(EveryWeightRule, AStepsizeOfZeroLeavesTheWeightsAsTheyAre) {
  const Eigen::VectorXd old = log_weights(4);
  EXPECT_LT(test::largest_error(update(old, test::normal_vector(4, 5), 0.0), old), 1e-14);
}

TEST_P(EveryWeightRule, EqualRewardsLeaveTheWeightsAsTheyAre) {
  const Eigen::VectorXd old = log_weights(4);
  EXPECT_LT(test::largest_error(update(old, Eigen::VectorXd::Constant(4, -7.0), 0.5), old), 1e-14);
}

TEST_P(EveryWeightRule, ASingleComponentKeepsAllTheWeight) {
  for (const double reward : {-1e300, -3.0, 0.0, 1e6})
    EXPECT_EQ(update(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, reward), 0.7)[0], 0.0);
}

TEST_P(EveryWeightRule, ABetterComponentGainsOnAWorseOne) {
  const Eigen::VectorXd old = log_weights(6), log_ratios = test::normal_vector(6, 6);
  const Eigen::VectorXd gain = update(old, log_ratios, 0.3) - old;
  for (Eigen::Index a = 0; a < 6; ++a)
    for (Eigen::Index b = 0; b < 6; ++b) EXPECT_EQ(gain[a] > gain[b], log_ratios[a] > log_ratios[b]);
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryWeightRule,
                         testing::Values(WeightUpdaterOptions(TrustRegionWeightOptions{}),
                                         WeightUpdaterOptions(DirectWeightOptions{})));

class WeightTrustRegion : public testing::TestWithParam<double> {  // by the scale of the log ratios
 protected:
  WeightStep update(double stepsize, double temperature) const {
    return WeightUpdater::make(TrustRegionWeightOptions{})->update(old, log_ratios, stepsize, temperature);
  }
  const Eigen::VectorXd old = math::normalized_log_weights(test::normal_vector(8, 1));
  const Eigen::VectorXd log_ratios = GetParam() * test::normal_vector(8, 2);
};

TEST_P(WeightTrustRegion, IsUsedToItsBoundOrTheMultiplierIsZero) {
  for (const double temperature : {0.6, 1.0})
    for (const double stepsize : {1e-4, 0.01, 0.3, 1.0}) {
      const WeightStep step = update(stepsize, temperature);
      const double divergence = kl(step.log_weights, old);
      EXPECT_GE(step.eta, 0.0);
      EXPECT_LE(divergence, stepsize * (1.0 + 1e-9));
      EXPECT_TRUE(step.eta == 0.0 || divergence >= stepsize * (1.0 - 1e-9)) << "eta " << step.eta;
    }
}

TEST_P(WeightTrustRegion, AWiderOneGoesFurther) {
  double last_eta = infinity, last_divergence = 0.0;
  for (double stepsize = 1e-4; stepsize < 2.0; stepsize *= 1.7) {
    const WeightStep step = update(stepsize, 1.0);
    EXPECT_LE(step.eta, last_eta);
    EXPECT_GE(kl(step.log_weights, old), last_divergence * (1.0 - 1e-9));
    last_eta = step.eta;
    last_divergence = kl(step.log_weights, old);
  }
}

INSTANTIATE_TEST_SUITE_P(Scales, WeightTrustRegion, testing::Values(1e-3, 1.0, 1e3, 1e6));

}  // namespace
}  // namespace gmmvi

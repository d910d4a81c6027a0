#include "strategy/natural_gradient.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/golden_batch.hpp"
#include "math/situations.hpp"
#include "strategy/component_updater.hpp"

namespace gmmvi {
namespace {

using strategy::EstimationBatch;
using Estimate = strategy::NaturalGradient<FullCovariance>;
using Estimator = strategy::NaturalGradientEstimator<FullCovariance>;
using Positions = std::vector<Eigen::Index>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Positions all_positions(Eigen::Index count) {
  Positions positions(static_cast<std::size_t>(count));
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

Positions drawn_from(const test::GoldenBatch& batch, Eigen::Index k) {
  Positions own;
  for (const Eigen::Index n : all_positions(batch.samples.cols()))
    if (batch.origins[static_cast<std::size_t>(n)] == k) own.push_back(n);
  return own;
}

void expect_stein_of_the_reference(const nlohmann::json& each, double tolerance) {
  const auto& inputs = each.at("inputs");
  const test::GoldenBatch batch(inputs);
  const bool own = inputs.value("only_use_own_samples", false);
  const auto estimator = Estimator::make(SteinOptions{own, inputs.at("use_self_normalized_importance_weights")});
  EXPECT_EQ(estimator->only_own_samples(), own);
  EXPECT_TRUE(estimator->needs_gradients());
  const EstimationBatch seen{batch.samples, batch.log_ratios, batch.log_ratio_gradients, batch.inside};
  const auto& expected = each.at("expected").at("stein");
  for (Eigen::Index k = 0; k < batch.mixture.size(); ++k) {
    const Eigen::VectorXd log_weights =
        own ? Eigen::VectorXd::Zero(batch.samples.cols()) : Eigen::VectorXd(batch.log_importance_weights.col(k));
    const Estimate estimate = estimator->estimate(batch.mixture.gaussian(k), seen, log_weights,
                                                  own ? drawn_from(batch, k) : all_positions(batch.samples.cols()));
    const auto at = static_cast<std::size_t>(k);
    test::expect_near_relative(estimate.negated_gradient, test::vector(expected.at("neg_grad")[at]), tolerance);
    test::expect_near_relative(estimate.negated_hessian, test::matrix(expected.at("neg_hessian")[at]), tolerance);
  }
}

TEST(Stein, IsTheReferencesUnderEveryOption) {
  const auto file = test::golden("natural_gradient");
  for (const auto& each : test::full_cases(file, 24)) expect_stein_of_the_reference(each, file.at("tolerance"));
}

TEST(Stein, LeavesOutWhatIsOutsideTheSupportAsTheReference) {
  const auto file = test::golden("outside_support");
  for (const auto& each : test::full_cases(file, 6)) {
    expect_stein_of_the_reference(each, file.at("tolerance"));
    const test::GoldenBatch batch(each.at("inputs"));
    const double outside = 1.0 - static_cast<double>(batch.inside.size()) / static_cast<double>(batch.samples.cols());
    test::expect_near_relative(outside, each.at("expected").at("fraction_outside").get<double>(), 1e-15);
  }
}

// 2D samples at μ ± √D L e_i, which have the component's mean and covariance exactly, and a Gaussian target.
class GaussianTargetAndExactMoments : public testing::TestWithParam<Eigen::Index> {
 protected:
  GaussianTargetAndExactMoments() {
    const Eigen::MatrixXd spread = std::sqrt(static_cast<double>(dimension())) * component->covariance().cholesky();
    samples << spread, -spread;
    samples.colwise() += component->mean();
    gradients =
        -target_precision * (samples.colwise() - target->mean()) + precision * (samples.colwise() - component->mean());
  }
  Eigen::Index dimension() const { return GetParam(); }
  Estimate estimate() const {
    const EstimationBatch batch{samples, log_ratios, gradients, positions};
    return Estimator::make(SteinOptions{})
        ->estimate(*component, batch, Eigen::VectorXd::Constant(samples.cols(), -3.0), positions);
  }

  const GaussianPointer<FullCovariance> component = test::random_gaussian(GetParam(), 1);
  const GaussianPointer<FullCovariance> target = test::random_gaussian(GetParam(), 2);
  const Eigen::MatrixXd precision = component->covariance().matrix().inverse();
  const Eigen::MatrixXd target_precision = target->covariance().matrix().inverse();
  Eigen::MatrixXd samples{GetParam(), 2 * GetParam()};
  Eigen::MatrixXd gradients;
  const Eigen::VectorXd log_ratios = Eigen::VectorXd::Zero(2 * GetParam());
  const Positions positions = all_positions(2 * GetParam());
};

TEST_P(GaussianTargetAndExactMoments, SteinIsExact) {
  const Estimate stein = estimate();
  EXPECT_LT(test::largest_error(stein.negated_gradient, target_precision * (component->mean() - target->mean())),
            1e-10);
  EXPECT_LT(test::largest_error(stein.negated_hessian, target_precision - precision), 1e-10);
}

TEST_P(GaussianTargetAndExactMoments, OneFullDirectStepArrives) {
  const auto updater = strategy::ComponentUpdater<FullCovariance>::make(DirectUpdateOptions{});
  const auto step =
      updater->update(*component, estimate(), {.stepsize = 1.0, .temperature = 1.0, .first_update = true});
  ASSERT_TRUE(step.gaussian);
  EXPECT_LT(test::largest_error(step.gaussian->mean(), target->mean()), 1e-9);
  EXPECT_LT(test::largest_error(step.gaussian->covariance().matrix(), target->covariance().matrix()), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Dimensions, GaussianTargetAndExactMoments, testing::Values(1, 2, 5, 20));

// A component and N random samples with random gradients.
class RandomSamples : public testing::TestWithParam<Eigen::Index> {
 protected:
  Estimate estimate(const Eigen::VectorXd& by, const Positions& inside, const Positions& positions,
                    bool self_normalized = true) const {
    const EstimationBatch batch{samples, log_ratios, gradients, inside};
    return Estimator::make(SteinOptions{.use_self_normalized_importance_weights = self_normalized})
        ->estimate(*component, batch, by, positions);
  }
  static void expect_equal(const Estimate& a, const Estimate& b, double tolerance) {
    EXPECT_LT(test::largest_error(a.negated_gradient, b.negated_gradient), tolerance);
    EXPECT_LT(test::largest_error(a.negated_hessian, b.negated_hessian), tolerance);
  }

  const Eigen::Index count = GetParam();
  const GaussianPointer<FullCovariance> component = test::random_gaussian(3, 1);
  Eigen::MatrixXd samples = test::normal_matrix(3, count, 2);
  Eigen::MatrixXd gradients = test::normal_matrix(3, count, 3);
  const Eigen::VectorXd log_ratios = test::normal_vector(count, 4);
  const Eigen::VectorXd log_weights = test::normal_vector(count, 5);
  const Positions everything = all_positions(count);
};

TEST_P(RandomSamples, SteinIsTheWeightedSumOfItsDefinition) {
  for (const bool self_normalized : {true, false}) {
    Eigen::VectorXd weights = log_weights.array().exp();
    weights /= self_normalized ? weights.sum() : static_cast<double>(count);
    const Eigen::MatrixXd sum = (samples.colwise() - component->mean()) * weights.asDiagonal() * gradients.transpose();
    const Eigen::MatrixXd product = component->covariance().matrix().inverse() * sum;
    expect_equal(estimate(log_weights, everything, everything, self_normalized),
                 {-gradients * weights, -0.5 * (product + product.transpose())}, 1e-12);
  }
}

TEST_P(RandomSamples, OutsideTheSupportNeitherGradientsNorWeightsCount) {
  Positions inside;
  for (const Eigen::Index n : everything)
    if (n % 3 != 1) inside.push_back(n);
  const Estimate without = estimate(log_weights, inside, everything);
  Eigen::VectorXd other_weights = log_weights;
  for (Eigen::Index n = 1; n < count; n += 3) {
    gradients.col(n).setConstant(nan);
    other_weights[n] = 100.0;
  }
  expect_equal(estimate(other_weights, inside, everything), without, 1e-300);
}

TEST_P(RandomSamples, OnlyTheGivenPositionsCount) {
  Positions half;
  for (const Eigen::Index n : everything)
    if (n % 2 == 0) half.push_back(n);
  Eigen::VectorXd other_weights = log_weights;
  for (Eigen::Index n = 1; n < count; n += 2) other_weights[n] = -infinity;
  expect_equal(estimate(log_weights, everything, half), estimate(other_weights, everything, everything), 1e-13);
}

TEST_P(RandomSamples, NegligibleWeightsChangeNothing) {
  Eigen::VectorXd some_vanish = log_weights, some_underflow = log_weights;
  for (Eigen::Index n = 1; n < count; n += 2) {
    some_vanish[n] = -infinity;
    some_underflow[n] = -5e9;  // 1e5 standard deviations away
  }
  expect_equal(estimate(some_underflow, everything, everything), estimate(some_vanish, everything, everything), 1e-300);
}

TEST_P(RandomSamples, WhereNoSampleHasWeightTheEstimateIsZero) {
  for (const bool self_normalized : {true, false}) {
    const Estimate stein =
        estimate(Eigen::VectorXd::Constant(count, -infinity), everything, everything, self_normalized);
    EXPECT_TRUE(stein.negated_gradient.isZero(0.0));
    EXPECT_TRUE(stein.negated_hessian.isZero(0.0));
  }
}

TEST_P(RandomSamples, AllWeightsUnderflowingTogetherIsNoHarmWhenNormalized) {
  expect_equal(estimate(log_weights.array() - 1e6, everything, everything),
               estimate(log_weights, everything, everything), 1e-8);
}

TEST_P(RandomSamples, ANanGradientInsideTheSupportShowsInTheEstimate) {
  gradients(1, count - 1) = nan;
  EXPECT_FALSE(estimate(log_weights, everything, everything).negated_gradient.allFinite());
}

// One sample, few, and on both sides of a chunk of 256.
INSTANTIATE_TEST_SUITE_P(Counts, RandomSamples, testing::Values(1, 2, 7, 255, 256, 257, 600));

}  // namespace
}  // namespace gmmvi

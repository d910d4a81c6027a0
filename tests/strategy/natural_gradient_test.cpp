#include "gmmvi/strategy/natural_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <type_traits>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "gmmvi/strategy/component_updater.hpp"

#include "core/random.hpp"
#include "math/golden_batch.hpp"
#include "math/situations.hpp"
#include "strategy/plain_coordinates.hpp"

namespace gmmvi {
namespace {

using strategy::EstimationBatch;
using strategy::NaturalGradient;
using Estimate = test::PlainNaturalGradient<FullCovariance>;
using Estimator = strategy::NaturalGradientEstimator<FullCovariance>;
using Positions = std::vector<Eigen::Index>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Positions all_positions(Eigen::Index count) {
  Positions positions(static_cast<std::size_t>(count));
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

template <class Covariance>
Positions drawn_from(const test::GoldenBatch<Covariance>& batch, Eigen::Index k) {
  Positions own;
  for (const Eigen::Index n : all_positions(batch.samples.cols()))
    if (batch.origins[static_cast<std::size_t>(n)] == k) own.push_back(n);
  return own;
}

// The estimates of all components of a golden case.
template <class Covariance>
std::vector<test::PlainNaturalGradient<Covariance>> estimates(const nlohmann::json& inputs,
                                                              const NaturalGradientOptions& options) {
  const test::GoldenBatch<Covariance> batch(inputs);
  const auto estimator = strategy::NaturalGradientEstimator<Covariance>::make(options);
  const bool own = inputs.value("only_use_own_samples", false);
  EXPECT_EQ(estimator->only_own_samples(), own);
  const Eigen::MatrixXd gradients = estimator->needs_gradients() ? batch.log_ratio_gradients : Eigen::MatrixXd();
  const EstimationBatch seen{batch.samples, batch.log_ratios, gradients, batch.inside};
  std::vector<test::PlainNaturalGradient<Covariance>> result;
  for (Eigen::Index k = 0; k < batch.mixture.size(); ++k) {
    const Eigen::VectorXd log_weights =
        own ? Eigen::VectorXd::Zero(batch.samples.cols()) : Eigen::VectorXd(batch.log_importance_weights.col(k));
    const Gaussian<Covariance>& gaussian = batch.mixture.gaussian(k);
    const auto estimate = estimator->estimate(gaussian, seen, log_weights,
                                              own ? drawn_from(batch, k) : all_positions(batch.samples.cols()),
                                              inputs.at("ridge")[static_cast<std::size_t>(k)]);
    result.push_back(test::in_plain_coordinates(estimate, gaussian));
  }
  return result;
}

template <class Covariance>
void expect_stein_of_the_reference(const nlohmann::json& each, double tolerance) {
  const auto& inputs = each.at("inputs");
  const SteinOptions options{inputs.value("only_use_own_samples", false),
                             inputs.at("use_self_normalized_importance_weights")};
  const auto& expected = each.at("expected").at("stein");
  std::size_t k = 0;
  for (const auto& estimate : estimates<Covariance>(inputs, options)) {
    test::expect_near_relative(estimate.negated_gradient, test::vector(expected.at("neg_grad")[k]), tolerance);
    test::expect_near_relative(estimate.negated_hessian, test::golden_matrix<Covariance>(expected.at("neg_hessian")[k]),
                               tolerance);
    ++k;
  }
}

// To 1e-6 relative to the largest entry, as the golden files say.
void expect_near_largest(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), 1e-6 * std::max(1.0, expected.cwiseAbs().maxCoeff()));
}

template <class Covariance>
void expect_more_of_the_reference(const nlohmann::json& each) {
  const auto& inputs = each.at("inputs");
  const MoreOptions options{inputs.value("only_use_own_samples", false),
                            inputs.at("use_self_normalized_importance_weights")};
  const auto& expected = each.at("expected").at("more");
  std::size_t k = 0;
  for (const auto& estimate : estimates<Covariance>(inputs, options)) {
    expect_near_largest(estimate.negated_gradient, test::vector(expected.at("neg_grad")[k]));
    expect_near_largest(estimate.negated_hessian, test::golden_matrix<Covariance>(expected.at("neg_hessian")[k]));
    ++k;
  }
}

template <class Covariance>
void expect_the_references(const char* name, std::size_t cases) {
  const auto file = test::golden(name);
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    expect_stein_of_the_reference<Covariance>(each, file.at("tolerance"));
    expect_more_of_the_reference<Covariance>(each);
  }
}

TEST(NaturalGradient, IsTheReferencesUnderEveryOption) {
  expect_the_references<FullCovariance>("natural_gradient", 24);
  expect_the_references<DiagonalCovariance>("natural_gradient", 16);
}

TEST(NaturalGradient, TreatsWhatIsOutsideTheSupportAsTheReference) {
  expect_the_references<FullCovariance>("outside_support", 6);
  expect_the_references<DiagonalCovariance>("outside_support", 4);
}

template <class Covariance>
void expect_fraction_outside(std::size_t cases) {
  for (const auto& each : test::cases<Covariance>(test::golden("outside_support"), cases)) {
    const test::GoldenBatch<Covariance> batch(each.at("inputs"));
    const double outside = 1.0 - static_cast<double>(batch.inside.size()) / static_cast<double>(batch.samples.cols());
    test::expect_near_relative(outside, each.at("expected").at("fraction_outside").template get<double>(), 1e-15);
  }
}

TEST(NaturalGradient, CountsWhatIsOutsideTheSupport) {
  expect_fraction_outside<FullCovariance>(6);
  expect_fraction_outside<DiagonalCovariance>(4);
}

TEST(NaturalGradient, OnlySteinNeedsGradients) {
  EXPECT_TRUE(Estimator::make(SteinOptions{})->needs_gradients());
  EXPECT_FALSE(Estimator::make(MoreOptions{})->needs_gradients());
}

TEST(MoreRidge, HalvesAfterASuccessAndGrowsTenfoldAfterARefusalWithinItsBounds) {
  const auto more = Estimator::make(MoreOptions{.initial_l2_regularizer = 3e-12});
  EXPECT_EQ(more->initial_ridge(), 3e-12);
  EXPECT_DOUBLE_EQ(more->next_ridge(3e-12, false), 3e-11);
  EXPECT_DOUBLE_EQ(more->next_ridge(3e-11, true), 1.5e-11);
  EXPECT_EQ(more->next_ridge(4e-12, true), 3e-12);
  EXPECT_EQ(more->next_ridge(5e-7, false), 1e-6);
  const auto large = Estimator::make(MoreOptions{.initial_l2_regularizer = 0.5});
  EXPECT_EQ(large->next_ridge(0.5, false), 0.5);
  EXPECT_EQ(large->next_ridge(0.5, true), 0.5);
  EXPECT_EQ(Estimator::make(SteinOptions{})->next_ridge(0.0, false), 0.0);
}

NaturalGradient<FullCovariance> more_with(double ridge, std::optional<double> linear_ridge) {
  const Eigen::MatrixXd samples = test::normal_matrix(3, 40, 1);
  const Eigen::VectorXd ratios =
      samples.row(0).transpose() + 0.3 * samples.cwiseAbs2().colwise().sum().transpose() + test::normal_vector(40, 2);
  const Gaussian<FullCovariance> gaussian(Eigen::VectorXd::Zero(3),
                                          FullCovariance::from_variances(Eigen::VectorXd::Ones(3)));
  const auto more =
      Estimator::make(MoreOptions{.initial_l2_regularizer = ridge, .linear_l2_regularizer = linear_ridge});
  return more->estimate(gaussian, {samples, ratios, Eigen::MatrixXd(0, 40), all_positions(40), 0.0},
                        Eigen::VectorXd::Zero(40), all_positions(40), more->initial_ridge());
}

TEST(MoreLinearRidge, AbsentIsTheOtherRidge) {
  for (const double ridge : {0.0, 1e-12, 0.1, 3.0}) {
    const auto absent = more_with(ridge, std::nullopt), same = more_with(ridge, ridge);
    EXPECT_EQ(absent.whitened_gradient, same.whitened_gradient) << ridge;
    EXPECT_EQ(absent.whitened_hessian, same.whitened_hessian) << ridge;
  }
}

TEST(MoreLinearRidge, HoldsTheFeaturesOfFirstOrderAlone) {
  const auto free = more_with(0.1, 0.1), held = more_with(0.1, 1e12);
  EXPECT_GT(free.whitened_gradient.norm(), 0.1);
  EXPECT_LT(held.whitened_gradient.norm(), 1e-10);
  EXPECT_GT(held.whitened_hessian.norm(), 0.5 * free.whitened_hessian.norm());
}

TEST(MoreLinearRidge, IsNotLostInALargeOther) {
  EXPECT_NE(more_with(1e9, 1e-9).whitened_gradient, more_with(1e9, 3e-9).whitened_gradient);
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
    const auto log_weights = Eigen::VectorXd::Constant(samples.cols(), -3.0);
    const auto stein = Estimator::make(SteinOptions{})->estimate(*component, batch, log_weights, positions, 0.0);
    return test::in_plain_coordinates(stein, *component);
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
  const auto step = updater->update(*component, test::whitened(estimate(), *component),
                                    {.stepsize = 1.0, .temperature = 1.0, .first_update = true});
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
    const auto stein = Estimator::make(SteinOptions{.use_self_normalized_importance_weights = self_normalized})
                           ->estimate(*component, batch, by, positions, 0.0);
    return test::in_plain_coordinates(stein, *component);
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

// With fewer samples than dimensions they are whitened one by one, otherwise their sum is.
template <class Covariance>
void expect_the_definition_on_both_sides_of_the_dimension(const Gaussian<Covariance>& gaussian) {
  const Eigen::Index d = gaussian.dimension();
  for (const Eigen::Index count : {Eigen::Index{1}, d - 1, d, d + 1}) {
    const Eigen::MatrixXd samples = test::normal_matrix(d, count, 2), gradients = test::normal_matrix(d, count, 3);
    const Eigen::VectorXd log_ratios = Eigen::VectorXd::Zero(count), log_weights = test::normal_vector(count, 5);
    const Positions positions = all_positions(count);
    const auto stein =
        strategy::NaturalGradientEstimator<Covariance>::make(SteinOptions{})
            ->estimate(gaussian, {samples, log_ratios, gradients, positions}, log_weights, positions, 0.0);
    Eigen::VectorXd weights = log_weights.array().exp();
    weights /= weights.sum();
    const Eigen::MatrixXd factor = test::as_full(gaussian).covariance().cholesky();
    const Eigen::MatrixXd sum = (samples.colwise() - gaussian.mean()) * weights.asDiagonal() * gradients.transpose();
    const Eigen::MatrixXd product = factor.inverse() * sum * factor;
    const Eigen::MatrixXd hessian = -0.5 * (product + product.transpose());
    EXPECT_LT(test::largest_error(stein.whitened_gradient, -factor.transpose() * gradients * weights), 1e-11) << count;
    if constexpr (std::is_same_v<Covariance, FullCovariance>)
      EXPECT_LT(test::largest_error(stein.whitened_hessian, hessian), 1e-11) << count;
    else
      EXPECT_LT(test::largest_error(stein.whitened_hessian, hessian.diagonal()), 1e-11) << count;
  }
}

TEST(Stein, OfFewAndOfManySamplesIsTheDefinition) {
  expect_the_definition_on_both_sides_of_the_dimension(*test::random_gaussian(12, 1));
  expect_the_definition_on_both_sides_of_the_dimension(Gaussian<DiagonalCovariance>(
      test::normal_vector(12, 1),
      DiagonalCovariance::from_variances(Eigen::VectorXd(test::normal_vector(12, 2).array().square() + 0.1))));
}

// A grid of weighted samples instead of random ones: sums over it are integrals under N(0, 1).
struct Grid {
  static constexpr Eigen::Index size = 4001;
  Eigen::MatrixXd samples = Eigen::RowVectorXd::LinSpaced(size, -10.0, 10.0);
  Eigen::VectorXd log_weights = -0.5 * samples.row(0).transpose().array().square();
};

// The natural gradient at N(0, 1) of a density that is flat above `rim` and 0 below.
template <class Covariance>
strategy::NaturalGradient<Covariance> at_a_rim(const NaturalGradientOptions& options, double rim, double jump) {
  const Grid grid;
  Positions inside;
  for (const Eigen::Index n : all_positions(Grid::size))
    if (grid.samples(0, n) > rim) inside.push_back(n);
  const Eigen::VectorXd ratios = Eigen::VectorXd::Zero(Grid::size);
  const Eigen::MatrixXd gradients = Eigen::MatrixXd::Zero(1, Grid::size);
  const Gaussian<Covariance> gaussian(Eigen::VectorXd::Zero(1), Covariance::from_variances(Eigen::VectorXd::Ones(1)));
  return strategy::NaturalGradientEstimator<Covariance>::make(options)->estimate(
      gaussian, {grid.samples, ratios, gradients, inside, jump}, grid.log_weights, all_positions(Grid::size), 0.0);
}

template <class Covariance>
void expect_the_force_of_log_probability(const NaturalGradientOptions& options) {
  constexpr double rim = -0.7005, jump = 5.0;  // between two points of the grid
  const double density = std::exp(-0.5 * rim * rim) / std::sqrt(2.0 * std::numbers::pi);
  const double probability = 0.5 * std::erfc(rim / std::numbers::sqrt2);
  const auto estimate = at_a_rim<Covariance>(options, rim, jump);
  // d/dμ log P(x > r) = φ(r)/P, d²/dμ² P = r φ(r)
  EXPECT_NEAR(estimate.whitened_gradient[0], -jump * density / probability, 0.01);
  EXPECT_NEAR(estimate.whitened_hessian(0), -jump * rim * density / probability, 0.01);
  EXPECT_GT(estimate.damping, 1.0);
}

TEST(NaturalGradient, OfARimIsThatOfTheLogarithmOfTheProbabilityInside) {
  for (const NaturalGradientOptions& options :
       {NaturalGradientOptions(SteinOptions{}), NaturalGradientOptions(MoreOptions{})}) {
    expect_the_force_of_log_probability<FullCovariance>(options);
    expect_the_force_of_log_probability<DiagonalCovariance>(options);
  }
}

TEST(NaturalGradient, KnowsOfNoRimWhereTheJumpIsNone) {
  const auto estimate = at_a_rim<FullCovariance>(SteinOptions{}, -0.7005, 0.0);
  EXPECT_EQ(estimate.whitened_gradient[0], 0.0);
  EXPECT_EQ(estimate.damping, 1.0);
}

// Samples (d = 1) around 10 of R = −scale eˣ, which differ by any number of nats: the step is accepted, and to the
// left.
void expect_more_goes_downhill(double scale) {
  const Grid grid;
  const Eigen::MatrixXd samples = grid.samples.array() + 10.0;
  const Eigen::VectorXd ratios = -scale * samples.row(0).transpose().array().exp();
  const Gaussian<FullCovariance> gaussian(Eigen::VectorXd::Constant(1, 10.0),
                                          FullCovariance::from_variances(Eigen::VectorXd::Ones(1)));
  const auto estimate =
      Estimator::make(MoreOptions{})
          ->estimate(gaussian, {samples, ratios, Eigen::MatrixXd(0, Grid::size), all_positions(Grid::size), 0.0},
                     grid.log_weights, all_positions(Grid::size), 1e-12);
  ASSERT_TRUE(std::isfinite(estimate.whitened_gradient[0])) << scale;
  const auto step = strategy::ComponentUpdater<FullCovariance>::make(TrustRegionUpdateOptions{})
                        ->update(gaussian, estimate, {.stepsize = 0.1, .temperature = 1.0, .first_update = true});
  ASSERT_TRUE(step.gaussian) << scale;
  EXPECT_LT(step.gaussian->mean()[0], 10.0 - 0.05) << scale;
}

// R = −e³⁰ˣ is flat on the left and falls to −10⁵² on the right. A fit to the worst samples would shrink the component;
// one to the scale of the better half moves it, nearly as far as the trust region lets it: √(2 ε) = 0.45.
TEST(More, IsNotRuledByTheWorstSamples) {
  const Grid grid;
  const Eigen::VectorXd ratios = -(30.0 * grid.samples.row(0).transpose().array()).exp();
  const Gaussian<FullCovariance> gaussian(Eigen::VectorXd::Zero(1),
                                          FullCovariance::from_variances(Eigen::VectorXd::Ones(1)));
  const auto estimate =
      Estimator::make(MoreOptions{})
          ->estimate(gaussian, {grid.samples, ratios, Eigen::MatrixXd(0, Grid::size), all_positions(Grid::size), 0.0},
                     grid.log_weights, all_positions(Grid::size), 1e-12);
  const auto step = strategy::ComponentUpdater<FullCovariance>::make(TrustRegionUpdateOptions{})
                        ->update(gaussian, estimate, {.stepsize = 0.1, .temperature = 1.0, .first_update = true});
  ASSERT_TRUE(step.gaussian);
  EXPECT_LT(step.gaussian->mean()[0], -0.3);
}

TEST(More, FitsLogRatiosOfAnySize) {
  for (const double scale : {1.0, 1e10, 1e100, 1e290}) expect_more_goes_downhill(scale);
}

// The Hessian's noise is shrunk, its trace is not.
TEST(NaturalGradient, OfARimSeenByFewSamplesIsNearlyIsotropic) {
  constexpr Eigen::Index d = 5, count = 40;
  Eigen::MatrixXd samples(d, count);
  core::Stream(1, core::Purpose::samples).normal({samples.data(), static_cast<std::size_t>(samples.size())});
  Positions inside;
  for (const Eigen::Index n : all_positions(count))
    if (samples.col(n).squaredNorm() < 6.0) inside.push_back(n);
  const Eigen::VectorXd zeros = Eigen::VectorXd::Zero(count);
  const Eigen::MatrixXd gradients = Eigen::MatrixXd::Zero(d, count);
  const Gaussian<FullCovariance> gaussian(Eigen::VectorXd::Zero(d),
                                          FullCovariance::from_variances(Eigen::VectorXd::Ones(d)));
  const auto estimate =
      Estimator::make(SteinOptions{})
          ->estimate(gaussian, {samples, zeros, gradients, inside, 1.0}, zeros, all_positions(count), 0.0);
  const double share = static_cast<double>(inside.size()) / count;
  double trace = 0.0;
  for (const Eigen::Index n : all_positions(count)) {
    const double is_inside = std::ranges::binary_search(inside, n) ? 1.0 : 0.0;
    trace -= (is_inside - share) / share / count * samples.col(n).squaredNorm();
  }
  EXPECT_GT(trace, 0.0) << "it shrinks the component";
  EXPECT_NEAR(estimate.whitened_hessian.trace(), trace, 1e-12);
  const Eigen::MatrixXd rest = estimate.whitened_hessian - trace / d * Eigen::MatrixXd::Identity(d, d);
  EXPECT_LT(rest.norm(), 0.5 * trace);
}

}  // namespace
}  // namespace gmmvi

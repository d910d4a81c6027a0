#include "solver/elbo.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::solver {
namespace {

using namespace test;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Log densities of a mixture that is 0 everywhere.
ElboEstimate of(const Eigen::VectorXd& target_log_densities) {
  return monte_carlo_elbo(target_log_densities, Eigen::VectorXd::Zero(target_log_densities.size()), 1.0);
}

TEST(MonteCarloElbo, IsTheMeanWithItsStandardError) {
  const ElboEstimate estimate = of(Eigen::Vector4d(1.0, 2.0, 3.0, 6.0));
  EXPECT_DOUBLE_EQ(estimate.value, 3.0);
  EXPECT_DOUBLE_EQ(estimate.standard_error, std::sqrt((4.0 + 1.0 + 0.0 + 9.0) / 3.0 / 4.0));
  EXPECT_EQ(estimate.samples, 4);
  EXPECT_EQ(estimate.outside, 0);
}

TEST(MonteCarloElbo, LeavesOutAndCountsWhatIsNotFinite) {
  const ElboEstimate estimate = of(Eigen::Vector4d(1.0, -infinity, 3.0, std::nan("")));
  EXPECT_DOUBLE_EQ(estimate.value, 2.0 + std::log(2.0 / 3.0)) << "of the mixture cut off at the rim";
  EXPECT_DOUBLE_EQ(estimate.standard_error, std::sqrt(1.0 + (1.0 / 3.0) / (2.0 / 3.0) / 3.0));
  EXPECT_EQ(estimate.samples, 2);
  EXPECT_EQ(estimate.outside, 1);
  EXPECT_EQ(estimate.failures, 1) << "which say nothing of the support";
  EXPECT_EQ(estimate.drawn(), 4);
  EXPECT_DOUBLE_EQ(estimate.share_outside, 1.0 / 3.0);
}

TEST(MonteCarloElbo, SaysSoWhereThereIsNothingToEstimateFrom) {
  EXPECT_TRUE(std::isnan(of(Eigen::VectorXd(0)).value));
  EXPECT_TRUE(std::isnan(of(Eigen::VectorXd::Constant(1, 2.0)).standard_error));
  EXPECT_EQ(of(Eigen::Vector3d::Constant(-infinity)).log_evidence, -infinity);
}

TEST(MonteCarloElbo, IsMadeOfLogDensityAndEntropy) {
  const Eigen::Vector3d target(1.0, 2.0, 6.0), model(-1.0, 0.5, -4.0);
  const ElboEstimate estimate = monte_carlo_elbo(target, model, 0.5);
  EXPECT_DOUBLE_EQ(estimate.mean_log_density, 3.0);
  EXPECT_DOUBLE_EQ(estimate.entropy, 1.5);
  EXPECT_DOUBLE_EQ(estimate.value, 3.0 + 0.5 * 1.5);
}

TEST(MonteCarloElbo, EstimatesTheEvidenceFromImportanceWeights) {
  const Eigen::Vector4d target(std::log(1.0), std::log(3.0), -infinity, std::nan("")),
      model(0.0, std::log(2.0), 0.0, 0.0);
  const ElboEstimate estimate = monte_carlo_elbo(target, model, 1.0);
  EXPECT_NEAR(estimate.log_evidence, std::log((1.0 + 1.5 + 0.0) / 3.0), 1e-15) << "of the three that have a value";
  EXPECT_NEAR(estimate.effective_sample_size, 2.5 * 2.5 / (1.0 + 2.25), 1e-14);
  const double mean = 2.5 / 3.0;
  const double variance = (std::pow(1.0 - mean, 2) + std::pow(1.5 - mean, 2) + mean * mean) / 2.0;
  EXPECT_NEAR(estimate.log_evidence_standard_error, std::sqrt(variance / 3.0) / mean, 1e-14);
}

// A normal distribution of which a half is left, and the mixture is the whole: cut off at the rim it is the target.
TEST(MonteCarloElbo, OfATargetCutOffFromTheMixtureIsItsEvidence) {
  const Eigen::Vector4d model(-1.0, -2.0, -0.5, -3.0), target(-1.0, -infinity, -infinity, -3.0);
  for (const ElboEstimate& estimate :
       {monte_carlo_elbo(target, model, 1.0), recycled_elbo(target, model, model, 1.0)}) {
    EXPECT_NEAR(estimate.value, std::log(0.5), 1e-15);
    EXPECT_NEAR(estimate.log_evidence, std::log(0.5), 1e-15);
  }
}

// Of the samples 0, 1, 2 the last counts twice; one more has no value.
TEST(Moments, AreComparedWithAndWithoutWeights) {
  const Eigen::Vector4d target(0.0, 0.0, std::log(2.0), std::nan("")), model = Eigen::Vector4d::Zero();
  Eigen::MatrixXd samples(2, 4);
  samples << 0.0, 1.0, 2.0, 77.0, 5.0, 5.0, 8.0, 77.0;
  ElboEstimate estimate = monte_carlo_elbo(target, model, 1.0), in_parts = estimate;
  add_moments(estimate, samples, target, model);
  const double mean = 1.25, variance = (0.0 + 1.0 + 2.0 * 4.0) / 4.0 - mean * mean;
  const double other = 6.5, of_other = (25.0 + 25.0 + 2.0 * 64.0) / 4.0 - other * other;
  EXPECT_NEAR(estimate.mean_shift, std::max((mean - 1.0) / std::sqrt(variance), (other - 6.0) / std::sqrt(of_other)),
              1e-14);
  EXPECT_NEAR(estimate.least_deviation, std::sqrt(2.0 / of_other), 1e-14);
  EXPECT_NEAR(estimate.largest_deviation, std::sqrt(2.0 / 3.0 / variance), 1e-14);
  add_moments(in_parts, samples.topRows(1), target, model);
  add_moments(in_parts, samples.bottomRows(1), target, model);
  EXPECT_EQ(in_parts.mean_shift, estimate.mean_shift);
  EXPECT_EQ(in_parts.least_deviation, estimate.least_deviation);
}

TEST(Moments, OfATargetThatIsTheMixtureAreItsOwn) {
  const Eigen::VectorXd target = Eigen::VectorXd::Zero(3), model = target;
  ElboEstimate estimate = monte_carlo_elbo(target, model, 1.0);
  add_moments(estimate, Eigen::RowVector3d(1.0, 2.0, 5.0), target, model);
  EXPECT_NEAR(estimate.mean_shift, 0.0, 1e-15);
  EXPECT_NEAR(estimate.least_deviation, 1.0, 1e-15);
}

TEST(Moments, AreNotKnownWhereNoSampleIsInside) {
  const Eigen::VectorXd target = Eigen::VectorXd::Constant(3, -infinity), model = Eigen::VectorXd::Zero(3);
  ElboEstimate estimate = monte_carlo_elbo(target, model, 1.0);
  add_moments(estimate, Eigen::RowVector3d(1.0, 2.0, 5.0), target, model);
  EXPECT_TRUE(std::isnan(estimate.mean_shift));
}

TEST(Evidence, IsTrustedForASmallKOrManyNearlyEqualWeights) {
  const auto trusted = [](double k, double effective, std::int64_t samples) {
    return ElboEstimate{
        .samples = samples, .log_evidence_standard_error = 0.01, .effective_sample_size = effective, .pareto_k = k}
        .evidence_is_trusted();
  };
  EXPECT_TRUE(trusted(0.5, 300, 1000));
  EXPECT_FALSE(trusted(0.8, 300, 1000));
  EXPECT_TRUE(trusted(2.2, 950, 1000));
  EXPECT_TRUE(trusted(infinity, 1000, 1000));
  EXPECT_FALSE(trusted(infinity, 10, 10)) << "so few say nothing of their tail";
  EXPECT_FALSE(trusted(0.5, 0, 0));
}

// With the mixture as background every weight is one.
TEST(RecycledElbo, OfTheMixturesOwnSamplesIsThatOfFreshOnes) {
  const Eigen::Vector4d target(1.0, 2.0, -infinity, 6.0), model(-1.0, 0.5, 0.25, -4.0);
  const ElboEstimate fresh = monte_carlo_elbo(target, model, 0.5), again = recycled_elbo(target, model, model, 0.5);
  EXPECT_EQ(again.source, ElboEstimate::Source::recycled);
  EXPECT_NEAR(again.value, fresh.value, 1e-14);
  const double of_share = 0.5 * std::sqrt(0.25 / 0.75 / 4.0);
  EXPECT_NEAR(std::pow(again.standard_error, 2) - std::pow(of_share, 2),
              (std::pow(fresh.standard_error, 2) - std::pow(of_share, 2)) * (2.0 / 3.0), 1e-14)
      << "n for n − 1";
  EXPECT_NEAR(again.share_outside, 0.25, 1e-14);
  EXPECT_NEAR(again.elbo_effective_sample_size, 3.0, 1e-13);
  EXPECT_NEAR(again.entropy, fresh.entropy, 1e-14);
  EXPECT_NEAR(again.mean_log_density, fresh.mean_log_density, 1e-14);
  EXPECT_NEAR(again.log_evidence, fresh.log_evidence, 1e-14);
  EXPECT_NEAR(again.log_evidence_standard_error, fresh.log_evidence_standard_error, 1e-14);
}

// Of the mixture next to nothing is inside, and of the samples one is.
TEST(RecycledElbo, IsFiniteWhereNextToNothingIsInside) {
  const Eigen::Vector2d target(1.0, -infinity), model(-60.0, 0.0), background(0.0, 0.0);
  const ElboEstimate estimate = recycled_elbo(target, model, background, 1.0);
  EXPECT_NEAR(estimate.value, 1.0 + 60.0 - 60.0, 1e-12);
}

TEST(RecycledElbo, SaysSoWhereThereIsNothingToEstimateFrom) {
  const Eigen::Vector2d nowhere = Eigen::Vector2d::Constant(-infinity), zero = Eigen::Vector2d::Zero();
  EXPECT_TRUE(std::isnan(recycled_elbo(zero, nowhere, zero, 1.0).value)) << "the mixture is elsewhere";
  EXPECT_TRUE(std::isnan(recycled_elbo(nowhere, zero, zero, 1.0).value));
  EXPECT_EQ(recycled_elbo(nowhere, zero, zero, 1.0).share_outside, 1.0);
  EXPECT_EQ(recycled_elbo({}, {}, {}, 1.0).drawn(), 0);
}

/// q of four components, off the target.
Options off_target() {
  Options options;
  options.model_initialization = {.num_initial_components = 4, .initial_cov = {}};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 30};
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 3, .max_components = 7};
  return options;
}

// Over independent estimates of the same ELBO, (estimate − ELBO) / standard error is standard normal.
TEST(EstimateElbo, ErrsAsItsStandardErrorSays) {
  const GaussianTarget shape = correlated_gaussian(2);
  GaussianTarget target = shape;
  const auto mixture = single(Eigen::Vector2d(0.5, 1.0), Eigen::Matrix2d::Identity());
  const double elbo =
      -kl(mixture.gaussian(0).mean(), mixture.gaussian(0).covariance().matrix(), shape.mean(), shape.covariance());
  constexpr int estimates = 200;
  double sum = 0.0, squares = 0.0;
  for (int seed = 0; seed < estimates; ++seed) {
    Options options;
    options.seed = static_cast<std::uint64_t>(seed);
    const ElboEstimate estimate = Gmmvi::build_from_config(options, target, mixture, world()).estimate_elbo(500);
    const double error = (estimate.value - elbo) / estimate.standard_error;
    sum += error;
    squares += error * error;
  }
  EXPECT_NEAR(sum / estimates, 0.0, 4.0 / std::sqrt(estimates));
  EXPECT_NEAR(squares / estimates, 1.0, 4.0 * std::sqrt(2.0 / estimates));
}

TEST(EstimateElbo, WeighsTheEntropyByTheTemperature) {
  GaussianTarget target = correlated_gaussian(2);
  const auto mixture = single(target.mean(), target.covariance());
  Options options;
  options.temperature = 0.25;
  const double entropy = mixture.gaussian(0).entropy();
  const ElboEstimate estimate = Gmmvi::build_from_config(options, target, mixture, world()).estimate_elbo(4000);
  EXPECT_NEAR(estimate.value, -entropy + 0.25 * entropy, 5.0 * estimate.standard_error);
}

// With q = p / Z every weight is Z.
TEST(EstimateElbo, OfThePosteriorItselfIsTheEvidenceAndItsBound) {
  GaussianTarget target = correlated_gaussian(2);
  const auto mixture = single(target.mean(), target.covariance());
  const ElboEstimate estimate = Gmmvi::build_from_config(Options(), target, mixture, world()).estimate_elbo(1000);
  EXPECT_NEAR(estimate.log_evidence, estimate.value, 1e-12);
  EXPECT_NEAR(estimate.effective_sample_size, 1000.0, 1e-8);
  EXPECT_NEAR(estimate.entropy, mixture.gaussian(0).entropy(), 0.2);
}

TEST(EstimateElbo, DoesNotDisturbTheRunAndIsTheSameOnAnyNumberOfRanks) {
  GaussianTarget target = correlated_gaussian(3);
  const auto build = [&](const Communicator& ranks) { return Gmmvi::build_from_config(off_target(), target, ranks); };
  const Trace without = run(build, world(), 12);
  Gmmvi alone = build({}), spread = build(world());
  Trace with;
  for (int i = 0; i < 12; ++i) {
    append(with, spread.train_iter(), spread);
    alone.train_iter();
    const std::int64_t evaluations = spread.evaluations();
    const ElboEstimate estimate = spread.estimate_elbo(333), expected = alone.estimate_elbo(333);
    EXPECT_EQ(estimate.value, expected.value);
    EXPECT_EQ(estimate.standard_error, expected.standard_error);
    EXPECT_EQ(estimate.samples, 333);
    EXPECT_EQ(spread.evaluations(), evaluations) << "evaluations for metrics are not among them";
    EXPECT_EQ(spread.estimate_elbo(333).value, estimate.value) << "asking twice is asking once";
  }
  EXPECT_EQ(with, without);
}

/// What a fit of a density whose integral is one knows of that when it ends.
ElboEstimate recycled_at_the_end(std::uint64_t seed, const Communicator& ranks, GaussianTarget target) {
  Options options = off_target();
  options.seed = seed;
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 30, .ratio_reused_samples_to_desired = 5.0};
  Gmmvi solver = Gmmvi::build_from_config(options, target, ranks);
  for (int i = 0; i < 25; ++i) solver.train_iter();
  return solver.recycled_elbo();
}

// Over seeds, log Z / standard error is about standard normal: the Gaussians depend on earlier samples.
TEST(RecycledElbo, OfANormalisedTargetHasTheEvidenceZeroWithinItsError) {
  constexpr int seeds = 40;
  double sum = 0.0, squares = 0.0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const ElboEstimate estimate = recycled_at_the_end(seed, {}, correlated_gaussian(3));
    const double error = estimate.log_evidence / estimate.log_evidence_standard_error;
    sum += error;
    squares += error * error;
    EXPECT_LT(std::abs(error), 5.0) << seed;
    EXPECT_LT(estimate.value, 3.0 * estimate.standard_error + 0.05) << "the ELBO is at most the evidence, 0";
    EXPECT_GT(estimate.samples, 100);
    EXPECT_GT(estimate.effective_sample_size, 30.0);
  }
  EXPECT_NEAR(sum / seeds, 0.0, 4.0 / std::sqrt(seeds));
  EXPECT_LT(squares / seeds, 2.0);
}

TEST(RecycledElbo, HasTheSameBitsOnAnyNumberOfRanksAndCostsNoEvaluation) {
  const ElboEstimate alone = recycled_at_the_end(3, {}, correlated_gaussian(3));
  const ElboEstimate spread = recycled_at_the_end(3, world(), correlated_gaussian(3));
  for (const auto number : {&ElboEstimate::value, &ElboEstimate::standard_error, &ElboEstimate::log_evidence,
                            &ElboEstimate::log_evidence_standard_error, &ElboEstimate::pareto_k})
    EXPECT_EQ(alone.*number, spread.*number);
  GaussianTarget target = correlated_gaussian(3);
  Gmmvi solver = Gmmvi::build_from_config(off_target(), target, world());
  EXPECT_EQ(solver.recycled_elbo().drawn(), 0) << "nothing was evaluated as yet";
  const Trace without =
      run([&](const auto& ranks) { return Gmmvi::build_from_config(off_target(), target, ranks); }, world(), 6);
  Trace with;
  for (int i = 0; i < 6; ++i) {
    append(with, solver.train_iter(), solver);
    solver.recycled_elbo();
  }
  EXPECT_EQ(with, without);
}

// Nobody knows what imported ones are samples of.
TEST(RecycledElbo, LeavesOutWhatWasImported) {
  GaussianTarget target = correlated_gaussian(2);
  Gmmvi solver = Gmmvi::build_from_config(off_target(), target, world());
  solver.train_iter();
  const ElboEstimate before = solver.recycled_elbo();
  solver.add_evaluations({.samples = Eigen::MatrixXd::Random(2, 50),
                          .log_densities = Eigen::VectorXd::Zero(50),
                          .gradients = Eigen::MatrixXd(2, 0)});
  const ElboEstimate after = solver.recycled_elbo();
  EXPECT_EQ(after.samples, before.samples);
  EXPECT_EQ(after.log_evidence, before.log_evidence);
}

TEST(EstimateElbo, MarksItsSamplesAsThoseOfMetrics) {
  class Watcher : public PointwiseTarget {
   public:
    Watcher() : PointwiseTarget(2, 8) {}
    Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                        bool want_gradients) override {
      for (const SampleId& id : ids) ++((id.batch & SampleId::metrics_batch) != 0 ? metrics : others);
      gradients_for_metrics = gradients_for_metrics || (metrics > 0 && want_gradients);
      return PointwiseTarget::evaluate(samples, ids, want_gradients);
    }
    std::int64_t metrics = 0, others = 0;
    bool gradients_for_metrics = false;

   protected:
    double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
      gradient = -x;
      return -0.5 * x.squaredNorm();
    }
  } target;
  Gmmvi solver = Gmmvi::build_from_config(off_target(), target, world());
  solver.train_iter();
  EXPECT_EQ(target.metrics, 0);
  const std::int64_t others = target.others;
  solver.estimate_elbo(100);
  EXPECT_EQ(target.others, others);
  const auto metrics = world().all_gather(target.metrics);
  EXPECT_EQ(std::reduce(metrics.begin(), metrics.end()), 100);
  EXPECT_FALSE(target.gradients_for_metrics);
}

}  // namespace
}  // namespace gmmvi::solver

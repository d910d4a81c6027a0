// What the loop as a whole promises: that it fits, that options do what they say, and that edges are no exceptions.

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include <gtest/gtest.h>

#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

Options one_gaussian(std::uint64_t seed = 1) {
  Options options;
  options.seed = seed;
  options.component_adapter = FixedComponentsOptions{};
  return options;
}

/// Trains on the ranks of the test, and expects the bits of one rank.
Gmmvi trained(const Options& options, Target& target, int iterations) {
  const auto build = [&](const Communicator& ranks) { return Gmmvi::build_from_config(options, target, ranks); };
  const Trace alone = run(build, Communicator(), iterations);
  Gmmvi solver = build(world());
  Trace trace;
  for (int i = 0; i < iterations; ++i) append(trace, solver.train_iter(), solver);
  EXPECT_EQ(trace, alone) << "the ranks' answer is not that of one";
  EXPECT_TRUE(all_finite(full(solver)));
  return solver;
}

double kl_to(const GaussianTarget& target, const Gmmvi& solver, double temperature = 1.0) {
  const Gaussian<FullCovariance>& fitted = full(solver).gaussian(0);
  return kl(fitted.mean(), fitted.covariance().matrix(), target.mean(), temperature * target.covariance());
}

// --------------------------------------------------------------------------------------------------------- fitting

TEST(Fit, AGaussianIsFoundExactly) {
  GaussianTarget target = correlated_gaussian(5, 3.5);
  Gmmvi solver = trained(one_gaussian(), target, 60);
  EXPECT_LT(kl_to(target, solver), 1e-6);
  const ElboEstimate elbo = solver.estimate_elbo(1000);
  EXPECT_NEAR(elbo.value, 3.5, 1e-6);
  EXPECT_LT(elbo.standard_error, 1e-6);
}

TEST(Fit, AGaussianIsFoundBySepyfuxToo) {
  GaussianTarget target = correlated_gaussian(3);
  Options options = sepyfux(200, 0.2, 0.1);
  Gmmvi solver = trained(options, target, 150);
  EXPECT_LT(kl_to(target, solver), 1e-6);
}

/// Outputs x1² and x2 that noise of 0.3 is added to, seen as 2.25 and 0.5, and a prior N(0, 4 I): two modes.
class Folded final : public PointwiseTarget, private OutputsModel {
 public:
  Folded() : PointwiseTarget(2, 8) {}
  Eigen::Index outputs() const override { return 2; }
  const OutputsModel* outputs_model() const override { return this; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    Evaluation result = PointwiseTarget::evaluate(samples, ids, want_gradients);
    result.outputs.resize(2, samples.cols());
    result.outputs << samples.row(0).cwiseAbs2(), samples.row(1);
    return result;
  }

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& /*gradient*/) override {
    const Eigen::Vector2d outputs(x[0] * x[0], x[1]);
    return -0.5 * (information_ * (data_ - outputs).squaredNorm() + 0.25 * x.squaredNorm());
  }

 private:
  Eigen::Index predictor_count() const override { return 2; }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override { return outputs; }
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors,
                                            const Eigen::VectorXd& x) const override {
    return OutputsExpansion{.by_predictors = information_ * (data_ - predictors),
                            .information = Eigen::VectorXd::Constant(2, information_),
                            .prior_gradient = -0.25 * x,
                            .prior_hessian = -0.25 * Eigen::MatrixXd::Identity(2, 2)};
  }

  const double information_ = 1.0 / (0.3 * 0.3);
  const Eigen::Vector2d data_{2.25, 0.5};
};

TEST(Fit, GaussNewtonFindsBothModesOfAFoldedProblem) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) {
    Folded target;
    Options options;
    options.seed = seed;
    options.natural_gradient = GaussNewtonOptions{.quadratic_outputs = seed > 6};
    options.component_adapter = AdaptiveComponentsOptions{.add_iters = 15, .thresholds_for_add_heuristic = {20.0}};
    options.sample_selector =
        ComponentBasedSelectionOptions{.desired_samples_per_component = 10, .ratio_reused_samples_to_desired = 20.0};
    options.component_stepsize = ImprovementBasedStepsizeOptions{.max_stepsize = 2.0};
    options.model_initialization.prior_scale = {2.0};
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    IterationReport report;
    for (int i = 0; i < 80; ++i) report = solver.train_iter();
    double right = 0.0;
    for (Eigen::Index k = 0; k < full(solver).size(); ++k)
      if (full(solver).gaussian(k).mean()[0] > 0.0) right += full(solver).weights()[k];
    EXPECT_NEAR(right, 0.5, 0.15) << "seed " << seed << ", " << report.evaluations << " evaluations, "
                                  << report.components << " components, ELBO " << solver.estimate_elbo(2000).value;
  }
}

// For log p̃ = log N(μ, S), E[log p̃] + β H is greatest at N(μ, βS).
TEST(Fit, TheTemperatureScalesTheCovarianceOfTheOptimum) {
  for (const double temperature : {0.5, 2.0}) {
    GaussianTarget target = correlated_gaussian(3);
    Options options = one_gaussian();
    options.temperature = temperature;
    EXPECT_LT(kl_to(target, trained(options, target, 80), temperature), 1e-6) << "temperature " << temperature;
  }
}

TEST(Fit, UnnormalizedWeightsAndOwnSamplesFitAsWell) {
  for (const bool own : {false, true}) {
    for (const bool self_normalized : {false, true}) {
      GaussianTarget target = correlated_gaussian(3);
      Options options = one_gaussian();
      options.natural_gradient = SteinOptions{own, self_normalized};
      options.weight_updater = TrustRegionWeightOptions{self_normalized};
      if (own) options.sample_selector = ComponentBasedSelectionOptions{.ratio_reused_samples_to_desired = 0.0};
      EXPECT_LT(kl_to(target, trained(options, target, 100)), 1e-4) << own << self_normalized;
    }
  }
}

// Two far components of weights 0.25 and 0.75 each get their share.
TEST(Fit, WeightsBecomeThoseOfTheTarget) {
  class TwoModes : public PointwiseTarget {
   public:
    TwoModes() : PointwiseTarget(2, 8) {}

   protected:
    double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
      const double from_left = x[0] + 6.0, from_right = x[0] - 6.0;
      const double a = std::log(0.25) - 0.5 * from_left * from_left;
      const double b = std::log(0.75) - 0.5 * from_right * from_right;
      const double left = 1.0 / (1.0 + std::exp(b - a));
      gradient << -left * from_left - (1.0 - left) * from_right, -x[1];
      return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))) - 0.5 * x[1] * x[1];
    }
  } target;
  const auto start = [](double x) {
    return std::make_shared<const Gaussian<FullCovariance>>(Eigen::Vector2d(x, 1.0),
                                                            FullCovariance::from_variances(Eigen::Vector2d::Ones()));
  };
  Gmmvi solver = Gmmvi::build_from_config(
      one_gaussian(), target, Mixture<FullCovariance>({start(-5.0), start(5.0)}, Eigen::Vector2d::Ones()), world());
  for (int i = 0; i < 100; ++i) solver.train_iter();
  EXPECT_NEAR(full(solver).weights()[0], 0.25, 1e-3);
  EXPECT_NEAR(solver.estimate_elbo(2000).value, std::log(2.0 * std::numbers::pi), 1e-3);
}

TEST(Fit, TheReportedElboEstimateApproachesTheElbo) {
  GaussianTarget target = correlated_gaussian(4, -2.0);
  Gmmvi solver = trained(one_gaussian(), target, 60);
  EXPECT_NEAR(solver.train_iter().elbo_estimate.value(), -2.0, 1e-6);
}

// ----------------------------------------------------------------------------------------------------- degenerate

TEST(Degenerate, OneDimensionOneComponentOneSample) {
  GaussianTarget target(Eigen::VectorXd::Constant(1, 2.0), Eigen::MatrixXd::Constant(1, 1, 0.5), 0.0);
  Options options = one_gaussian();
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 1, .ratio_reused_samples_to_desired = 0.0};
  Gmmvi solver = trained(options, target, 30);
  EXPECT_EQ(solver.evaluations(), 30);
}

TEST(Degenerate, OneSampleOfAMixture) {
  GaussianTarget target = correlated_gaussian(2);
  Options options = sepyfux(1, 0.01, 0.01);
  options.model_initialization.num_initial_components = 5;
  Gmmvi solver = trained(options, target, 30);
  EXPECT_EQ(solver.evaluations(), 30);
  EXPECT_EQ(full(solver).size(), 5);
}

TEST(Degenerate, AStepsizeOfZeroFreezesTheMixtureBitForBit) {
  const std::vector<WeightStepsizeOptions> zeros{FixedStepsizeOptions{0.0},
                                                 DecayingStepsizeOptions{.initial_stepsize = 0.0},
                                                 ImprovementBasedStepsizeOptions{.initial_stepsize = 0.0}};
  const std::vector<ComponentUpdaterOptions> updaters{TrustRegionUpdateOptions{}, IblrUpdateOptions{},
                                                      DirectUpdateOptions{}};
  const std::vector<WeightUpdaterOptions> weight_updaters{TrustRegionWeightOptions{}, DirectWeightOptions{}};
  for (std::size_t i = 0; i < zeros.size() * updaters.size(); ++i) {
    GaussianTarget target = correlated_gaussian(2);
    Options options = one_gaussian();
    options.model_initialization.num_initial_components = 7;
    options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 10};
    options.weight_stepsize = zeros[i % zeros.size()];
    std::visit([&](const auto& zero) { options.component_stepsize = zero; }, options.weight_stepsize);
    options.component_updater = updaters[i / zeros.size()];
    options.weight_updater = weight_updaters[i % weight_updaters.size()];
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    const std::uint64_t before = hash(full(solver));
    for (int iteration = 0; iteration < 5; ++iteration) {
      solver.train_iter();
      EXPECT_EQ(hash(full(solver)), before) << "stepsize " << i % zeros.size() << ", updater " << i / zeros.size();
    }
  }
}

TEST(Degenerate, MoreRanksOrFewerThanComponentsAndSamples) {
  GaussianTarget target = correlated_gaussian(1);
  for (const int components : {1, 2, 5}) {
    Options options = one_gaussian();
    options.model_initialization.num_initial_components = components;
    options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 2};
    EXPECT_EQ(full(trained(options, target, 10)).size(), components);
  }
}

// -------------------------------------------------------------------------------------------------------- options

TEST(Adaptation, StopsAtTheMostComponentsAllowed) {
  GaussianTarget target = correlated_gaussian(2);
  Options options;
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 2, .max_components = 4};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 20};
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  Eigen::Index most = 0;
  for (int i = 0; i < 30; ++i) {
    const IterationReport report = solver.train_iter();
    EXPECT_EQ(report.components, full(solver).size());
    most = std::max(most, full(solver).size());
  }
  EXPECT_EQ(most, 4);
}

TEST(Adaptation, PriorCandidatesAreEvaluatedCountedAndNotReused) {
  GaussianTarget target = correlated_gaussian(2);
  Options options;
  options.component_adapter =
      AdaptiveComponentsOptions{.add_iters = 5, .num_database_samples = 0, .num_prior_samples = 13};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 20, .ratio_reused_samples_to_desired = 1.0};
  Gmmvi solver = trained(options, target, 4);
  const std::int64_t before = solver.evaluations();
  const IterationReport fifth = solver.train_iter();
  EXPECT_EQ(fifth.evaluations - before, fifth.new_samples + 13);
  EXPECT_EQ(fifth.components, 2);
  const IterationReport sixth = solver.train_iter();
  EXPECT_EQ(sixth.reused_samples, 40) << "the newest of what components drew";
  EXPECT_EQ(sixth.evaluations - fifth.evaluations, sixth.new_samples);
}

TEST(Adaptation, WithoutAPriorTheAverageEntropyIsTheNewComponents) {
  GaussianTarget target = correlated_gaussian(2);
  Options options;
  options.model_initialization.has_prior = false;
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 2};
  options.component_stepsize = FixedStepsizeOptions{0.0};
  options.weight_stepsize = FixedStepsizeOptions{0.0};
  Gmmvi solver = trained(options, target, 2);
  ASSERT_EQ(full(solver).size(), 2);
  EXPECT_NEAR(full(solver).gaussian(1).entropy(), full(solver).gaussian(0).entropy(), 1e-12);
  EXPECT_LT(full(solver).weights()[1], 1e-28);
}

TEST(Selection, DrawsWhatIsLackingAndReportsIt) {
  GaussianTarget target = correlated_gaussian(2);
  Options options = one_gaussian();
  options.model_initialization.num_initial_components = 3;
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 50, .ratio_reused_samples_to_desired = 2.0};
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  const IterationReport first = solver.train_iter();
  EXPECT_EQ(first.new_samples, 150);
  EXPECT_EQ(first.reused_samples, 0);
  std::int64_t evaluations = first.evaluations;
  for (int i = 2; i <= 10; ++i) {
    const IterationReport report = solver.train_iter();
    EXPECT_EQ(report.iteration, i);
    EXPECT_EQ(report.reused_samples, std::min<std::int64_t>(300, evaluations));
    EXPECT_GE(report.new_samples, 3);
    EXPECT_LT(report.new_samples, 150) << "reused samples save evaluations";
    EXPECT_EQ(report.evaluations, evaluations += report.new_samples);
  }
}

TEST(Selection, WithoutADatabaseOnlyTheNewestBatchIsReused) {
  GaussianTarget target = correlated_gaussian(2);
  Options options = one_gaussian();
  options.use_sample_database = false;
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  for (int i = 0; i < 5; ++i) {
    const IterationReport report = solver.train_iter();
    EXPECT_EQ(report.reused_samples, 0);
  }
}

TEST(Determinism, AnotherSeedGivesAnotherRun) {
  GaussianTarget target = correlated_gaussian(2);
  std::set<std::uint64_t> hashes;
  for (const std::uint64_t seed : {1, 2, 3}) {
    Gmmvi solver = Gmmvi::build_from_config(one_gaussian(seed), target, world());
    solver.train_iter();
    hashes.insert(hash(full(solver)));
  }
  EXPECT_EQ(hashes.size(), 3U);
}

}  // namespace
}  // namespace gmmvi::test

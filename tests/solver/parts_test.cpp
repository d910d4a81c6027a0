#include "gmmvi/parts.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

Options small(bool diagonal = false) {
  Options options;
  options.seed = 5;
  options.temperature = 1.5;
  options.model_initialization = {
      .use_diagonal_covs = diagonal, .num_initial_components = 4, .prior_scale = {2.0}, .initial_cov = {}};
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 3, .num_prior_samples = 9};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 15};
  return options;
}

Trace trace_of(Gmmvi solver, int iterations = 9) {
  Trace trace;
  for (int i = 0; i < iterations; ++i) append(trace, solver.train_iter(), solver);
  return trace;
}

template <class Covariance>
void expect_the_same_as_from_config(bool diagonal) {
  GaussianTarget target = correlated_gaussian(3);
  const Options options = small(diagonal);
  auto parts = Parts<Covariance>::build_from_config(options, 3, world());
  EXPECT_EQ(trace_of(Gmmvi::build_from_parts(std::move(parts), target, world())),
            trace_of(Gmmvi::build_from_config(options, target, world())));
}

TEST(Parts, OfAConfigGiveTheSolverOfTheConfig) {
  expect_the_same_as_from_config<FullCovariance>(false);
  expect_the_same_as_from_config<DiagonalCovariance>(true);
}

TEST(Parts, AMixtureThatIsGivenDecidesOnTheShape) {
  GaussianTarget target = correlated_gaussian(2);
  const Mixture<DiagonalCovariance> given(
      {std::make_shared<const Gaussian<DiagonalCovariance>>(
          Eigen::Vector2d(1.0, 2.0), DiagonalCovariance::from_variances(Eigen::Vector2d(3.0, 4.0)))},
      Eigen::VectorXd::Ones(1));
  Gmmvi solver = Gmmvi::build_from_config(small(false), target, given, world());
  EXPECT_EQ(hash(solver.mixture()), hash(given));
  solver.train_iter();
  EXPECT_TRUE(std::holds_alternative<Mixture<DiagonalCovariance>>(solver.mixture()));
}

/// Weights stand still but at every third update.
class EveryThird : public strategy::StepsizeRule {
 public:
  double initial() const override { return 0.0; }
  double next(double, std::int64_t updates, std::optional<bool>) const override { return updates % 3 == 2 ? 0.5 : 0.0; }
};

TEST(Parts, AStepsizeRuleOfOnesOwnDecides) {
  GaussianTarget target = correlated_gaussian(2);
  Options options = small();
  options.component_adapter = FixedComponentsOptions{};
  auto parts = Parts<FullCovariance>::build_from_config(options, 2, world());
  parts.strategies.weight_stepsize = std::make_unique<EveryThird>();
  Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
  Eigen::VectorXd before = full(solver).weights();
  for (int i = 0; i < 9; ++i) {
    solver.train_iter();
    EXPECT_EQ(full(solver).weights() != before, i % 3 == 2) << "iteration " << i + 1;
    before = full(solver).weights();
  }
}

// All samples that the solver starts with are the caller's own, and enough of them.
TEST(Parts, ADatabaseThatIsFullAlreadyIsReused) {
  GaussianTarget target = correlated_gaussian(2);
  Options options = small();
  options.model_initialization.num_initial_components = 1;
  auto parts = Parts<FullCovariance>::build_from_config(options, 2, world());
  const auto gaussian = parts.mixture.components().front().gaussian;
  constexpr Eigen::Index count = 30;
  SampleDB<FullCovariance>::NewSamples added{.gaussians = {gaussian},
                                             .mapping = std::vector<std::int32_t>(count, 0),
                                             .own_positions = {},
                                             .samples = {},
                                             .log_densities = {},
                                             .gradients = Eigen::MatrixXd(2, 0)};
  added.samples.resize(2, 0);
  if (world().is_root()) {
    for (Eigen::Index n = 0; n < count; ++n) added.own_positions.push_back(n);
    added.samples = parts.mixture.sample(count, 7).samples;
    const Evaluation said = target.evaluate(added.samples, std::vector<SampleId>(count), true);
    added.log_densities = said.log_densities;
    added.gradients = said.gradients;
  }
  parts.sample_db.add_samples(added);
  Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
  const IterationReport first = solver.train_iter();
  EXPECT_EQ(first.reused_samples, count);
  EXPECT_EQ(first.new_samples, 1) << "their effective sample size is 30 of the 15 desired";
  EXPECT_EQ(solver.evaluations(), 1);
}

TEST(Parts, CanBeReadBetweenIterations) {
  GaussianTarget target = correlated_gaussian(3);
  Options options = small();
  options.natural_gradient = MoreOptions{.initial_l2_regularizer = 1e-9};
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  for (int i = 1; i <= 7; ++i) {
    const IterationReport report = solver.train_iter();
    const auto& database = std::get<SampleDB<FullCovariance>>(solver.sample_db());
    EXPECT_EQ(database.samples_written(), solver.evaluations());
    EXPECT_EQ(database.get_newest_samples(5).samples.cols(), 5);
    const auto newest = database.get_newest_samples(3);
    for (const std::int32_t index : newest.mapping) EXPECT_EQ(database.gaussian(index)->dimension(), 3);
    if (!world().is_root()) {
      EXPECT_TRUE(solver.component_records().empty());
      continue;
    }
    ASSERT_EQ(static_cast<std::int64_t>(solver.component_records().size()), report.components);
    const ComponentRecord& first = solver.component_records().front();
    EXPECT_EQ(first.id, ids(solver.mixture()).front());
    EXPECT_EQ(first.updates_received, i);
    EXPECT_EQ(first.rewards.size(), static_cast<std::size_t>(i));
    EXPECT_TRUE(std::isfinite(first.last_reward()));
    EXPECT_GE(first.ridge, 1e-9);
    EXPECT_GT(first.stepsize, 0.0);
  }
}

// ---------------------------------------------------------------------------------------------- what does not fit

void expect_refused(const std::function<void(Parts<FullCovariance>&)>& spoil, const std::string& words) {
  GaussianTarget target = correlated_gaussian(2);
  auto parts = Parts<FullCovariance>::build_from_config(small(), 2, world());
  spoil(parts);
  try {
    Gmmvi::build_from_parts(std::move(parts), target, world());
    ADD_FAILURE() << "no Error about " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(PartsThatDoNotFit, AreRefused) {
  expect_refused([](auto& parts) { parts.strategies.weight_updater.reset(); }, "a strategy is missing");
  expect_refused([](auto& parts) { parts.temperature = 0.0; }, "temperature");
  expect_refused([](auto& parts) { parts.mixture = single(Eigen::Vector3d::Zero(), Eigen::Matrix3d::Identity()); },
                 "the mixture has 3 dimensions and the target 2");
  expect_refused(
      [](auto& parts) { parts.sample_db = SampleDB<FullCovariance>::build_from_config({}, 4, true, world()); },
      "the sample database has 4 dimensions");
  expect_refused(
      [](auto& parts) { parts.sample_db = SampleDB<FullCovariance>::build_from_config({}, 2, false, world()); },
      "without gradients");
  expect_refused(
      [](auto& parts) {
        parts.strategies.natural_gradient = strategy::NaturalGradientEstimator<FullCovariance>::make(MoreOptions{});
      },
      "has no use for them");
  expect_refused(
      [](auto& parts) {
        parts.prior = std::make_shared<const Gaussian<FullCovariance>>(
            Eigen::Vector3d::Zero(), FullCovariance::from_variances(Eigen::Vector3d::Ones()));
      },
      "the prior has 3 dimensions");
}

}  // namespace
}  // namespace gmmvi::test

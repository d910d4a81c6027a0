#include "gmmvi/parts.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
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

/// Keeps what it sees, and leaves every component as it is.
class Witness : public strategy::NaturalGradientEstimator<FullCovariance> {
 public:
  struct Seen {
    Eigen::MatrixXd samples, gradients;
  };
  explicit Witness(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
  bool needs_gradients() const override { return true; }
  bool only_own_samples() const override { return false; }
  strategy::NaturalGradient<FullCovariance> estimate(const Gaussian<FullCovariance>& gaussian,
                                                     const strategy::EstimationBatch& batch, const Eigen::VectorXd&,
                                                     const std::vector<Eigen::Index>&, double) const override {
    *seen_ = {batch.samples, batch.log_ratio_gradients};
    return {Eigen::VectorXd::Zero(gaussian.dimension()), FullCovariance::zero(gaussian.dimension())};
  }

 private:
  std::shared_ptr<Seen> seen_;
};

// However much of them came from the iteration before: with a database that is thinned on the way, and one that is not.
TEST(Parts, AnEstimatorSeesTheNewestSamplesOfTheDatabase) {
  for (const std::int64_t most : {75, 100000}) {
    GaussianTarget target = correlated_gaussian(2);
    Options options = small();
    options.max_database_size = most;
    options.component_adapter = FixedComponentsOptions{};
    auto parts = Parts<FullCovariance>::build_from_config(options, 2, world());
    const auto seen = std::make_shared<Witness::Seen>();
    parts.strategies.natural_gradient = std::make_unique<Witness>(seen);
    Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
    std::int64_t reused = 0;
    for (int i = 0; i < 12; ++i) {
      reused += solver.train_iter().reused_samples;
      const auto& database = std::get<SampleDB<FullCovariance>>(solver.sample_db());
      EXPECT_EQ(database.get_newest_samples(seen->samples.cols()).samples, seen->samples) << "iteration " << i;
    }
    EXPECT_GT(reused, 0);
  }
}

/// Weights stand still but at every third update.
class EveryThird : public strategy::StepsizeRule {
 public:
  double initial() const override { return 0.0; }
  double next(double, const strategy::StepsizeEvidence& evidence) const override {
    return evidence.updates % 3 == 2 ? 0.5 : 0.0;
  }
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
  SampleDB<FullCovariance>::NewSamples added{
      Evaluations::of_size(2, 0, true), {gaussian}, std::vector<std::int32_t>(count, 0), {}, {}};
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
    EXPECT_EQ(first.history.size(), static_cast<std::size_t>(i));
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
        parts.strategies.natural_gradient =
            strategy::NaturalGradientEstimator<FullCovariance>::make(GaussNewtonOptions{});
      },
      "learns from outputs of a simulator that data are compared with, and this target has none");
  expect_refused(
      [](auto& parts) {
        parts.prior = std::make_shared<const Gaussian<FullCovariance>>(
            Eigen::Vector3d::Zero(), FullCovariance::from_variances(Eigen::Vector3d::Ones()));
      },
      "the prior has 3 dimensions");
  if (world().size() == 1) return;
  expect_refused([](auto& parts) { parts.sample_db = SampleDB<FullCovariance>::build_from_config({}, 2, true); },
                 "the sample database was made for 1 ranks and the solver for 3");
}

TEST(PartsThatDoNotFit, AGivenMixtureIsBlamedBeforeAPriorThatFitsTheTarget) {
  GaussianTarget target = correlated_gaussian(3);
  Options options = small();
  options.model_initialization.prior_mean = {1.0, 2.0, 3.0};
  try {
    Gmmvi::build_from_config(options, target, single(Eigen::Vector2d::Zero(), Eigen::Matrix2d::Identity()), world());
    ADD_FAILURE() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the mixture has 2 dimensions and the target 3: they have to agree");
  }
}

// ------------------------------------------------------------------------------- what strategies of one's own do wrong

class Selector : public strategy::SampleSelector {
 public:
  explicit Selector(strategy::SampleRequest request) : request_(std::move(request)) {}
  std::int64_t reused_samples(Eigen::Index) const override { return 0; }
  strategy::SampleRequest new_samples(const std::optional<strategy::EffectiveSampleSizes>&,
                                      Eigen::Index) const override {
    return request_;
  }

 private:
  strategy::SampleRequest request_;
};

class Adapter : public strategy::ComponentAdapter {
 public:
  Adapter(std::vector<Eigen::Index> deletions, Eigen::Index choice, std::size_t history = 0)
      : deletions_(std::move(deletions)), choice_(choice), history_(history) {}
  std::size_t history_length() const override { return history_; }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord>, std::int64_t) const override {
    return deletions_;
  }
  std::optional<strategy::CandidateRequest> candidates(const strategy::Occasion&) const override {
    return strategy::CandidateRequest{.from_database = 5};
  }
  std::optional<Eigen::Index> choose(const Eigen::VectorXd&, const Eigen::VectorXd&, std::int64_t) const override {
    return choice_;
  }

 private:
  std::vector<Eigen::Index> deletions_;
  Eigen::Index choice_;
  std::size_t history_;
};

/// The solver's own adapter, which is asked about all candidates.
class Wrapped : public strategy::ComponentAdapter {
 public:
  explicit Wrapped(const ComponentAdapterOptions& options) : adapter_(strategy::ComponentAdapter::make(options)) {}
  std::size_t history_length() const override { return adapter_->history_length(); }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord> records, std::int64_t updates) const override {
    return adapter_->deletions(records, updates);
  }
  std::optional<strategy::CandidateRequest> candidates(const strategy::Occasion& occasion) const override {
    return adapter_->candidates(occasion);
  }
  std::optional<Eigen::Index> choose(const Eigen::VectorXd& target, const Eigen::VectorXd& model,
                                     std::int64_t additions) const override {
    EXPECT_EQ(target.size(), model.size());
    ++asked;
    return adapter_->choose(target, model, additions);
  }
  mutable int asked = 0;

 private:
  std::unique_ptr<strategy::ComponentAdapter> adapter_;
};

class Updater : public strategy::WeightUpdater {
 public:
  bool use_self_normalized_importance_weights() const override { return true; }
  strategy::WeightStep update(const Eigen::VectorXd&, const Eigen::VectorXd&, double, double) const override {
    return {.log_weights = Eigen::VectorXd::Zero(1)};
  }
};

/// Throws what is no Error where the owner of the last component makes its step.
class Estimator : public strategy::NaturalGradientEstimator<FullCovariance> {
 public:
  bool needs_gradients() const override { return true; }
  bool only_own_samples() const override { return true; }
  strategy::NaturalGradient<FullCovariance> estimate(const Gaussian<FullCovariance>& gaussian,
                                                     const strategy::EstimationBatch& batch, const Eigen::VectorXd&,
                                                     const std::vector<Eigen::Index>& positions,
                                                     double) const override {
    if (positions.back() + 1 == batch.samples.cols()) throw std::runtime_error("out of ideas");
    return {Eigen::VectorXd::Zero(gaussian.dimension()), FullCovariance::zero(gaussian.dimension())};
  }
};

/// Every rank throws the same, so that none waits for another.
void expect_every_rank_to_throw(const std::function<void(Parts<FullCovariance>&)>& spoil, const std::string& words) {
  GaussianTarget target = correlated_gaussian(2);
  auto parts = Parts<FullCovariance>::build_from_config(small(), 2, world());
  spoil(parts);
  Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
  try {
    solver.train_iter();
    ADD_FAILURE() << "no Error about " << words;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

TEST(StrategiesOfOnesOwn, ThatAnswerTheImpossibleEndAllRanks) {
  const auto with_selector = [](strategy::SampleRequest request) {
    return [request](auto& parts) { parts.strategies.sample_selector = std::make_unique<Selector>(request); };
  };
  const auto with_adapter = [](std::vector<Eigen::Index> deletions, Eigen::Index choice) {
    return [=](auto& parts) { parts.strategies.component_adapter = std::make_unique<Adapter>(deletions, choice); };
  };
  expect_every_rank_to_throw(with_selector({.from_components = {1, 1, 1, 1, 1}}), "of 5 components, but there are 4");
  expect_every_rank_to_throw(with_selector({.from_mixture = -1}), "a negative number of samples");
  expect_every_rank_to_throw(with_adapter({0, 1, 2, 3}, 0), "[0, 1, 2, 3] of 4");
  expect_every_rank_to_throw(with_adapter({1, 1}, 0), "[1, 1] of 4");
  expect_every_rank_to_throw(with_adapter({4}, 0), "[4] of 4");
  expect_every_rank_to_throw(with_adapter({}, 5), "candidate 5 of 5");
  expect_every_rank_to_throw([](auto& parts) { parts.strategies.weight_updater = std::make_unique<Updater>(); },
                             "1 log weights for 4 components");
}

// What an adapter says of how it scores saves time, and nothing else.
TEST(StrategiesOfOnesOwn, ThatChooseFromAllCandidatesChooseTheSame) {
  GaussianTarget target = correlated_gaussian(3);
  const Options options = small();
  auto parts = Parts<FullCovariance>::build_from_config(options, 3, world());
  auto wrapped = std::make_unique<Wrapped>(options.component_adapter);
  const Wrapped& adapter = *wrapped;
  parts.strategies.component_adapter = std::move(wrapped);
  Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
  Trace trace;
  for (int i = 0; i < 9; ++i) append(trace, solver.train_iter(), solver);
  EXPECT_EQ(trace, trace_of(Gmmvi::build_from_config(options, target, world())));
  EXPECT_EQ(adapter.asked, world().is_root() ? 3 : 0);
}

TEST(StrategiesOfOnesOwn, ThatThrowEndAllRanks) {
  expect_every_rank_to_throw([](auto& parts) { parts.strategies.natural_gradient = std::make_unique<Estimator>(); },
                             "a strategy failed: out of ideas");
}

TEST(StrategiesOfOnesOwn, ThatLookAtNoHistoryLeaveTheLastTwoRewards) {
  GaussianTarget target = correlated_gaussian(2);
  auto parts = Parts<FullCovariance>::build_from_config(small(), 2, world());
  parts.strategies.component_adapter = std::make_unique<Adapter>(std::vector<Eigen::Index>(), 0, 0);
  Gmmvi solver = Gmmvi::build_from_parts(std::move(parts), target, world());
  for (int i = 1; i <= 7; ++i) {
    solver.train_iter();
    if (world().is_root()) {
      EXPECT_GE(solver.component_records().front().history.size(), std::min(i, 2)) << i;
    }
  }
}

}  // namespace
}  // namespace gmmvi::test

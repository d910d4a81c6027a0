// Evaluations without a value, and log densities of −∞: counted, left out, and the same on any number of ranks.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "solver/memory_archive.hpp"
#include "solver/situations.hpp"
#include "support/ranks.hpp"
#include "target/rosenbrock.hpp"
#include "target/sleeping_target.hpp"

namespace gmmvi::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A Gaussian that says something else for some samples, as their ids decide.
class Unreliable : public Target {
 public:
  using Mishap = std::function<void(Evaluation&, Eigen::Index)>;

  Unreliable(Eigen::Index group_size, double fraction, Mishap mishap)
      : group_size_(group_size), fraction_(fraction), mishap_(std::move(mishap)) {}
  Eigen::Index dimension() const override { return gaussian_.dimension(); }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return group_size_; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    Evaluation result = gaussian_.evaluate(samples, ids, want_gradients);
    for (std::size_t n = 0; n < ids.size(); ++n)
      if (strikes(ids[n])) {
        ++struck;
        mishap_(result, static_cast<Eigen::Index>(n));
      }
    return result;
  }
  const GaussianTarget& gaussian() const { return gaussian_; }

  void break_down() { fraction_ = 1.0; }
  std::int64_t struck = 0;  ///< samples, on this rank

 private:
  bool strikes(const SampleId& id) const {
    const double noise =
        std::sin(1.0 + static_cast<double>(id.batch) * 12.9898 + static_cast<double>(id.position) * 78.233);
    const double scaled = std::abs(noise) * 43758.5453;
    return scaled - std::floor(scaled) < fraction_;
  }

  GaussianTarget gaussian_ = correlated_gaussian(2);
  Eigen::Index group_size_;
  double fraction_;
  Mishap mishap_;
};

void throw_it(Evaluation&, Eigen::Index) {
  throw std::runtime_error("the simulation diverged");
}
void say_nan(Evaluation& evaluation, Eigen::Index n) {
  evaluation.log_densities[n] = std::nan("");
}
void say_failure(Evaluation& evaluation, Eigen::Index n) {
  evaluation.status.resize(static_cast<std::size_t>(evaluation.log_densities.size()), EvaluationStatus::value);
  evaluation.status[static_cast<std::size_t>(n)] = EvaluationStatus::failure;
}
void spoil_gradient(Evaluation& evaluation, Eigen::Index n) {
  evaluation.gradients(0, n) = infinity;
}

Options options_with_reuse() {
  Options options;
  options.model_initialization = {.num_initial_components = 3, .prior_scale = {2.0}, .initial_cov = {}};
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 4, .max_components = 6, .num_prior_samples = 40};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 30};
  options.evaluation.max_retries = 0;  // every mishap counts
  return options;
}

std::int64_t sum_over_ranks(std::int64_t own) {
  const auto all = world().all_gather(own);
  return std::reduce(all.begin(), all.end());
}

struct Injected {
  std::string name;
  Unreliable::Mishap mishap;
  Eigen::Index group_size;
};

void PrintTo(const Injected& injected, std::ostream* out) {
  *out << injected.name;
}

class Failures : public testing::TestWithParam<Injected> {};

TEST_P(Failures, AreCountedAndLeftOutAlikeOnAnyNumberOfRanks) {
  const auto make = [] { return Unreliable(GetParam().group_size, 0.2, GetParam().mishap); };
  Unreliable alone = make(), spread = make();
  const auto build_with = [](Unreliable& target) {
    return
        [&target](const Communicator& ranks) { return Gmmvi::build_from_config(options_with_reuse(), target, ranks); };
  };
  const Trace serial = run(build_with(alone), Communicator(), 15);

  Gmmvi solver = build_with(spread)(world());
  Trace trace;
  IterationReport report;
  for (int i = 0; i < 15; ++i) append(trace, report = solver.train_iter(), solver);
  EXPECT_EQ(trace, serial);
  EXPECT_EQ(report.failures, sum_over_ranks(spread.struck));
  const double fraction = static_cast<double>(report.failures) / static_cast<double>(report.evaluations);
  EXPECT_NEAR(fraction, 0.2, 0.08);
  EXPECT_TRUE(all_finite(full(solver)));
  EXPECT_GT(full(solver).size(), 3) << "prior candidates were to be among those that fail";
}

INSTANTIATE_TEST_SUITE_P(Mishaps, Failures,
                         testing::Values(Injected{"Exception", throw_it, 1}, Injected{"NaN", say_nan, 1},
                                         Injected{"NaNInAGroup", say_nan, 16}, Injected{"Status", say_failure, 16},
                                         Injected{"Gradient", spoil_gradient, 16}),
                         [](const auto& instance) { return instance.param.name; });

TEST(FailuresOfAll, EndEveryRankWithTheFirstReason) {
  Unreliable target(1, 1.0, throw_it);
  Gmmvi solver = Gmmvi::build_from_config(options_with_reuse(), target, world());
  try {
    solver.train_iter();
    ADD_FAILURE() << "no Error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::unavailable);
    EXPECT_NE(std::string(error.what()).find("the simulation diverged"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("iteration 1"), std::string::npos) << error.what();
  }
}

// A target that breaks later is noticed as well.
TEST(FailuresOfAll, InTheMiddleOfARunEndItAfterAHundredInARow) {
  Options options = options_with_reuse();
  options.component_adapter = FixedComponentsOptions{};
  Unreliable target(1, 0.0, throw_it);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  for (int i = 0; i < 5; ++i) solver.train_iter();
  target.break_down();
  const std::int64_t before = solver.evaluations();
  EXPECT_THROW(
      for (int i = 0; i < 100; ++i) {
        solver.train_iter();
        EXPECT_LT(solver.evaluations() - before, 100);
      },
      Error);
  EXPECT_GE(solver.evaluations() - before, 100);
}

// Where the reused samples leave but one to be drawn, that one may fail.
TEST(FailuresOfAll, OfOneNewSampleBesideReusedOnesAreNoReasonToEnd) {
  Options options;
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 10, .ratio_reused_samples_to_desired = 4.0};
  options.evaluation.max_retries = 0;
  Unreliable target(1, 0.3, throw_it);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  IterationReport report;
  bool nothing_new = false;
  for (int i = 0; i < 60; ++i) nothing_new |= (report = solver.train_iter()).new_samples == 0;
  EXPECT_TRUE(nothing_new) << "otherwise nothing was tested";
  EXPECT_EQ(report.failures, sum_over_ranks(target.struck));
  EXPECT_LT(kl(full(solver).gaussian(0).mean(), full(solver).gaussian(0).covariance().matrix(),
               target.gaussian().mean(), target.gaussian().covariance()),
            1e-3);
}

TEST(FailuresOfAll, OfAnIterationWithoutReuseLeaveTheMixtureAsItIs) {
  Options options;
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 1, .ratio_reused_samples_to_desired = 0.0};
  Unreliable target(1, 0.3, throw_it);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  int empty = 0;
  for (int i = 0; i < 40; ++i) {
    const std::uint64_t before = hash(full(solver));
    const IterationReport report = solver.train_iter();
    if (report.new_samples > 0) continue;
    ++empty;
    EXPECT_FALSE(report.batch_was_usable);
    EXPECT_EQ(report.fraction_outside, 0.0);
    EXPECT_EQ(hash(full(solver)), before);
  }
  EXPECT_GT(empty, 0) << "otherwise nothing was tested";
}

// ----------------------------------------------------------------------------------------- by finite differences

/// A Gaussian without gradients, of which `fails` says what throws.
class Blind : public GaussianTarget {
 public:
  Blind(Eigen::Index dimension, std::function<bool(const SampleId&)> fails)
      : GaussianTarget(correlated_gaussian(dimension)), fails_(std::move(fails)) {}
  bool has_gradients() const override { return false; }
  Eigen::Index group_size() const override { return 1; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    if (std::ranges::any_of(ids, fails_)) throw std::runtime_error("it diverged");
    return GaussianTarget::evaluate(samples, ids, want_gradients);
  }

 private:
  std::function<bool(const SampleId&)> fails_;
};

Options by_differences(FiniteDifferencesOptions::Scheme scheme, int samples) {
  Options options;
  options.model_initialization = {.num_initial_components = 1, .prior_scale = {2.0}, .initial_cov = {}};
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = samples, .ratio_reused_samples_to_desired = 0.0};
  options.evaluation.max_retries = 0;
  options.evaluation.finite_differences.scheme = scheme;
  return options;
}

std::string message_of(const std::function<void()>& function) {
  try {
    function();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::unavailable);
    return error.what();
  }
  return "no Error";
}

// One is of more evaluations than a row has that ends a run.
TEST(FailuresByDifferences, ARowOfThemIsOneOfSamples) {
  constexpr Eigen::Index dimension = 50;
  for (const int in_flight : {1, 2}) {
    Options options = by_differences(FiniteDifferencesOptions::Scheme::central, 1);
    options.evaluation.batches_in_flight = in_flight;
    bool all = false;
    Blind target(dimension, [&](const SampleId& id) { return all || (id.batch == 1 && id.point == 0); });
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    for (int i = 0; i < 3; ++i) {
      solver.train_iter();
      EXPECT_EQ(solver.state().failures_in_a_row, i == 1 ? 1 : 0);
    }
    EXPECT_EQ(solver.state().samples, 3);
    EXPECT_EQ(solver.state().failed_samples, 1);
    EXPECT_EQ(solver.evaluations(), 3 * (1 + 2 * dimension));
    options.evaluation.max_failure_fraction = 1.0;
    Gmmvi other = Gmmvi::build_from_config(options, target, world());
    for (int i = 0; i < 3; ++i) other.train_iter();
    all = true;
    const std::string message = message_of([&] {
      for (int i = 0; i < 105; ++i) other.train_iter();
    });
    EXPECT_NE(message.find("none of the last 100 samples"), std::string::npos) << message;
  }
}

// A single neighbour costs the sample its gradient, though it is a small part of the evaluations.
TEST(FailuresByDifferences, ThatLoseMostSamplesEndTheRun) {
  Options options = by_differences(FiniteDifferencesOptions::Scheme::forward, 30);
  Blind target(20, [](const SampleId& id) { return id.point == 3 && id.position % 5 != 0; });
  const std::string expected = "of 60 samples have no value, or no gradient (80.0 %), more than the 50.0 %";
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  IterationReport first;
  const std::string message = message_of([&] {
    first = solver.train_iter();
    solver.train_iter();
  });
  EXPECT_NE(message.find("48 " + expected), std::string::npos) << message;
  EXPECT_NE(message.find("there is no gradient"), std::string::npos) << message;
  EXPECT_EQ(first.failures, 2 * 24) << "the point, and the sample";
  EXPECT_LT(static_cast<double>(first.failures), 0.1 * static_cast<double>(first.evaluations));

  // What a run has lost before it goes on counts, too.
  const auto archive = std::make_shared<MemoryArchive>();
  Gmmvi before = Gmmvi::build_from_config(options, target, world(), {.archive = archive});
  before.train_iter();
  archive->begin_again();
  Gmmvi again = Gmmvi::build_from_config(options, target, world(), {.archive = archive});
  ASSERT_EQ(again.restore(before.state()), 0);
  EXPECT_EQ(message_of([&] { again.train_iter(); }), message);
}

// ---------------------------------------------------------------------------------------------- a fifth of them fails

/// The banana in 2 dimensions, whose evaluations fail in all ways at once.
target::SleepingTarget banana(const target::SleepingFailures& failures, std::uint64_t seed) {
  return {std::make_unique<target::Rosenbrock>(target::RosenbrockOptions{.dimension = 2}),
          {.around = {}, .seconds = 1e-9, .failures = failures},
          seed};
}

/// ELBO of what was fitted, with its standard error, from samples none of which fails.
ElboEstimate fit_of_banana(const target::SleepingFailures& failures, std::uint64_t seed) {
  Options options = options_with_reuse();
  options.seed = seed;
  options.evaluation.time_limit = 0.05;
  target::SleepingTarget target = banana(failures, seed), sound = banana({}, seed);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  IterationReport report;
  for (int i = 0; i < 200; ++i) report = solver.train_iter();
  const double share = failures.exception + failures.not_a_number + failures.wrong_shape + failures.hang;
  const auto evaluations = static_cast<double>(report.evaluations);
  EXPECT_NEAR(static_cast<double>(report.failures), share * evaluations,
              6.0 * std::sqrt(share * (1.0 - share) * evaluations));
  Gmmvi measured = Gmmvi::build_from_config(options, sound, solver.mixture(), world());
  return measured.estimate_elbo(4000);
}

// Samples that fail are left out, whatever their value: what is left are samples of the same distribution.
TEST(AFifthThatFails, CostsNoMoreThanNoise) {
  std::vector<double> sound, failing;
  double variance = 0.0;  // of the estimates of a mean ELBO
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (auto* values : {&sound, &failing}) {
      const target::SleepingFailures failures{
          .exception = 0.07, .not_a_number = 0.07, .wrong_shape = 0.05, .hang = 0.01};
      const ElboEstimate elbo = fit_of_banana(values == &failing ? failures : target::SleepingFailures{}, seed);
      values->push_back(elbo.value);
      variance += elbo.standard_error * elbo.standard_error / 9.0;
    }
  }
  const auto mean = [](const std::vector<double>& v) { return std::reduce(v.begin(), v.end()) / 3.0; };
  const auto [lowest, highest] = std::ranges::minmax(sound);
  const double difference = mean(failing) - mean(sound), noise = 4.0 * std::sqrt(variance) + (highest - lowest);
  EXPECT_LE(std::abs(difference), noise);
  EXPECT_LT(noise, 0.3) << "otherwise nothing was tested";
}

// ------------------------------------------------------------------------------------------ outside of the support

/// A standard normal cut off at |x_d| = half; nothing is known of its gradient outside.
class Box : public PointwiseTarget {
 public:
  explicit Box(double half, double center = 0.0) : PointwiseTarget(2, 8), half_(half), center_(center) {}

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    const bool inside = (x.array() - center_).abs().maxCoeff() <= half_;
    gradient = inside ? Eigen::VectorXd(-x) : Eigen::VectorXd::Constant(2, std::nan(""));
    return inside ? -0.5 * x.squaredNorm() : -infinity;
  }

 private:
  double half_, center_;
};

TEST(OutsideTheSupport, IsReportedAndHarmsNothing) {
  Box alone(1.5), spread(1.5);
  const auto build_with = [](Box& target) {
    return
        [&target](const Communicator& ranks) { return Gmmvi::build_from_config(options_with_reuse(), target, ranks); };
  };
  const Trace serial = run(build_with(alone), Communicator(), 20);
  Gmmvi solver = build_with(spread)(world());
  Trace trace;
  for (int i = 0; i < 20; ++i) {
    const IterationReport report = solver.train_iter();
    append(trace, report, solver);
    EXPECT_GT(report.fraction_outside, 0.0);
    EXPECT_LT(report.fraction_outside, 1.0);
    EXPECT_TRUE(report.batch_was_usable);
    EXPECT_TRUE(std::isfinite(report.elbo_estimate.value()));
    EXPECT_EQ(report.failures, 0);
    EXPECT_TRUE(all_finite(full(solver)));
  }
  EXPECT_EQ(trace, serial);
}

TEST(OutsideTheSupport, TheFractionIsThatOfTheActiveSamples) {
  Options options = options_with_reuse();
  options.component_adapter = FixedComponentsOptions{};
  options.model_initialization = {.num_initial_components = 1, .prior_scale = {1.0}, .initial_cov = {}};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 20000};
  Box target(1.0);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  const double side = std::erf(1.0 / std::sqrt(2.0));
  EXPECT_NEAR(solver.train_iter().fraction_outside, 1.0 - side * side, 5.0 * std::sqrt(0.25 / 20000));
}

TEST(OutsideTheSupport, ABatchWithoutAnyValueChangesNothing) {
  Box target(1.0, 1000.0);
  Gmmvi solver = Gmmvi::build_from_config(options_with_reuse(), target, world());
  const std::uint64_t before = hash(full(solver));
  for (int i = 1; i <= 8; ++i) {
    const IterationReport report = solver.train_iter();
    EXPECT_FALSE(report.batch_was_usable);
    EXPECT_EQ(report.iteration, i);
    EXPECT_EQ(report.fraction_outside, 1.0);
    EXPECT_FALSE(report.elbo_estimate.has_value());
    EXPECT_EQ(report.failures, 0);
    EXPECT_EQ(hash(full(solver)), before);
  }
}

TEST(OutsideTheSupport, IsLeftOutOfTheElboEstimateAndCounted) {
  Box target(1.0);
  Gmmvi solver = Gmmvi::build_from_config(options_with_reuse(), target, world());
  const ElboEstimate elbo = solver.estimate_elbo(1000);
  EXPECT_GT(elbo.outside, 0);
  EXPECT_EQ(elbo.samples + elbo.outside, 1000);
  EXPECT_TRUE(std::isfinite(elbo.value) && std::isfinite(elbo.standard_error));
}

}  // namespace
}  // namespace gmmvi::test

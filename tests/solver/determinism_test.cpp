// The answer does not depend on the ranks: the same bits on 1, 2, 3, 4 and 7 of them, after every iteration.

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <ostream>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "io/checkpoint.hpp"
#include "solver/memory_archive.hpp"
#include "solver/situations.hpp"
#include "support/ranks.hpp"
#include "target/gaussian_mixture.hpp"
#include "target/logistic_regression.hpp"
#include "target/sleeping_target.hpp"

namespace gmmvi::test {
namespace {

constexpr int iterations = 36;

std::shared_ptr<Target> random_mixture() {
  return std::make_shared<target::GaussianMixture<FullCovariance>>(
      target::random_gaussian_mixture<FullCovariance>(3, 5));
}

/// The same, of which every tenth group has no value.
std::shared_ptr<Target> failing_mixture() {
  auto mixture =
      std::make_unique<target::GaussianMixture<FullCovariance>>(target::random_gaussian_mixture<FullCovariance>(3, 5));
  const target::SleepingOptions options{
      .seconds = 1e-9, .group_size = 4, .failures = {.exception = 0.05, .not_a_number = 0.05}};
  return std::make_shared<target::SleepingTarget>(std::move(mixture), options, 5);
}

/// Two clouds of 40 observations each that overlap, three features.
std::shared_ptr<Target> logistic_regression() {
  constexpr Eigen::Index size = 80;
  target::LabelledTable table{
      .names = {"a", "b", "c"}, .features = Eigen::MatrixXd(size, 3), .labels = Eigen::VectorXd(size)};
  for (Eigen::Index n = 0; n < size; ++n) {
    const auto i = static_cast<double>(n);
    table.labels[n] = n % 2 == 0 ? 1.0 : 0.0;
    table.features.row(n) << std::sin(3.1 * i) + table.labels[n], std::cos(1.7 * i), std::sin(0.3 * i * i) - 0.5;
  }
  return std::make_shared<target::LogisticRegression>(table, 10.0);
}

/// Components come after 4 iterations and may go after 12.
Options samtron(double ratio_reused) {
  Options options;
  options.seed = 77;
  options.model_initialization = {.num_initial_components = 6, .prior_scale = {20.0}, .initial_cov = {}};
  options.component_adapter = AdaptiveComponentsOptions{.del_iters = 4,
                                                        .add_iters = 4,
                                                        .max_components = 12,
                                                        .thresholds_for_add_heuristic = {500, 50},
                                                        .min_weight_for_del_heuristic = 0.02,
                                                        .num_database_samples = 300};
  options.sample_selector = ComponentBasedSelectionOptions{.desired_samples_per_component = 25,
                                                           .ratio_reused_samples_to_desired = ratio_reused};
  return options;
}

Options sepyfux_of(double ratio_reused) {
  Options options = sepyfux(60, 0.05, 0.1);
  options.seed = 78;
  options.model_initialization = {.num_initial_components = 5, .prior_scale = {2.0}, .initial_cov = {}};
  std::get<MixtureBasedSelectionOptions>(options.sample_selector).ratio_reused_samples_to_desired = ratio_reused;
  return options;
}

/// Components begin with the covariance of their neighbourhood and a weight, and rest where they have none.
Options with_neighbourhood(Options options) {
  auto& adaptive = std::get<AdaptiveComponentsOptions>(options.component_adapter);
  adaptive.nearby_additions = 2;
  adaptive.initial_covariance = AdaptiveComponentsOptions::InitialCovariance::neighbourhood;
  adaptive.initial_weight = 0.05;
  if (auto* selection = std::get_if<ComponentBasedSelectionOptions>(&options.sample_selector))
    selection->negligible_weight = 0.01;
  return options;
}

/// Components are added where they are needed; in so few iterations, only elsewhere: the mixture has modes that stand
/// apart, and more are looked for.
Options by_need(Options options) {
  auto& adaptive = std::get<AdaptiveComponentsOptions>(options.component_adapter);
  adaptive.additions = AdaptiveComponentsOptions::Additions::needed;
  adaptive.add_iters = 100;
  return options;
}

Options with_prior_candidates(Options options) {
  std::get<AdaptiveComponentsOptions>(options.component_adapter).num_prior_samples = 37;
  return options;
}

Options with_database_of(Options options, std::int64_t samples) {
  options.max_database_size = samples;
  return options;
}

Options without_database(Options options) {
  options.use_sample_database = false;
  return options;
}

Options with_prior_scale(Options options, double scale) {
  options.model_initialization.prior_scale = {scale};
  return options;
}

/// Most of many first components are nowhere near the target, so that they rest, and sleep.
Options with_sleepers(Options options) {
  options = with_prior_scale(with_neighbourhood(std::move(options)), 30.0);
  options.model_initialization.num_initial_components = 12;
  std::get<AdaptiveComponentsOptions>(options.component_adapter).del_iters = 30;
  return options;
}

Options with_own_samples_only(Options options) {
  options.natural_gradient =
      SteinOptions{.only_use_own_samples = true, .use_self_normalized_importance_weights = false};
  return options;
}

Options with_diagonal_covariances(Options options) {
  options.model_initialization.use_diagonal_covs = true;
  return options;
}

Options with_more(Options options, const MoreOptions& more = {.initial_l2_regularizer = 1e-6}) {
  options.natural_gradient = more;
  return options;
}

Options with_gauss_newton(Options options, const GaussNewtonOptions& gauss_newton = {}) {
  options.natural_gradient = gauss_newton;
  return options;
}

Options with_unnormalised_weights(Options options) {
  options.natural_gradient = SteinOptions{.use_self_normalized_importance_weights = false};
  options.weight_updater = TrustRegionWeightOptions{.use_self_normalized_importance_weights = false};
  return options;
}

Options with_temperature(Options options, double temperature) {
  options.temperature = temperature;
  return options;
}

/// SAMTRON's options but for the updaters and stepsizes.
Options with_steps(Options options, const ComponentUpdaterOptions& component_updater,
                   const ComponentStepsizeOptions& component_stepsize, const WeightUpdaterOptions& weight_updater,
                   const WeightStepsizeOptions& weight_stepsize) {
  options.component_updater = component_updater;
  options.component_stepsize = component_stepsize;
  options.weight_updater = weight_updater;
  options.weight_stepsize = weight_stepsize;
  return options;
}

Options decaying_iblr() {
  return with_steps(samtron(2.0), IblrUpdateOptions{}, DecayingStepsizeOptions{.initial_stepsize = 0.3},
                    DirectWeightOptions{false}, DecayingStepsizeOptions{.initial_stepsize = 0.5});
}

Options fixed_direct() {
  return with_steps(samtron(2.0), DirectUpdateOptions{}, FixedStepsizeOptions{0.05}, DirectWeightOptions{},
                    FixedStepsizeOptions{0.3});
}

Options with_predicted_improvement(Options options) {
  options.component_stepsize = PredictedImprovementStepsizeOptions{.initial_stepsize = 0.3};
  return options;
}

Options mixture_based(Options options) {
  options.sample_selector =
      MixtureBasedSelectionOptions{.desired_samples_per_component = 150, .ratio_reused_samples_to_desired = 1.0};
  return options;
}

Options with_in_flight(Options options, int batches) {
  options.evaluation.batches_in_flight = batches;
  return options;
}

/// Batches that are wider than components ask for, and steps that follow.
Options with_parallel(Options options, int least) {
  options.evaluation.parallel = least;
  return options;
}

/// Slopes of gradients, and few samples for components without weight.
Options by_weight_with_regression(Options options) {
  options.natural_gradient = SteinOptions{.regression = true};
  auto& selection = std::get<ComponentBasedSelectionOptions>(options.sample_selector);
  selection.weight_exponent = 0.5;
  selection.share_of_light_components = 0.4;
  selection.sample_iters = 3;
  return options;
}

std::shared_ptr<Target> bent_outputs() {
  return std::make_shared<BentOutputs>(4, 32);
}

std::shared_ptr<Target> bent_outputs_with_jacobians() {
  return std::make_shared<BentOutputs>(4, 32, true);
}

struct Situation {
  std::string name;
  Options options;
  std::shared_ptr<Target> (*target)();
  Eigen::Index group_size;
  bool adds_and_deletes = false;
};

void PrintTo(const Situation& situation, std::ostream* out) {
  *out << situation.name;
}

std::vector<Situation> situations() {
  return {
      {"SamtronFresh", samtron(0.0), random_mixture, 1, true},
      {"SamtronReusing", samtron(2.0), random_mixture, 32, true},
      {"SamtronFailing", samtron(2.0), failing_mixture, 4, true},
      {"SamtronWithPriorCandidates", with_prior_candidates(samtron(2.0)), random_mixture, 32, true},
      {"SamtronThinning", with_database_of(samtron(2.0), 900), random_mixture, 1, true},
      {"SamtronThinningWithPriorCandidates", with_prior_candidates(with_database_of(samtron(2.0), 900)), random_mixture,
       32, true},
      {"SamtronWithoutDatabase", without_database(samtron(2.0)), random_mixture, 32, true},
      {"SamtronOwnSamples", with_own_samples_only(samtron(0.0)), random_mixture, 32, true},
      {"SamtronUnnormalised", with_unnormalised_weights(samtron(2.0)), random_mixture, 32, true},
      {"SamtronCold", with_temperature(samtron(2.0), 0.5), random_mixture, 32, true},
      {"SamtronHot", with_temperature(samtron(2.0), 3.0), random_mixture, 32, true},
      {"SamtronDiagonal", with_diagonal_covariances(samtron(2.0)), random_mixture, 32, true},
      {"SamtronDiagonalThinning", with_database_of(with_diagonal_covariances(samtron(2.0)), 900), random_mixture, 1,
       true},
      {"SaptronThinning", with_database_of(mixture_based(samtron(0.0)), 600), random_mixture, 32, true},
      {"SamydugThinning", with_database_of(decaying_iblr(), 900), random_mixture, 32, true},
      {"SamydugDiagonal", with_diagonal_covariances(decaying_iblr()), random_mixture, 32, true},
      {"SamifuxThinning", with_database_of(fixed_direct(), 900), random_mixture, 32, true},
      {"SamifuxDiagonal", with_diagonal_covariances(fixed_direct()), random_mixture, 32, true},
      {"ZamtronFresh", with_more(samtron(0.0)), random_mixture, 1, true},
      {"ZamtronThinning", with_database_of(with_more(samtron(2.0)), 900), random_mixture, 32, true},
      {"ZamtronDiagonalThinning", with_database_of(with_diagonal_covariances(with_more(samtron(2.0))), 900),
       random_mixture, 32, true},
      {"ZamtronOwnSamples", with_more(samtron(0.0), {.only_use_own_samples = true, .initial_l2_regularizer = 1e-6}),
       random_mixture, 32, true},
      {"ZamtronUnnormalised",
       with_more(samtron(2.0), {.use_self_normalized_importance_weights = false, .initial_l2_regularizer = 1e-6}),
       random_mixture, 32, true},
      {"ZamydugThinning", with_database_of(with_more(decaying_iblr()), 900), random_mixture, 32, true},
      {"ZepyfuxDiagonal", with_diagonal_covariances(with_more(sepyfux_of(2.0))), logistic_regression, 32},
      {"LamtronQuadratic", with_gauss_newton(samtron(2.0), {.quadratic_outputs = true}), bent_outputs, 4},
      {"LamtronReusing", with_gauss_newton(samtron(2.0)), bent_outputs, 4},
      {"LamtronThinning", with_database_of(with_gauss_newton(samtron(2.0)), 300), bent_outputs, 32},
      {"LamtronDiagonalTwoInFlight", with_in_flight(with_diagonal_covariances(with_gauss_newton(samtron(2.0))), 2),
       bent_outputs, 1},
      {"LamtronOwnSamplesWithoutCorrection",
       with_gauss_newton(samtron(0.0), {.only_use_own_samples = true, .correction = false}), bent_outputs, 32},
      {"LamtronThinningWithJacobians", with_database_of(with_gauss_newton(samtron(2.0)), 300),
       bent_outputs_with_jacobians, 4},
      {"LamtronWithPriorCandidates", with_prior_candidates(with_gauss_newton(samtron(2.0))), bent_outputs, 32},
      {"SamtconReusing", with_predicted_improvement(samtron(2.0)), random_mixture, 32, true},
      {"SamtconThreeInFlight", with_in_flight(with_predicted_improvement(samtron(2.0)), 3), random_mixture, 32, true},
      {"SamtronNeighbourhood", with_neighbourhood(samtron(2.0)), random_mixture, 32, true},
      {"SamtronDiagonalNeighbourhoodParallelTwoInFlight",
       with_in_flight(with_parallel(with_neighbourhood(with_diagonal_covariances(samtron(2.0))), 150), 2),
       random_mixture, 4, true},
      {"SamtronByNeed", by_need(with_prior_scale(with_neighbourhood(samtron(2.0)), 30.0)), random_mixture, 32},
      {"ZamtronByNeedParallel", by_need(with_parallel(with_prior_scale(with_more(samtron(2.0)), 30.0), 150)),
       random_mixture, 32},
      {"SamtronSleeping", with_sleepers(samtron(2.0)), random_mixture, 32},
      {"SamtronDiagonalSleepingTwoInFlight", with_in_flight(with_sleepers(with_diagonal_covariances(samtron(2.0))), 2),
       random_mixture, 4},
      {"LamtronNeighbourhood", with_neighbourhood(with_gauss_newton(samtron(2.0))), bent_outputs, 4},
      {"SaptronNeighbourhood", with_neighbourhood(mixture_based(samtron(2.0))), random_mixture, 32, true},
      {"SamtronLogistic", with_prior_scale(samtron(2.0), 1.0), logistic_regression, 32},
      {"SepyfuxFresh", sepyfux_of(0.0), logistic_regression, 1},
      {"SepyfuxReusing", sepyfux_of(2.0), logistic_regression, 32},
      {"SepyfuxThinning", with_database_of(sepyfux_of(2.0), 200), logistic_regression, 32},
      {"SepyfuxMixture", with_prior_scale(sepyfux_of(2.0), 30.0), random_mixture, 32},
      {"SamtronTwoInFlight", with_in_flight(samtron(2.0), 2), random_mixture, 1, true},
      {"SamtronFailingThreeInFlight", with_in_flight(samtron(2.0), 3), failing_mixture, 4, true},
      {"SamtronThinningWithPriorCandidatesThreeInFlight",
       with_in_flight(with_prior_candidates(with_database_of(samtron(2.0), 900)), 3), random_mixture, 32, true},
      {"SamtronWithoutDatabaseTwoInFlight", with_in_flight(without_database(samtron(2.0)), 2), random_mixture, 32,
       true},
      {"SamtronOwnSamplesThreeInFlight", with_in_flight(with_own_samples_only(samtron(0.0)), 3), random_mixture, 32},
      {"ZamtronDiagonalThinningThreeInFlight",
       with_in_flight(with_database_of(with_diagonal_covariances(with_more(samtron(2.0))), 900), 3), random_mixture, 32,
       true},
      {"SaptronThinningTwoInFlight", with_in_flight(with_database_of(mixture_based(samtron(0.0)), 600), 2),
       random_mixture, 32, true},
      {"SamtronParallel", with_parallel(samtron(2.0), 150), random_mixture, 4, true},
      {"SamtronParallelTwoInFlight", with_in_flight(with_parallel(samtron(2.0), 150), 2), random_mixture, 1, true},
      {"SaptronParallel", with_parallel(mixture_based(samtron(2.0)), 150), random_mixture, 32, true},
      {"SamtronParallelByWeightWithRegression", by_weight_with_regression(with_parallel(samtron(2.0), 150)),
       random_mixture, 4, true},
      {"SamtronDiagonalWithRegression", with_diagonal_covariances(by_weight_with_regression(samtron(2.0))),
       random_mixture, 32, true},
      {"SepyfuxReusingFourInFlight", with_in_flight(sepyfux_of(2.0), 4), logistic_regression, 32},
  };
}

class Determinism : public testing::TestWithParam<Situation> {
 protected:
  Gmmvi build(const Communicator& ranks, std::shared_ptr<Archive> archive = nullptr) {
    const Situation& situation = GetParam();
    target_ = std::make_shared<SensitiveTarget>(situation.target(), situation.group_size);
    Gmmvi solver = Gmmvi::build_from_config(situation.options, *target_, ranks, {.archive = std::move(archive)});
    solver.limit({.iterations = iterations});
    return solver;
  }
  Trace trace_on(const Communicator& ranks) {
    return run([this](const Communicator& on) { return build(on); }, ranks, iterations);
  }
  static std::size_t sum_of_ranks(std::size_t own) {
    const auto all = world().all_gather(own);
    return std::reduce(all.begin(), all.end());
  }
  /// How many groups an undisturbed run evaluates.
  std::size_t groups_of_all_iterations() {
    std::size_t groups = 0;
    if (world().is_root()) {
      const auto archive = std::make_shared<MemoryArchive>();
      Gmmvi solver = build({}, archive);
      for (int i = 0; i < iterations; ++i) solver.train_iter();
      groups = archive->kept.size();
    }
    world().broadcast(groups);
    return groups;
  }
  /// A restored solver has the state that it was given, ids that no component bears included.
  static void expect_same_state_again(const std::string& bytes, Gmmvi solver, const Communicator& ranks) {
    io::Checkpoint given = io::checkpoint_of(bytes);
    given.solver.next_id += 5;
    solver.restore(given.solver);
    if (ranks.is_root()) {
      EXPECT_EQ(io::to_bytes({.solver = solver.state()}), io::to_bytes({.solver = given.solver}));
    }
  }
  /// Rank 0's, on all ranks.
  static Trace shared(Trace trace) {
    world().broadcast(trace.hashes);
    world().broadcast(trace.numbers);
    return trace;
  }

  std::shared_ptr<Target> target_;
};

TEST_P(Determinism, SameBitsOnAnyNumberOfRanks) {
  const Trace serial = shared(world().is_root() ? trace_on(Communicator()) : Trace{});
  ASSERT_EQ(serial.hashes.size(), static_cast<std::size_t>(iterations));
  ASSERT_EQ(world().size(), 7);
  for (const int count : {1, 2, 3, 4, 7}) {
    const Communicator ranks = world().split(world().rank() < count ? 0 : 1);
    if (world().rank() < count) {
      const Trace trace = trace_on(ranks);
      const auto differ = std::ranges::mismatch(trace.hashes, serial.hashes);
      EXPECT_EQ(differ.in1, trace.hashes.end())
          << count << " ranks: another mixture after iteration " << differ.in1 - trace.hashes.begin() + 1;
      EXPECT_EQ(trace.numbers, serial.numbers) << count << " ranks report something else";
    }
    world().barrier();
  }
}

constexpr int stopped_after = 17;  // iterations

// Two ranks begin, others go on: from the state after some iterations, with samples that were evaluated after it.
TEST_P(Determinism, SameBitsAfterAStop) {
  constexpr int stop = stopped_after, lost = 3;  // iterations; of the last three only the evaluations are left
  std::string end;
  Trace whole;
  if (world().is_root()) {
    Gmmvi solver = build({});
    for (int i = 0; i < iterations; ++i) append(whole, solver.train_iter(), solver);
    end = io::to_bytes({.solver = solver.state()});
  }
  whole = shared(std::move(whole));
  for (const int count : {2, 3, 7}) {
    const auto archive = std::make_shared<MemoryArchive>();
    std::string state;
    const Communicator before = world().split(world().rank() < 2 ? 0 : 1);
    if (world().rank() < 2) {
      Gmmvi solver = build(before, archive);
      for (int i = 0; i < stop; ++i) solver.train_iter();
      state = io::to_bytes({.solver = solver.state()});
      for (int i = 0; i < lost; ++i) solver.train_iter();
    }
    world().broadcast(state);
    const auto launched_before = sum_of_ranks(archive->kept.size());

    const Communicator after = world().split(world().rank() < count ? 0 : 1);
    if (world().rank() < count) {
      archive->begin_again();
      expect_same_state_again(state, build(after, archive), after);
      Gmmvi solver = build(after, archive);
      ASSERT_EQ(solver.restore(io::checkpoint_of(state).solver), 0) << "samples are missing";
      EXPECT_EQ(hash(solver.mixture()), whole.hashes[stop - 1]) << count << " ranks";
      Trace rest;
      for (int i = stop; i < iterations; ++i) append(rest, solver.train_iter(), solver);
      EXPECT_TRUE(std::ranges::equal(rest.hashes, std::span(whole.hashes).subspan(stop))) << count << " ranks";
      const auto numbers = std::span(whole.numbers).last(rest.numbers.size());
      EXPECT_TRUE(std::ranges::equal(rest.numbers, numbers)) << count << " ranks report something else";
      if (after.is_root() && world().is_root()) {
        EXPECT_EQ(io::to_bytes({.solver = solver.state()}), end) << "every Gaussian is stored once";
      }
    }
    const auto launched = launched_before + sum_of_ranks(archive->kept.size());
    EXPECT_EQ(launched, groups_of_all_iterations()) << "nothing was evaluated twice";
  }
}

/// Who sleeps in the iterations of a run. A component that does stays as it is.
class Sleep {
 public:
  void look_at(const Gmmvi& solver) {
    std::visit([&](const auto& mixture) { look_at(mixture.components(), solver.state().records); }, solver.mixture());
  }
  std::ptrdiff_t sleepers(int iteration) const { return sleepers_[static_cast<std::size_t>(iteration - 1)]; }
  int woken() const { return woken_; }

 private:
  template <class Components>
  void look_at(const Components& components, const std::vector<ComponentRecord>& records) {
    sleepers_.push_back(std::ranges::count(records, true, &ComponentRecord::slept));
    for (std::size_t k = 0; k < records.size(); ++k) {
      auto& [gaussian, record] = last_[components[k].id];
      if (records[k].slept) {
        EXPECT_EQ(components[k].gaussian.get(), gaussian);
        EXPECT_EQ(records[k].stepsize, record.stepsize);
        EXPECT_EQ(records[k].updates_received, record.updates_received);
        EXPECT_EQ(records[k].expected_log_ratios, record.expected_log_ratios);
        EXPECT_EQ(records[k].pauses, record.pauses + 1);
      } else if (record.slept) {
        ++woken_;
      }
      gaussian = components[k].gaussian.get();
      record = records[k];
    }
  }

  std::vector<std::ptrdiff_t> sleepers_;
  int woken_ = 0;
  std::map<std::uint64_t, std::pair<const void*, ComponentRecord>> last_;  // by the component's id
};

// Otherwise the tests above would show less than they say.
TEST_P(Determinism, TheSituationIsWhatItsNameSays) {
  if (!world().is_root()) return;
  Gmmvi solver = build({});
  std::set<std::uint64_t> hashes, seen, deleted;
  bool reused = false;
  Sleep sleep;
  for (int i = 0; i < iterations; ++i) {
    reused |= solver.train_iter().reused_samples > 0;
    sleep.look_at(solver);
    hashes.insert(hash(solver.mixture()));
    const std::vector<std::uint64_t> all = ids(solver.mixture());
    std::set<std::uint64_t> now(all.begin(), all.end());
    std::ranges::set_difference(seen, now, std::inserter(deleted, deleted.end()));
    seen.merge(now);
    EXPECT_TRUE(all_finite(solver.mixture()));
  }
  EXPECT_EQ(hashes.size(), static_cast<std::size_t>(iterations)) << "every iteration changes the mixture";
  const Situation& situation = GetParam();
  if (situation.name.find("Thinning") != std::string::npos) {
    EXPECT_GT(solver.evaluations(), *situation.options.max_database_size) << "the database was to overflow";
  }
  EXPECT_EQ(reused, situation.options.use_sample_database && situation.name.find("Fresh") == std::string::npos &&
                        situation.name.find("OwnSamples") == std::string::npos);
  const auto initial = static_cast<std::size_t>(situation.options.model_initialization.num_initial_components);
  if (situation.name.find("ByNeed") != std::string::npos) {
    EXPECT_GT(seen.size(), initial) << "components were to be added";
  }
  if (situation.name.find("Sleeping") != std::string::npos) {
    EXPECT_GT(sleep.sleepers(stopped_after), 0) << "components were to sleep when the run is stopped";
    EXPECT_GT(sleep.woken(), 0) << "components were to wake";
  }
  if (!situation.adds_and_deletes) return;
  EXPECT_GT(seen.size(), initial) << "components were to be added";
  EXPECT_FALSE(deleted.empty()) << "components were to be deleted";
}

// Batches and candidates that fill many blocks, and parts of them, in which components are left at bounds.
TEST(LargeBatches, SameBitsOnAnyNumberOfRanks) {
  constexpr int few = 7;
  Options options = samtron(1.0);
  options.model_initialization.num_initial_components = 8;
  options.component_adapter = AdaptiveComponentsOptions{
      .add_iters = 1, .thresholds_for_add_heuristic = {2000, 50, 5}, .num_database_samples = 7000};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 300, .ratio_reused_samples_to_desired = 1.0};
  target::GaussianMixture<FullCovariance> target = target::random_gaussian_mixture<FullCovariance>(20, 5);
  std::int64_t largest = 0;
  const auto trace_on = [&](const Communicator& ranks) {
    Gmmvi solver = Gmmvi::build_from_config(options, target, ranks);
    Trace trace;
    for (int i = 0; i < few; ++i) {
      const IterationReport report = solver.train_iter();
      largest = std::max(largest, report.new_samples + report.reused_samples);
      append(trace, report, solver);
    }
    return trace;
  };
  Trace serial = world().is_root() ? trace_on(Communicator()) : Trace{};
  world().broadcast(serial.hashes);
  world().broadcast(serial.numbers);
  for (const int count : {1, 2, 3, 7}) {
    const Communicator ranks = world().split(world().rank() < count ? 0 : 1);
    if (world().rank() < count) {
      EXPECT_EQ(trace_on(ranks), serial) << count << " ranks";
    }
    world().barrier();
  }
  EXPECT_GT(largest, 6000);
}

INSTANTIATE_TEST_SUITE_P(Situations, Determinism, testing::ValuesIn(situations()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace gmmvi::test

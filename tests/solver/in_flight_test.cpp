// Batches that are asked for before the mixture has learnt from those before them.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "io/checkpoint.hpp"
#include "solver/memory_archive.hpp"
#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

Options in_flight(int batches) {
  Options options;
  options.seed = 5;
  options.model_initialization = {.num_initial_components = 3, .prior_scale = {2.0}, .initial_cov = {}};
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 15, .ratio_reused_samples_to_desired = 2.0};
  options.evaluation.batches_in_flight = batches;
  return options;
}

Options adding(int batches, int candidates = 6) {
  Options options = in_flight(batches);
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 4, .num_prior_samples = candidates};
  return options;
}

/// Counts its evaluations. May give no gradients.
class CountingTarget : public GaussianTarget {
 public:
  explicit CountingTarget(bool gradients = true) : GaussianTarget(correlated_gaussian(3)), gradients_(gradients) {}
  bool has_gradients() const override { return gradients_; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    evaluations += samples.cols();
    return GaussianTarget::evaluate(samples, ids, want_gradients);
  }
  std::int64_t of_all_ranks() const {
    const auto all = world().all_gather(evaluations.load());
    return std::reduce(all.begin(), all.end());
  }

  std::atomic<std::int64_t> evaluations = 0;

 private:
  bool gradients_;
};

std::vector<std::uint64_t> hashes(const Options& options, int iterations) {
  GaussianTarget target = correlated_gaussian(3);
  Gmmvi solver = Gmmvi::build_from_config(options, target, world());
  std::vector<std::uint64_t> all;
  for (int i = 0; i < iterations; ++i) {
    solver.train_iter();
    all.push_back(hash(solver.mixture()));
  }
  return all;
}

TEST(InFlight, HowManyIsPartOfTheAnswer) {
  Options plain = in_flight(1);
  plain.evaluation = {};
  EXPECT_EQ(hashes(in_flight(1), 5), hashes(plain, 5));
  EXPECT_NE(hashes(in_flight(2), 5), hashes(plain, 5));
  EXPECT_NE(hashes(in_flight(3), 5), hashes(in_flight(2), 5));
  EXPECT_EQ(hashes(in_flight(2), 1), hashes(in_flight(3), 1)) << "the first batch is the same";
}

TEST(InFlight, ABatchIsDrawnFromTheMixtureAsItIsWhenItIsAskedFor) {
  constexpr int batches = 3;
  GaussianTarget target = correlated_gaussian(3);
  Gmmvi solver = Gmmvi::build_from_config(in_flight(batches), target, world());
  std::map<std::int64_t, std::vector<Eigen::VectorXd>> means_after;  // by iteration
  const auto means_now = [&] {
    std::vector<Eigen::VectorXd> means;
    for (const auto& component : full(solver).components()) means.push_back(component.gaussian->mean());
    return means;
  };
  means_after[0] = means_now();
  for (std::int64_t t = 1; t <= 8; ++t) {
    solver.train_iter();
    means_after[t] = means_now();
    const SolverState state = solver.state();
    ASSERT_EQ(state.in_flight.size(), batches - 1U);
    const Eigen::Index d = 3, packed = FullCovariance::packed_size(d);
    for (std::size_t b = 0; b < state.in_flight.size(); ++b) {
      const BatchInFlight& batch = state.in_flight[b];
      EXPECT_EQ(batch.iteration, t + 1 + static_cast<std::int64_t>(b));
      const std::int64_t asked = std::max<std::int64_t>(0, batch.iteration - batches);
      for (std::size_t k = 0; k < batch.gaussians.size(); ++k) {
        const auto g = static_cast<Eigen::Index>(batch.gaussians[k]) - 3;
        const double* const numbers = g < 0 ? state.gaussians.data() + (g + 3) * (d + packed)
                                            : state.in_flight_gaussians.data() + g * (d + packed);
        EXPECT_EQ(Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(numbers, d)), means_after.at(asked)[k]);
      }
    }
  }
}

TEST(Parallel, NoBatchIsSmaller) {
  GaussianTarget target = correlated_gaussian(3);
  for (const int batches : {1, 2, 3}) {
    Options options = in_flight(batches);
    options.evaluation.parallel = 29;
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    EXPECT_EQ(solver.train_iter().new_samples, 3 * 15) << "as components ask for";
    std::int64_t smallest = 1000;
    for (int i = 0; i < 10; ++i) smallest = std::min(smallest, solver.train_iter().new_samples);
    EXPECT_EQ(smallest, 29);
  }
}

TEST(Parallel, IsPartOfTheAnswer) {
  Options wide = in_flight(1);
  wide.evaluation.parallel = 60;
  EXPECT_NE(hashes(wide, 5), hashes(in_flight(1), 5));
}

TEST(Parallel, StepsMayBeLongerWhereThereAreMoreSamples) {
  const auto longest = [](std::optional<int> parallel) {
    GaussianTarget target = correlated_gaussian(3);
    Options options = in_flight(1);
    options.component_stepsize = ImprovementBasedStepsizeOptions{.initial_stepsize = 0.01, .max_stepsize = 0.02};
    options.evaluation.parallel = parallel;
    Gmmvi solver = Gmmvi::build_from_config(options, target, world());
    double stepsize = 0.0;
    for (int i = 0; i < 20; ++i) {
      solver.train_iter();
      for (const ComponentRecord& record : solver.component_records()) stepsize = std::max(stepsize, record.stepsize);
    }
    return stepsize;
  };
  if (!world().is_root()) {
    longest({});
    longest(90);
    return;
  }
  EXPECT_EQ(longest({}), 0.02);
  const double of_wide = longest(90);
  EXPECT_GT(of_wide, 0.02);
  EXPECT_LE(of_wide, 2 * 0.02);
}

TEST(InFlight, EffectiveSampleSizesCountWhatIsInFlight) {
  GaussianTarget target = correlated_gaussian(3);
  Gmmvi solver = Gmmvi::build_from_config(in_flight(2), target, world());
  EXPECT_EQ(solver.train_iter().new_samples, 3 * 15);
  EXPECT_EQ(solver.train_iter().new_samples, 3 * 1)
      << "those of the first batch would do, as they are of the same mixture";
}

TEST(InFlight, ANewComponentWaitsForABatchThatKnowsIt) {
  constexpr int batches = 3;
  GaussianTarget target = correlated_gaussian(3);
  Gmmvi solver = Gmmvi::build_from_config(adding(batches), target, world());
  std::map<std::uint64_t, int> added;  // in which iteration
  std::map<std::uint64_t, std::pair<Eigen::VectorXd, double>> before;
  for (int t = 1; t <= 20; ++t) {
    solver.train_iter();
    const auto& mixture = full(solver);
    for (Eigen::Index k = 0; k < mixture.size(); ++k) {
      const auto& component = mixture.components()[static_cast<std::size_t>(k)];
      const std::pair<Eigen::VectorXd, double> now = {component.gaussian->mean(), mixture.log_weights()[k]};
      const bool is_new = t > 1 && !before.contains(component.id);
      if (is_new) added[component.id] = t;
      if (added.contains(component.id) && !is_new) {
        const int age = t - added[component.id];
        if (age < batches) {
          EXPECT_EQ(now.first, before[component.id].first) << "after " << age << " iterations";
          // A component that comes later takes a little of all weights.
          EXPECT_NEAR(now.second, before[component.id].second, 1e-9);
        } else if (age == batches) {
          EXPECT_NE(now.first, before[component.id].first);
        }
        if (world().is_root()) {
          const auto& record = solver.component_records()[static_cast<std::size_t>(k)];
          EXPECT_EQ(record.history.empty(), age < batches);
          EXPECT_EQ(record.updates_received, std::max(0, age - batches + 1));
        }
      }
      before[component.id] = now;
    }
  }
  EXPECT_GE(added.size(), 3U);
}

TEST(InFlight, NothingBeginsThatTheRunWillNotUse) {
  for (const int batches : {1, 2, 5}) {
    CountingTarget target;
    Gmmvi solver = Gmmvi::build_from_config(in_flight(batches), target, world());
    solver.limit({.iterations = 6});
    IterationReport report;
    for (int t = 1; t <= 6; ++t) {
      report = solver.train_iter();
      EXPECT_EQ(solver.flight().batches, std::min(batches - 1, 6 - t));
      EXPECT_EQ(report.begun, report.evaluations + solver.flight().evaluations);
    }
    EXPECT_EQ(target.of_all_ranks(), report.evaluations);
  }
}

TEST(InFlight, NoBatchBeginsOnceSoManyEvaluationsHave) {
  for (const int batches : {1, 2, 4}) {
    CountingTarget target;
    Gmmvi solver = Gmmvi::build_from_config(in_flight(batches), target, world());
    constexpr std::int64_t most = 60;
    solver.limit({.evaluations = most});
    IterationReport report;
    std::int64_t last_batch = 0;
    while (report.evaluations < most) {
      report = solver.train_iter();
      last_batch = report.new_samples;
    }
    EXPECT_EQ(solver.flight().batches, 0);
    EXPECT_EQ(target.of_all_ranks(), report.evaluations);
    EXPECT_LT(report.evaluations - last_batch, most) << "as with one batch at a time";
  }
}

/// Knows the batches that are candidates for a component, by how many there are in them.
class SearchedTarget : public CountingTarget {
 public:
  static constexpr int candidates = 61;  // so many that some stops fall into a search
  static constexpr std::size_t most_batches = 64;
  using CountingTarget::CountingTarget;
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override {
    for (const SampleId& id : ids) {
      if (id.point == 0) ++samples_of_.at(id.batch);
      if (!searches[id.batch]) continue;
      ++of_searches;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a stop then falls between them for sure
    }
    return CountingTarget::evaluate(samples, ids, want_gradients);
  }
  std::array<bool, most_batches> batches_of_candidates() const {
    std::array<bool, most_batches> result{};
    const auto of_ranks = world().all_gather(samples_of_);
    for (std::size_t batch = 0; batch < most_batches; ++batch)
      result[batch] = std::transform_reduce(of_ranks.begin(), of_ranks.end(), 0, std::plus(),
                                            [&](const auto& of_rank) { return of_rank[batch]; }) == candidates;
    return result;
  }

  std::array<bool, most_batches> searches{};
  std::int64_t of_searches = 0;  ///< this rank's evaluations in them

 private:
  std::array<std::int32_t, most_batches> samples_of_{};
};

// A stop after any number of evaluations, also in the search for a component, and another solver that goes on.
TEST(InFlight, AStopAnywhereLosesNothing) {
  struct Case {
    int batches, parallel;
    bool gradients = true;
  };
  for (const auto& [batches, parallel, gradients] :
       {Case{1, 0}, Case{3, 0}, Case{1, 70}, Case{3, 70}, Case{1, 0, false}, Case{2, 0, false}}) {
    const int iterations = gradients ? 9 : 5;
    Options options = adding(batches, SearchedTarget::candidates);
    if (!gradients) options.evaluation.finite_differences.scheme = FiniteDifferencesOptions::Scheme::central;
    if (parallel > 0) {
      options.evaluation.parallel = parallel;
      options.component_stepsize = ImprovementBasedStepsizeOptions{.initial_stepsize = 0.05, .max_stepsize = 0.05};
    }
    std::uint64_t before_all = 0;
    std::vector<std::uint64_t> all;
    std::int64_t evaluations = 0;
    std::array<bool, SearchedTarget::most_batches> searches{};
    {
      SearchedTarget target(gradients);
      Gmmvi solver = Gmmvi::build_from_config(options, target, world());
      solver.limit({.iterations = iterations});
      before_all = hash(solver.mixture());
      for (int i = 0; i < iterations; ++i) {
        solver.train_iter();
        all.push_back(hash(solver.mixture()));
      }
      evaluations = target.of_all_ranks();
      searches = target.batches_of_candidates();
      EXPECT_EQ(std::ranges::count(searches, true), iterations / 4);
      EXPECT_EQ(evaluations, solver.evaluations()) << "finite differences included";
    }
    int stops = 0, stops_in_a_search = 0;
    const std::int64_t step = gradients ? 3 : 21;
    for (std::int64_t least = 1 - step; least < evaluations; least += step) {  // below 1: in the first search
      SearchedTarget target(gradients);
      if (least < 1) target.searches = searches;
      const auto archive = std::make_shared<MemoryArchive>();
      const auto stop = [&]() -> std::optional<double> {
        if (least < 1 ? target.of_searches < 2 : target.evaluations * world().size() < least) return std::nullopt;
        return 10.0;
      };
      std::optional<SolverState> state;
      std::uint64_t before_stop = 0;
      {
        Gmmvi solver = Gmmvi::build_from_config(options, target, world(), {.stop_requested = stop, .archive = archive});
        solver.limit({.iterations = iterations});
        try {
          while (solver.iterations() < iterations) solver.train_iter();
        } catch (const Error& error) {
          ASSERT_EQ(error.code(), ExitCode::resume_me) << error.what();
          ++stops;
        }
        before_stop = hash(solver.mixture());
        EXPECT_EQ(before_stop,
                  solver.iterations() == 0 ? before_all : all[static_cast<std::size_t>(solver.iterations() - 1)]);
        state = io::checkpoint_of(io::to_bytes({.solver = solver.state()})).solver;
        stops_in_a_search += state->learnt.empty() ? 0 : 1;
      }
      archive->begin_again();
      Gmmvi solver = Gmmvi::build_from_config(options, target, world(), {.archive = archive});
      solver.limit({.iterations = iterations});
      ASSERT_EQ(solver.restore(*state), 0);
      EXPECT_EQ(hash(solver.mixture()), before_stop) << "the mixture is that of the last whole iteration";
      while (solver.iterations() < iterations) solver.train_iter();
      EXPECT_EQ(hash(solver.mixture()), all.back())
          << batches << " in flight, stopped after " << least << (gradients ? "" : ", by finite differences");
      EXPECT_EQ(target.of_all_ranks(), evaluations) << "nothing was evaluated twice";
    }
    EXPECT_GT(stops, 5);
    EXPECT_GT(stops_in_a_search, 0);
  }
}

// ---------------------------------------------------------------------------------------------------------- slots

class OutsideTarget : public CountingTarget {
 public:
  using CountingTarget::CountingTarget;
  bool runs_outside() const override { return true; }
};

std::vector<std::uint64_t> hashes_with(int slots, int batches, const Communicator& ranks, bool gradients = true) {
  Options options = adding(batches);
  options.evaluation.slots = slots;
  if (!gradients) options.evaluation.finite_differences.scheme = FiniteDifferencesOptions::Scheme::forward;
  OutsideTarget target(gradients);
  Gmmvi solver = Gmmvi::build_from_config(options, target, ranks,
                                          {.make_target = [=] { return std::make_unique<OutsideTarget>(gradients); }});
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 9; ++i) {
    solver.train_iter();
    all.push_back(hash(solver.mixture()));
  }
  return all;
}

TEST(Slots, DoNotChangeTheAnswer) {
  for (const int batches : {1, 2, 3}) {
    std::vector<std::uint64_t> expected(9);
    if (world().is_root()) expected = hashes_with(1, batches, Communicator());
    world().broadcast(expected);
    for (const int slots : {1, 2, 5}) {
      EXPECT_EQ(hashes_with(slots, batches, world()), expected) << slots << " slots, " << batches << " in flight";
      if (world().is_root()) {
        EXPECT_EQ(hashes_with(slots, batches, Communicator()), expected) << slots << " slots of one rank";
      }
    }
  }
}

TEST(Slots, DoNotChangeTheAnswerByFiniteDifferences) {
  std::vector<std::uint64_t> expected(9);
  if (world().is_root()) expected = hashes_with(1, 1, Communicator(), false);
  world().broadcast(expected);
  for (const int slots : {1, 5}) EXPECT_EQ(hashes_with(slots, 1, world(), false), expected) << slots << " slots";
}

}  // namespace
}  // namespace gmmvi::test

// Whole iterations of the solver on published experiments, of a fixed number of components: milliseconds an iteration,
// their median, and the mean by part. Under mpirun also how much of what its ranks could do one by one they do
// together: "concurrent" lets every rank fit on its own at the same time, "together" lets all fit one mixture, and
// "efficiency" is (concurrent time / ranks) / (time together). "in_step" is (concurrent time) / (time of the same where
// every rank, at what is a collective in a fit together, waits for all others, and moves nothing).

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "gmmvi/gmmvi.hpp"
#include "gmmvi/with_mpi.hpp"

#include "comm/backend.hpp"
#include "config/configuration.hpp"
#include "core/memory.hpp"
#include "core/text_file.hpp"
#include "io/model_file.hpp"
#include "target/make_target.hpp"

namespace {

using gmmvi::Communicator;

struct Situation {
  std::string name;
  std::string config;            // of configs/published
  int warm_up;                   // iterations before those that are timed
  int timed;                     // iterations
  std::vector<std::string> set;  // over the config
};

const std::string components = "model_initialization.num_initial_components=";
const std::string samples = "sample_selector_config.desired_samples_per_component=";
const std::string reuse = "sample_selector_config.ratio_reused_samples_to_desired=";
const std::string fixed = "num_component_adapter_type=fixed";

std::vector<Situation> situations() {
  return {
      {"stm20_sepyfux_K25_N200", "stm20_sepyfux", 100, 400, {}},
      {"stm20_sepyfux_K25_N200_late", "stm20_sepyfux", 10000, 400, {}},
      {"stm300_sepyfux_K20_N200", "stm300_sepyfux", 5, 20, {}},
      {"stm20_samtron_K47_N9400", "stm20_samtron", 10, 30, {components + "47", samples + "200", fixed}},
      {"breast_cancer_K10_reuse5",
       "breast_cancer_samtron",
       40,
       60,
       {components + "10", samples + "100", reuse + "5", fixed}},
      {"breast_cancer_K6_reuse20",
       "breast_cancer_samtron",
       60,
       60,
       {components + "6", samples + "100", reuse + "20", fixed}},
      {"planar_robot_K135_N13500", "planar_robot_4_samtron", 3, 12, {components + "135", samples + "100", fixed}},
      {"stm300_samtron_K20_N2000", "stm300_samtron", 3, 8, {components + "20", samples + "100", fixed}},
      // As published, with components that are added, and looked for among 100,000 samples, meanwhile.
      {"gmm20_samtron_K15_adaptive", "gmm20_samtron", 62, 60, {components + "13"}},
      {"breast_cancer_samtron_K20_adaptive", "breast_cancer_samtron", 52, 50, {components + "18"}},
      {"planar_robot_samtron_K165_adaptive", "planar_robot_4_samtron", 8, 14, {components + "150"}},
      {"breast_cancer_zamtrux_K7_adaptive", "breast_cancer_zamtrux", 52, 30, {components + "6"}},
      {"stm300_zamtrux_K20_N2000",
       "stm300_samtron",
       1,
       3,
       {components + "20", samples + "100", fixed, "ng_estimator_type=MORE", "weight_updater_type=direct",
        "weight_stepsize_adapter_type=fixed"}},
  };
}

/// A solver with its target.
struct Fit {
  std::unique_ptr<gmmvi::Target> target;
  gmmvi::Gmmvi solver;
};

Fit make_fit(const Situation& situation, const Communicator& ranks) {
  gmmvi::config::Overrides overrides;
  overrides.set = situation.set;
  const auto configuration =
      gmmvi::config::load(fmt::format("{}/published/{}.yml", GMMVI_CONFIGS_DIR, situation.config), overrides);
  const gmmvi::target::Sources files{.contents = gmmvi::core::read_text, .model = [](const std::string& path) {
                                       const auto model = gmmvi::io::read_model(path);
                                       return gmmvi::problem::FittedModel{model.mixture, model.parameter_names};
                                     }};
  auto target = gmmvi::target::make_target(configuration.target, configuration.solver.seed, files);
  auto solver = gmmvi::Gmmvi::build_from_config(configuration.solver, *target, ranks);
  return {std::move(target), std::move(solver)};
}

/// One rank alone, that meets all others whenever it would meet any: no data move, but ranks wait for each other (where
/// a broadcast lets its root go on, too).
class InStep : public Communicator::Backend {
 public:
  explicit InStep(Communicator world) : world_(std::move(world)) {}
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void barrier() const override { world_.barrier(); }
  std::shared_ptr<const Backend> split(int) const override { return std::make_shared<InStep>(world_); }
  void broadcast(std::span<std::byte>, int) const override { world_.barrier(); }
  void all_gather(std::span<const std::byte> own, const Counts&, std::span<std::byte> all) const override {
    std::ranges::copy(own, all.begin());
    world_.barrier();
  }
  void all_gather_to(const Runs& runs, std::size_t record, std::span<const std::byte> own,
                     std::span<std::byte> all) const override {
    gmmvi::comm::place(runs.front(), record, own, all);
    world_.barrier();
  }
  void gather(std::span<const std::byte> own, const Counts& counts, std::span<std::byte> all) const override {
    all_gather(own, counts, all);
  }
  void all_to_all(std::span<const std::byte> send, const Counts& counts, std::span<std::byte> received,
                  const Counts&) const override {
    all_gather(send, counts, received);
  }
  int fortran_handle() const override { return Communicator().fortran_handle(); }
  std::unique_ptr<gmmvi::comm::Courier> courier() const override { return Communicator().courier(); }

 private:
  Communicator world_;
};

struct Timed {
  double seconds;
  gmmvi::IterationReport report;
};

Timed timed_iteration(gmmvi::Gmmvi& solver) {
  const auto start = std::chrono::steady_clock::now();
  const auto report = solver.train_iter();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), report};
}

// The median over iterations, of the slowest rank.
double slowest_median(std::vector<Timed> iterations, const Communicator& world) {
  std::ranges::nth_element(iterations, iterations.begin() + static_cast<std::ptrdiff_t>(iterations.size() / 2), {},
                           &Timed::seconds);
  return std::ranges::max(world.all_gather(iterations[iterations.size() / 2].seconds));
}

void count_parts(benchmark::State& state, const std::vector<Timed>& iterations) {
  for (const gmmvi::RankSecondsPart& part : gmmvi::rank_seconds_parts) {
    double seconds = 0;
    for (const Timed& iteration : iterations) seconds += iteration.report.seconds.*part.seconds;
    if (seconds > 0.0) state.counters[part.name] = 1e3 * seconds / static_cast<double>(iterations.size());
  }
}

/// A rank's fit of its own, or its part of one by all.
class TimedFit {
 public:
  TimedFit(const Situation& situation, const Communicator& ranks, const Communicator& world)
      : fit_(make_fit(situation, ranks)), world_(world) {
    for (int i = 0; i < situation.warm_up; ++i) fit_.solver.train_iter();
  }
  /// Returns the seconds of an iteration that all ranks begin at the same time.
  double iterate() {
    world_.barrier();
    iterations_.push_back(timed_iteration(fit_.solver));
    return iterations_.back().seconds;
  }
  double median() const { return slowest_median(iterations_, world_); }
  const std::vector<Timed>& iterations() const { return iterations_; }

 private:
  Fit fit_;
  Communicator world_;
  std::vector<Timed> iterations_;
};

void measure_concurrent(benchmark::State& state, const Situation& situation, const Communicator& world) {
  TimedFit alone(situation, Communicator(), world);
  for ([[maybe_unused]] auto _ : state) state.SetIterationTime(alone.iterate());
  state.counters["median_ms"] = 1e3 * alone.median();
  count_parts(state, alone.iterations());
}

// They take turns, so that all see the same of a machine whose speed changes.
void measure_together(benchmark::State& state, const Situation& situation, const Communicator& world) {
  const Communicator meeting(std::make_shared<const InStep>(world));
  TimedFit alone(situation, Communicator(), world), in_step(situation, meeting, world),
      together(situation, world, world);
  for ([[maybe_unused]] auto _ : state) {
    alone.iterate();
    in_step.iterate();
    state.SetIterationTime(together.iterate());
  }
  const double median = together.median();
  state.counters["median_ms"] = 1e3 * median;
  state.counters["in_step"] = alone.median() / in_step.median();
  state.counters["efficiency"] = alone.median() / world.size() / median;
  count_parts(state, together.iterations());
}

void register_benchmarks(const Communicator& world) {
  for (const Situation& situation : situations()) {
    const auto add = [&](const std::string& name, auto measure) {
      benchmark::RegisterBenchmark((situation.name + name).c_str(),
                                   [=](benchmark::State& state) { measure(state, situation, world); })
          ->Iterations(situation.timed)
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    };
    add("/concurrent", measure_concurrent);
    if (world.size() > 1) add("/together", measure_together);
  }
}

/// What ranks other than the first print.
class Silence : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>&) override {}
};

}  // namespace

int main(int argc, char** argv) {
  gmmvi::core::keep_freed_memory();
  const gmmvi::MpiScope mpi(argc, argv);
  const Communicator world = gmmvi::mpi_communicator(MPI_COMM_WORLD);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  register_benchmarks(world);
  Silence silence;
  if (world.is_root())
    benchmark::RunSpecifiedBenchmarks();
  else
    benchmark::RunSpecifiedBenchmarks(&silence);
}

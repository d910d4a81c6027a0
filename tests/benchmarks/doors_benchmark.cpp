// What it costs to reach a simulator through each of its doors, on one rank: the log density behind them costs nothing.
// docs/simulators.md has the figures.
#include <memory>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include "core/random.hpp"
#include "doors/umbridge_server.hpp"
#include "external/make_simulator.hpp"

namespace {

using namespace gmmvi::external;

const Start start = {.parameters = {"a", "b", "c", "d"}};
const std::string folder = GMMVI_DOORS;       // sources
const std::string programs = GMMVI_PROGRAMS;  // built

/// A group of samples again and again.
void evaluate(benchmark::State& state, Simulator& simulator) {
  const Eigen::Index count = simulator.group_size();
  Eigen::MatrixXd samples(simulator.dimension(), count);
  gmmvi::core::Stream(1, gmmvi::core::Purpose::metrics)
      .normal({samples.data(), static_cast<std::size_t>(samples.size())});
  const std::vector<gmmvi::SampleId> ids(static_cast<std::size_t>(count));
  const std::vector<std::int64_t> seeds(ids.size(), 1);
  const Eigen::VectorXd expected = -0.5 * samples.colwise().squaredNorm().transpose();
  Eigen::VectorXd found;
  for (auto _ : state)
    found = simulator.evaluate({.samples = samples, .ids = ids, .seeds = seeds, .sensitivity = {}}).outputs.row(0);
  if (!found.isApprox(expected)) state.SkipWithError("the answer is wrong");
  using benchmark::Counter;
  const double evaluations = static_cast<double>(state.iterations()) * static_cast<double>(count);
  state.counters["evaluations"] = Counter(evaluations, Counter::kIsRate);
  state.counters["per_evaluation"] = Counter(evaluations, Counter::kIsRate | Counter::kInvert);
}

template <class Options>
void evaluate(benchmark::State& state, const Options& options) {
  evaluate(state, *make_simulator(options, start));
}

void plugin_in_groups(benchmark::State& state) {
  evaluate(state, PluginOptions{.library = programs + "/doors_plugin.so"});
}
BENCHMARK(plugin_in_groups)->UseRealTime();

void python_by_name(benchmark::State& state) {
  evaluate(state, PythonOptions{.function = folder + "/function.py:one"});
}
BENCHMARK(python_by_name)->UseRealTime();

void python_vectorized(benchmark::State& state) {
  evaluate(state, PythonOptions{.function = folder + "/function.py:several", .vectorized = true});
}
BENCHMARK(python_vectorized)->UseRealTime();

void process_server(benchmark::State& state) {
  evaluate(state, ProcessOptions{.command = std::vector<std::string>{programs + "/doors_program"}});
}
BENCHMARK(process_server)->UseRealTime();

void process_once(benchmark::State& state) {
  evaluate(state, ProcessOptions{.command = std::vector<std::string>{programs + "/doors_program", "once"},
                                 .mode = ProcessOptions::Mode::once});
}
BENCHMARK(process_once)->UseRealTime();

void umbridge(benchmark::State& state) {
  const gmmvi::benchmarks::UmbridgeServer server;
  evaluate(state, UmbridgeOptions{.urls = {server.url()}});
}
BENCHMARK(umbridge)->UseRealTime();

}  // namespace

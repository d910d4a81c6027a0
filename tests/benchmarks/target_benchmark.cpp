// Log densities of the built-in targets, with and without gradients, in evaluations per second and, where the formula
// says how many they are, useful GFLOP/s; beside them Eigen's matrix product at the shape of logistic regression.
#include <string>

#include <Eigen/Core>
#include <benchmark/benchmark.h>

#include "gmmvi/target.hpp"

#include "config/configuration.hpp"
#include "core/random.hpp"
#include "core/text_file.hpp"
#include "target/gaussian_mixture.hpp"
#include "target/labelled_table.hpp"
#include "target/logistic_regression.hpp"
#include "target/make_target.hpp"

namespace {

using gmmvi::Evaluation;
using gmmvi::Target;

Eigen::MatrixXd normal_samples(Eigen::Index dimension, Eigen::Index count) {
  Eigen::MatrixXd samples(dimension, count);
  gmmvi::core::Stream(1, gmmvi::core::Purpose::metrics)
      .normal({samples.data(), static_cast<std::size_t>(samples.size())});
  return samples;
}

void report(benchmark::State& state, Eigen::Index samples, double flops_per_evaluation) {
  using benchmark::Counter;
  const double evaluations = static_cast<double>(state.iterations()) * static_cast<double>(samples);
  state.counters["evaluations"] = Counter(evaluations, Counter::kIsRate);
  state.counters["us_per_evaluation"] = Counter(evaluations * 1e-6, Counter::kIsRate | Counter::kInvert);
  if (flops_per_evaluation > 0.0)
    state.counters["useful_flops"] = Counter(evaluations * flops_per_evaluation, Counter::kIsRate);
}

void evaluate(benchmark::State& state, Target& target, bool gradients, double flops_per_evaluation = 0.0) {
  const Eigen::MatrixXd samples = normal_samples(target.dimension(), target.group_size());
  const std::vector<gmmvi::SampleId> ids(static_cast<std::size_t>(samples.cols()));
  for (auto _ : state) {
    Evaluation evaluation = target.evaluate(samples, ids, gradients);
    benchmark::DoNotOptimize(evaluation.log_densities.data());
  }
  report(state, samples.cols(), flops_per_evaluation);
}

const gmmvi::target::LabelledTable& breast_cancer() {
  static const auto table =
      gmmvi::target::with_binary_labels(gmmvi::target::read_table(GMMVI_CONFIGS_DIR "/data/breast_cancer.csv"));
  return table;
}

void logistic_regression(benchmark::State& state) {
  const bool gradients = state.range(0) != 0;
  gmmvi::target::LogisticRegression target(breast_cancer(), 10.0);
  const auto size = static_cast<double>(breast_cancer().labels.size() * target.dimension());
  evaluate(state, target, gradients, (gradients ? 4.0 : 2.0) * size);
}
BENCHMARK(logistic_regression)->ArgName("gradients")->Arg(0)->Arg(1);

// The two products of logistic regression with gradients, and nothing else.
void logistic_regression_products_of_eigen(benchmark::State& state) {
  const Eigen::Index observations = breast_cancer().features.rows();
  const Eigen::Index dimension = breast_cancer().features.cols() + 1;
  const Eigen::MatrixXd rows = normal_samples(observations, dimension);
  const Eigen::MatrixXd theta = normal_samples(dimension, 64);
  Eigen::MatrixXd margins(observations, 64);
  Eigen::MatrixXd gradients(dimension, 64);
  for (auto _ : state) {
    margins.noalias() = rows * theta;
    gradients.noalias() = rows.transpose() * margins;
    benchmark::DoNotOptimize(gradients.data());
  }
  report(state, 64, 4.0 * static_cast<double>(rows.size()));
}
BENCHMARK(logistic_regression_products_of_eigen);

// Useful work per component: the triangular product L⁻¹(x − μ), and its transpose for the gradient.
void random_gaussian_mixture(benchmark::State& state) {
  const Eigen::Index dimension = state.range(0);
  const bool gradients = state.range(1) != 0;
  auto target = gmmvi::target::random_gaussian_mixture<gmmvi::FullCovariance>(dimension, 1);
  const auto triangle = static_cast<double>(dimension * (dimension + 1));
  evaluate(state, target, gradients, (gradients ? 2.0 : 1.0) * 10.0 * triangle);
}
BENCHMARK(random_gaussian_mixture)->ArgNames({"D", "gradients"})->ArgsProduct({{10, 20, 50, 100, 300}, {0, 1}});

// The other experiments whose data are shipped, at standard normal samples.
void experiment(benchmark::State& state, const std::string& name) {
  const auto options =
      gmmvi::config::load(GMMVI_CONFIGS_DIR "/experiments/" + name + ".yml", {.fallback_codename = "SAMTRON"});
  const auto target = gmmvi::target::make_target(options.target, 1, {.contents = gmmvi::core::read_text, .model = {}});
  evaluate(state, *target, state.range(0) != 0);
}
const bool experiments_are_registered = [] {
  for (const char* name :
       {"banana", "breast_cancer_mb", "brownian_motion", "diaggmm20", "eight_schools", "elliptic", "funnel",
        "linear_regression", "log_gaussian_cox", "planar_robot_1", "planar_robot_4", "sir_epidemic", "stm20", "stm300"})
    benchmark::RegisterBenchmark(name, experiment, name)->ArgName("gradients")->Arg(0)->Arg(1);
  return true;
}();

void neural_network(benchmark::State& state) {
  const gmmvi::target::NeuralNetworkOptions options{.data = GMMVI_CONFIGS_DIR "/data/breast_cancer.csv",
                                                    .classification = true};
  const auto target = gmmvi::target::make_target(options, 1, {.contents = gmmvi::core::read_text, .model = {}});
  evaluate(state, *target, state.range(0) != 0);
}
BENCHMARK(neural_network)->ArgName("gradients")->Arg(0)->Arg(1);

}  // namespace

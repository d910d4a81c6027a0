// The block kernels beside Eigen's matrix product of the same size. "useful" counts the flops that the formula needs,
// "executed" those that the kernel does (tiles that overhang the triangle); both per second, in units of 1e9.

#include <cmath>
#include <numeric>

#include <benchmark/benchmark.h>

#include "gmmvi/regression.hpp"
#include "gmmvi/strategy/component_updater.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"

#include "core/random.hpp"
#include "math/lane_products.hpp"
#include "math/least_squares.hpp"
#include "math/mixture_density.hpp"

namespace {

using namespace gmmvi;
using Full = FullCovariance;

constexpr Eigen::Index samples = 2048;
constexpr Eigen::Index components = 8;

GaussianPointer<Full> random_gaussian(Eigen::Index d) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(d, d);
  const Eigen::MatrixXd covariance = a * a.transpose() / static_cast<double>(d) + Eigen::MatrixXd::Identity(d, d);
  return std::make_shared<const Gaussian<Full>>(Eigen::VectorXd::Random(d), *Full::from_matrix(covariance));
}

math::Gaussians<Full> random_gaussians(Eigen::Index d) {
  math::Gaussians<Full> gaussians;
  for (Eigen::Index k = 0; k < components; ++k) gaussians.push_back(random_gaussian(d));
  return gaussians;
}

void report(benchmark::State& state, double useful, double executed) {
  const auto rate = [](double flops) {
    return benchmark::Counter(flops * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["useful_GFLOP/s"] = rate(useful);
  state.counters["executed_GFLOP/s"] = rate(executed);
}

// Flops of T x for a lower triangle, by the tiles of three rows that lane_products works in.
double triangle(Eigen::Index d) {
  return static_cast<double>(d * (d + 1));
}
double tiled_triangle(Eigen::Index d) {
  double multiplications = 0;
  for (Eigen::Index first = 0; first < d; first += 3) {
    const Eigen::Index rows = std::min<Eigen::Index>(3, d - first);
    multiplications += static_cast<double>(rows * (first + rows));
  }
  return 2.0 * multiplications;
}

void eigen_gemm(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(d, d), b = Eigen::MatrixXd::Random(d, samples);
  Eigen::MatrixXd c(d, samples);
  for (auto _ : state) {
    c.noalias() = a * b;
    benchmark::DoNotOptimize(c.data());
  }
  const double flops = 2.0 * static_cast<double>(d * d * samples);
  report(state, flops, flops);
}

void log_densities(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const auto gaussians = random_gaussians(d);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(d, samples);
  for (auto _ : state) benchmark::DoNotOptimize(math::component_log_densities<Full>(gaussians, x));
  constexpr auto pairs = static_cast<double>(samples * components);
  report(state, pairs * (triangle(d) + 3.0 * static_cast<double>(d)),
         pairs * (tiled_triangle(d) + 3.0 * static_cast<double>(d)));
}

void log_densities_with_gradients(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const auto gaussians = random_gaussians(d);
  const Eigen::VectorXd log_weights = Eigen::VectorXd::Constant(components, -std::log(components));
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(d, samples);
  for (auto _ : state)
    benchmark::DoNotOptimize(math::mixture_density<Full>(gaussians, log_weights, x, math::Gradient::compute));
  constexpr auto pairs = static_cast<double>(samples * components);
  report(state, pairs * (2.0 * triangle(d) + 4.0 * static_cast<double>(d)),
         pairs * (2.0 * tiled_triangle(d) + 4.0 * static_cast<double>(d)));
}

// Stein's estimate of one component from all samples.
void hessian_sums(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const auto gaussian = random_gaussian(d);
  const auto estimator = strategy::NaturalGradientEstimator<Full>::make(SteinOptions{});
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(d, samples), gradients = Eigen::MatrixXd::Random(d, samples);
  const Eigen::VectorXd ratios = Eigen::VectorXd::Zero(samples), log_weights = Eigen::VectorXd::Random(samples);
  std::vector<Eigen::Index> positions(samples);
  std::iota(positions.begin(), positions.end(), 0);
  const strategy::EstimationBatch batch{x, ratios, gradients, positions};
  for (auto _ : state) benchmark::DoNotOptimize(estimator->estimate(*gaussian, batch, log_weights, positions, 0.0));
  const double flops = static_cast<double>(samples) * static_cast<double>(2 * d * d + 4 * d);
  report(state, flops, flops);
}

// MORE's surrogate of one component from twice as many samples as it has features: whitening, normal equations, LDLᵀ.
void surrogate(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const Eigen::Index features = feature_count(Features::quadratic, d);
  const auto gaussian = random_gaussian(d);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(d, 2 * features);
  const Eigen::VectorXd values = Eigen::VectorXd::Random(2 * features);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        QuadraticSurrogate<Full>::fit(*gaussian, {.samples = x, .values = values, .ridge = 1e-12}));
  const auto f = static_cast<double>(features);
  const double flops = 2.0 * f * f * f + f * f * f / 3.0;
  report(state, flops, flops);
}

// The three solvers of a surrogate: dimension, samples by features in percent, solver (math::LeastSquaresSolver).
void least_squares(benchmark::State& state) {
  const Eigen::Index d = state.range(0), n = feature_count(Features::quadratic, d) * state.range(1) / 100;
  Eigen::MatrixXd x(d, n);
  core::Stream(1, core::Purpose::samples).normal({x.data(), static_cast<std::size_t>(x.size())});
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(n, 1.0 / static_cast<double>(n));
  const Eigen::VectorXd values = Eigen::VectorXd::Random(n);
  const math::LeastSquares problem{Features::quadratic, x, values.array() - values.mean(), weights, 1e-6, 1e-6};
  const auto solver = static_cast<math::LeastSquaresSolver>(state.range(2));
  for (auto _ : state) benchmark::DoNotOptimize(math::solve(solver, problem));
  state.counters["chosen"] = math::cheapest_solver(problem) == solver;
}

// One step of the trust region, with everything from the Hessian to the new factors.
void trust_region_step(benchmark::State& state) {
  const Eigen::Index d = state.range(0);
  const auto gaussian = random_gaussian(d);
  const auto updater = strategy::ComponentUpdater<Full>::make(TrustRegionUpdateOptions{});
  const Eigen::MatrixXd a = Eigen::MatrixXd::Random(d, d);
  const strategy::NaturalGradient<Full> gradient{Eigen::VectorXd::Random(d), a + a.transpose()};
  for (auto _ : state) benchmark::DoNotOptimize(updater->update(*gaussian, gradient, {0.1, 1.0, false}));
}

#define DIMENSIONS Arg(10)->Arg(20)->Arg(31)->Arg(50)->Arg(100)->Arg(300)->Unit(benchmark::kMicrosecond)
BENCHMARK(eigen_gemm)->DIMENSIONS;
BENCHMARK(log_densities)->DIMENSIONS;
BENCHMARK(log_densities_with_gradients)->DIMENSIONS;
BENCHMARK(hessian_sums)->DIMENSIONS;
BENCHMARK(trust_region_step)->DIMENSIONS;
BENCHMARK(least_squares)
    ->ArgNames({"D", "percent", "solver"})
    ->ArgsProduct({{10, 20, 31, 60}, {50, 106, 150, 600}, {0, 1, 2}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(surrogate)->Arg(5)->Arg(10)->Arg(20)->Arg(31)->Arg(50)->Unit(benchmark::kMicrosecond);

}  // namespace

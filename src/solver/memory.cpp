#include "solver/memory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <variant>

#include "gmmvi/lanes.hpp"
#include "gmmvi/regression.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"
#include "gmmvi/strategy/sample_selector.hpp"

#include "math/least_squares.hpp"
#include "solver/cost.hpp"
#include "strategy/gauss_newton.hpp"

namespace gmmvi::solver {
namespace {

constexpr double bytes = 8.0;  // of a number
constexpr double most = 1e15;  // samples that nobody lives to see

std::int64_t limited(double count) {
  return static_cast<std::int64_t>(std::min(count, most));
}

double total(const strategy::SampleRequest& request) {
  return static_cast<double>(std::reduce(request.from_components.begin(), request.from_components.end()) +
                             request.from_mixture);
}

/// A number of samples that is affine in the number of components, as those of all selectors are.
struct Samples {
  double of_one = 0, of_two = 0;
  double operator()(double components) const { return of_one + (components - 1.0) * (of_two - of_one); }
};

/// What the sample selector asks for, with what is added to small batches.
struct Selection {
  Samples asked;           // new ones in an iteration, where there are none to reuse
  Samples asked_at_least;  // whatever is reused
  Samples reused;
  double smallest_batch = 0;

  Selection(const Options& options, Eigen::Index dimension) {
    const auto selector = strategy::SampleSelector::make(options.sample_selector, dimension);
    const auto effective = [](Eigen::Index components) {
      constexpr double infinity = std::numeric_limits<double>::infinity();
      return strategy::EffectiveSampleSizes{Eigen::VectorXd::Constant(components, infinity), infinity};
    };
    smallest_batch = options.evaluation.parallel.value_or(0);
    asked = {total(selector->new_samples({}, 1)), total(selector->new_samples({}, 2))};
    if (options.use_sample_database)
      reused = {static_cast<double>(selector->reused_samples(1)), static_cast<double>(selector->reused_samples(2))};
    asked_at_least = {total(selector->new_samples(effective(1), 1)), total(selector->new_samples(effective(2), 2))};
  }

  double most(double components) const { return std::max(smallest_batch, asked(components)); }
  double least(double components) const { return std::max(smallest_batch, asked_at_least(components)); }

  // New ones in the long run, if reused ones are worth as much: with r times as many of those, one in 1 + r. Of 100
  // with r = 2 that is 34, where runs drew 16 to 50 in few dimensions and 93 in 300; of 41 with r = 20 two, where they
  // drew 7.
  double usual(double components) const {
    const double wanted = asked(components);
    return std::max(least(components), std::ceil(wanted * wanted / (wanted + reused(components))));
  }
};

/// What has come together up to some iteration.
struct Growth {
  double components = 0, samples = 0, gaussians = 0, iterations = 0;
};

// A stretch is a number of iterations with as many components: one for each that is added.
Growth grow(const Options& options, const Selection& selection, double iterations, double samples) {
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  Growth growth{.components = static_cast<double>(options.model_initialization.num_initial_components)};
  const double first_more = selection.most(growth.components) - selection.usual(growth.components);
  constexpr int longest = 1000000;
  for (int stretches = 0; iterations > 0.0 && growth.samples < samples && stretches < longest; ++stretches) {
    const bool grows = adaptive != nullptr && growth.components < adaptive->max_components;
    const double each = selection.usual(growth.components);
    const double affordable = std::max(1.0, std::ceil((samples - growth.samples) / each));
    const double length = std::min({iterations, affordable, grows ? adaptive->add_iters : iterations});
    growth.samples += length * each;
    growth.gaussians += length * growth.components;
    growth.iterations += length;
    iterations -= length;
    if (!grows || length < adaptive->add_iters) continue;
    growth.components += 1.0;
    growth.samples += static_cast<double>(adaptive->num_prior_samples);
  }
  growth.samples += first_more;  // there was nothing to reuse
  return growth;
}

Extent extent_of(const Options& options, const Selection& selection, const Growth& growth) {
  const double drawn = selection.most(growth.components);
  const double limit = options.max_database_size ? static_cast<double>(*options.max_database_size) : most;
  const double stored = options.use_sample_database ? std::max(drawn, std::min(growth.samples, limit)) : drawn;
  const double reused = std::clamp(growth.samples - drawn, 0.0, selection.reused(growth.components));
  const double iterations = std::ceil(reused / selection.usual(growth.components));  // that reused samples are of
  const double gaussians = std::min(options.use_sample_database ? growth.gaussians : growth.components, stored);
  return {.components = limited(growth.components),
          .active_samples = limited(drawn + reused),
          .stored_samples = limited(stored),
          .stored_gaussians = limited(gaussians),
          .background_gaussians = limited(std::min({gaussians, reused, iterations * growth.components})),
          .candidates = 0};
}

/// That so many evaluations are enough for.
double most_samples(const Options& options, Eigen::Index dimension, std::optional<std::int64_t> max_evaluations) {
  if (!max_evaluations) return most;
  return static_cast<double>(*max_evaluations) / static_cast<double>(evaluations_per_sample(options, dimension));
}

// With the ridges of the start, and with those that refused steps may make of them.
template <class Covariance>
double regression(const MoreOptions& more, Eigen::Index dimension, double samples) {
  constexpr Features features = QuadraticSurrogate<Covariance>::features();
  const double ridge = more.initial_l2_regularizer;
  const bool with_dual = math::dual_is_exact(ridge, more.linear_l2_regularizer.value_or(ridge));
  return std::max(math::solver_numbers(features, dimension, samples, with_dual),
                  math::solver_numbers(features, dimension, samples, ridge > 0.0));
}

template <class Covariance>
double estimation(const Options& options, Eigen::Index dimension, double samples, double outputs) {
  const auto d = static_cast<double>(dimension), block = static_cast<double>(summed_samples);
  if (const auto* more = std::get_if<MoreOptions>(&options.natural_gradient))
    return regression<Covariance>(*more, dimension, samples) + 2.0 * samples * d;
  if (const auto* linear = std::get_if<GaussNewtonOptions>(&options.natural_gradient)) {
    const double correction = linear->correction ? strategy::correction_numbers(
                                                       QuadraticSurrogate<Covariance>::features(), dimension, samples)
                                                 : 0.0;
    const double bent =
        linear->quadratic_outputs ? strategy::quadratic_predictors_numbers(dimension, outputs, samples) : 0.0;
    return std::max(correction, bent) + 4.0 * samples * d + 2.0 * outputs * (samples + d) + 6.0 * d * d;
  }
  const bool by_regression = std::get<SteinOptions>(options.natural_gradient).regression;
  return (by_regression ? 4.0 : 1.0) * static_cast<double>(Covariance::symmetric_size(dimension)) +
         (by_regression ? 4.0 : 2.0) * block * d;
}

template <class Covariance>
Memory memory(const Options& options, Eigen::Index dimension, int ranks, const Extent& extent) {
  const auto d = static_cast<double>(dimension), r = static_cast<double>(ranks);
  const auto k = static_cast<double>(extent.components), n = static_cast<double>(extent.active_samples);
  const double gradient = needs_gradients(options) ? d : 0.0;
  const double packed = d + static_cast<double>(Covariance::packed_size(dimension));  // mean and Cholesky factor
  const double unpacked = d + 2.0 * static_cast<double>(Covariance::symmetric_size(dimension));  // and its inverse
  const double own_stored = std::ceil(static_cast<double>(extent.stored_samples) / r);

  Memory memory;
  memory.mixture = bytes * k * 2.0 * (unpacked + packed);
  memory.gaussians = bytes * (static_cast<double>(extent.stored_gaussians) * packed +
                              static_cast<double>(extent.background_gaussians) * unpacked);
  const auto outputs = static_cast<double>(extent.outputs);
  // sample, gradient, outputs, log density, index, component (half as long); and for every sample the number (so, too)
  // of its Gaussian
  memory.samples =
      bytes * (own_stored * (d + gradient + outputs + 2.5) + 0.5 * static_cast<double>(extent.stored_samples));
  // sample, log density, gradient, as they come, in order, and apart; own outputs as they come, and together
  memory.batch = bytes * (n * 3.0 * (d + 1.0 + gradient) + 2.0 * std::ceil(n / r) * outputs);
  // what outputs predict, as they come and in order
  if (std::holds_alternative<GaussNewtonOptions>(options.natural_gradient)) memory.batch += bytes * 3.0 * n * outputs;
  // of finite differences, own points, as they come and in order, and the log densities of all, as well
  if (const auto points = static_cast<double>(evaluations_per_sample(options, dimension)); points > 1.0)
    memory.batch += bytes * n * points * (2.0 * (d + outputs + 1.0) / r + 4.0);
  // own samples under all components and all samples under own ones, each as kept and as sent; whitened residuals of a
  // block of samples
  memory.densities = bytes * (2.0 * std::ceil(n / r) * k + 2.0 * n * std::ceil(k / r) + gradient * lanes * k);
  memory.estimation = bytes * estimation<Covariance>(options, dimension, n, outputs);
  // own ones: sample, by need its gradient, twice, log densities and a bound, component, position, order; all: index,
  // claim, holder, by need log densities
  const auto candidates = static_cast<double>(extent.candidates);
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  const bool by_need = adaptive != nullptr && adaptive->additions == AdaptiveComponentsOptions::Additions::needed;
  memory.candidates = bytes * (std::ceil(candidates / r) * (d + (by_need ? 2.0 * gradient : 0.0) + 6.0) +
                               candidates * (by_need ? 10.5 : 4.5));
  return memory;
}

}  // namespace

Extent first_extent(const Options& options, Eigen::Index dimension) {
  const Selection selection(options, dimension);
  const auto components = static_cast<double>(options.model_initialization.num_initial_components);
  return extent_of(options, selection, {components, selection.most(components), components});
}

Extent last_extent(const Options& options, Eigen::Index dimension, std::int64_t iterations,
                   std::optional<std::int64_t> max_evaluations) {
  const double limit = most_samples(options, dimension, max_evaluations);
  const Selection selection(options, dimension);
  const Growth growth = grow(options, selection, std::max(1.0, static_cast<double>(iterations)), limit);
  Extent extent = extent_of(options, selection, growth);
  if (const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter))
    extent.candidates = std::min(adaptive->num_database_samples, extent.stored_samples) + adaptive->num_prior_samples;
  return extent;
}

std::int64_t last_iteration(const Options& options, Eigen::Index dimension, std::int64_t iterations,
                            std::optional<std::int64_t> max_evaluations) {
  const double limit = most_samples(options, dimension, max_evaluations);
  return limited(grow(options, Selection(options, dimension), static_cast<double>(iterations), limit).iterations);
}

std::int64_t smallest_batch(const Options& options, Eigen::Index dimension, std::int64_t components) {
  const Selection selection(options, dimension);
  const auto k = static_cast<double>(components);
  return limited(selection.reused(k) > 0.0 ? selection.least(k) : selection.most(k));
}

std::int64_t evaluations_per_sample(const Options& options, Eigen::Index dimension) {
  return needs_gradients(options) ? options.evaluation.finite_differences.evaluations(dimension) : 1;
}

bool needs_gradients(const Options& options) {
  return strategy::NaturalGradientEstimator<FullCovariance>::make(options.natural_gradient)->needs_gradients();
}

bool needs_outputs(const Options& options) {
  return strategy::NaturalGradientEstimator<FullCovariance>::make(options.natural_gradient)->needs_outputs();
}

bool uses_jacobians(const Options& options) {
  const auto* linear = std::get_if<GaussNewtonOptions>(&options.natural_gradient);
  return linear != nullptr && linear->use_jacobians;
}

Memory memory_per_rank(const Options& options, Eigen::Index dimension, int ranks, const Extent& extent) {
  return options.model_initialization.use_diagonal_covs ? memory<DiagonalCovariance>(options, dimension, ranks, extent)
                                                        : memory<FullCovariance>(options, dimension, ranks, extent);
}

Memory memory_of_ranks(const Memory& rank, int ranks_here, const Extent& extent) {
  Memory all = rank;
  for (double* part : {&all.mixture, &all.gaussians, &all.samples, &all.batch, &all.densities, &all.candidates})
    *part *= ranks_here;
  all.estimation *= static_cast<double>(std::min<std::int64_t>(ranks_here, extent.components));
  return all;
}

}  // namespace gmmvi::solver

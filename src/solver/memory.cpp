#include "solver/memory.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <variant>

#include "gmmvi/lanes.hpp"
#include "gmmvi/regression.hpp"

#include "core/overloaded.hpp"

namespace gmmvi::solver {
namespace {

constexpr double bytes = 8.0;    // of a number
constexpr double block = 256.0;  // samples per product of an estimator
constexpr double most = 1e15;    // samples that nobody lives to see

std::int64_t limited(double count) {
  return static_cast<std::int64_t>(std::min(count, most));
}

double desired(const Options& options) {
  return std::visit([](const auto& o) { return static_cast<double>(o.desired_samples_per_component); },
                    options.sample_selector);
}

double reused_per_component(const Options& options) {
  if (!options.use_sample_database) return 0.0;
  return std::visit(
      [](const auto& o) { return std::floor(o.ratio_reused_samples_to_desired * o.desired_samples_per_component); },
      options.sample_selector);
}

/// Samples that an iteration draws where it can reuse none.
double new_samples(const Options& options, double components) {
  const bool each = std::holds_alternative<ComponentBasedSelectionOptions>(options.sample_selector);
  return desired(options) * (each ? components : 1.0);
}

double database_limit(const Options& options) {
  return options.max_database_size ? static_cast<double>(*options.max_database_size) : most;
}

/// What has come together up to some iteration.
struct Growth {
  double components = 0, evaluations = 0, gaussians = 0;
};

// A stretch is a number of iterations with as many components: one for each that is added.
Growth grow(const Options& options, double iterations, double evaluations) {
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  Growth growth{.components = static_cast<double>(options.model_initialization.num_initial_components)};
  constexpr int longest = 1000000;
  for (int stretches = 0; iterations > 0.0 && growth.evaluations < evaluations && stretches < longest; ++stretches) {
    const bool grows = adaptive != nullptr && growth.components < adaptive->max_components;
    const double each = new_samples(options, growth.components);
    const double affordable = std::max(1.0, std::ceil((evaluations - growth.evaluations) / each));
    const double length = std::min({iterations, affordable, grows ? adaptive->add_iters : iterations});
    growth.evaluations += length * each;
    growth.gaussians += length * growth.components;
    iterations -= length;
    if (!grows || length < adaptive->add_iters) continue;
    growth.components += 1.0;
    growth.evaluations += static_cast<double>(adaptive->num_prior_samples);
  }
  return growth;
}

Extent extent_of(const Options& options, const Growth& growth) {
  const double drawn = new_samples(options, growth.components);
  const double stored = options.use_sample_database ? std::min(growth.evaluations, database_limit(options)) : drawn;
  const double reused = std::min(reused_per_component(options) * growth.components, growth.evaluations - drawn);
  const double gaussians = options.use_sample_database ? growth.gaussians : growth.components;
  return {.components = limited(growth.components),
          .active_samples = limited(drawn + std::max(0.0, reused)),
          .stored_samples = limited(std::max(stored, drawn)),
          .stored_gaussians = limited(std::min(gaussians, std::max(stored, drawn))),
          .candidates = 0};
}

double full_or_diagonal(const Options& options, double full, double diagonal) {
  return options.model_initialization.use_diagonal_covs ? diagonal : full;
}

}  // namespace

Extent first_extent(const Options& options) {
  const auto components = static_cast<double>(options.model_initialization.num_initial_components);
  return extent_of(options, {components, new_samples(options, components), components});
}

Extent last_extent(const Options& options, std::int64_t iterations, std::optional<std::int64_t> max_evaluations) {
  const double evaluations = max_evaluations ? static_cast<double>(*max_evaluations) : most;
  Extent extent = extent_of(options, grow(options, std::max(1.0, static_cast<double>(iterations)), evaluations));
  if (const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter))
    extent.candidates = std::min(adaptive->num_database_samples, extent.stored_samples) + adaptive->num_prior_samples;
  return extent;
}

bool needs_gradients(const Options& options) {
  return std::holds_alternative<SteinOptions>(options.natural_gradient);
}

std::int64_t regression_features(const Options& options, Eigen::Index dimension) {
  if (!std::holds_alternative<MoreOptions>(options.natural_gradient)) return 0;
  const bool diagonal = options.model_initialization.use_diagonal_covs;
  return feature_count(diagonal ? Features::squares : Features::quadratic, dimension);
}

Memory memory_per_rank(const Options& options, Eigen::Index dimension, int ranks, const Extent& extent) {
  const auto d = static_cast<double>(dimension), r = static_cast<double>(ranks);
  const auto k = static_cast<double>(extent.components), n = static_cast<double>(extent.active_samples);
  const double gradient = needs_gradients(options) ? d : 0.0;
  const double packed = d + full_or_diagonal(options, d * (d + 1.0) / 2.0, d);  // mean and Cholesky factor
  const double unpacked = d + full_or_diagonal(options, 2.0 * d * d, 2.0 * d);  // and its inverse
  const double features = static_cast<double>(regression_features(options, dimension));
  const double own_stored = std::ceil(static_cast<double>(extent.stored_samples) / r);

  Memory memory;
  memory.mixture = bytes * k * 2.0 * (unpacked + packed);
  memory.gaussians = bytes * static_cast<double>(extent.stored_gaussians) * packed;
  // sample, gradient, log density, index; and for every sample the number (half as long) of its Gaussian
  memory.samples = bytes * (own_stored * (d + gradient + 2.0) + 0.5 * static_cast<double>(extent.stored_samples));
  // sample, log density, gradient, as they come, in order, and apart
  memory.batch = bytes * n * 3.0 * (d + 1.0 + gradient);
  // own samples under all components and all samples under own ones, each as kept and as sent; whitened residuals of a
  // block of samples
  memory.densities = bytes * (2.0 * std::ceil(n / r) * k + 2.0 * n * std::ceil(k / r) + gradient * lanes * k);
  memory.estimation = features > 0.0 ? bytes * (2.0 * features * features + block * features + 2.0 * n * d)
                                     : bytes * (full_or_diagonal(options, d * d, d) + 2.0 * block * d);
  memory.candidates = bytes * std::ceil(static_cast<double>(extent.candidates) / r) * (d + gradient + 1.0 + k);
  return memory;
}

Memory memory_of_ranks(const Memory& rank, int ranks_here, const Extent& extent) {
  Memory all = rank;
  for (double* part : {&all.mixture, &all.gaussians, &all.samples, &all.batch, &all.densities, &all.candidates})
    *part *= ranks_here;
  all.estimation *= static_cast<double>(std::min<std::int64_t>(ranks_here, extent.components));
  return all;
}

}  // namespace gmmvi::solver

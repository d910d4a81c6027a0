#pragma once

#include <cstdint>
#include <optional>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

namespace gmmvi::solver {

/// Of the target, for a sample of an iteration.
std::int64_t evaluations_per_sample(const Options& options, Eigen::Index dimension);

/// The iteration that a run of so many iterations or, if there is a limit, evaluations ends at: an estimate, as
/// last_extent() is (solver/memory.hpp).
std::int64_t last_iteration(const Options& options, Eigen::Index dimension, std::int64_t iterations,
                            std::optional<std::int64_t> max_evaluations);

/// Samples of the smallest batch that an iteration with so many components can have: reused ones are as good as can be.
std::int64_t smallest_batch(const Options& options, Eigen::Index dimension, std::int64_t components);

}  // namespace gmmvi::solver

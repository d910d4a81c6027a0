#pragma once

#include <cstdint>
#include <optional>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

namespace gmmvi::solver {

/// How much a run has to keep at some point: what its memory depends on, beside the options.
struct Extent {
  std::int64_t components = 0;
  std::int64_t active_samples = 0;  ///< of an iteration: new and reused ones
  std::int64_t stored_samples = 0;  ///< in the database, on all ranks together
  std::int64_t stored_gaussians = 0;
  std::int64_t background_gaussians = 0;  ///< that reused samples came from
  std::int64_t candidates = 0;            ///< for the mean of a new component
  std::int64_t outputs = 0;               ///< that are kept of every sample
  friend bool operator==(const Extent&, const Extent&) = default;
};

/// In the first iteration. Reached for certain.
Extent first_extent(const Options& options, Eigen::Index dimension);
/// At the end of a run of so many iterations or, if there is a limit, evaluations. An estimate: no component is
/// deleted, and reused samples save as many new ones as if they were as good.
Extent last_extent(const Options& options, Eigen::Index dimension, std::int64_t iterations,
                   std::optional<std::int64_t> max_evaluations);

/// Bytes by what they are for, on the rank that needs most. The numbers that are stored are counted, not what
/// containers keep in reserve; the target's own memory is not among them.
struct Memory {
  double mixture = 0;     ///< on every rank, before and after the step, and on the wire
  double gaussians = 0;   ///< of the database, on every rank; those of reused samples twice, once ready for use
  double samples = 0;     ///< of the database, this rank's part
  double batch = 0;       ///< the active samples, on every rank
  double densities = 0;   ///< of the active samples under the components
  double estimation = 0;  ///< of one natural gradient, on ranks that own components
  double candidates = 0;  ///< for new components, this rank's part, and their densities

  double total() const { return mixture + gaussians + samples + batch + densities + estimation + candidates; }
};
Memory memory_per_rank(const Options& options, Eigen::Index dimension, int ranks, const Extent& extent);
/// Of `ranks_here` ranks like that together: without a component a rank estimates nothing.
Memory memory_of_ranks(const Memory& rank, int ranks_here, const Extent& extent);

/// Whether the target has to give gradients.
bool needs_gradients(const Options& options);
/// Whether it has to keep the outputs that its log densities are made from.
bool needs_outputs(const Options& options);
/// Whether it takes their Jacobians, where the target has them.
bool uses_jacobians(const Options& options);

}  // namespace gmmvi::solver

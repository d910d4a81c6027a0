#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/solver_state.hpp"

namespace gmmvi::io {

/// Where a run stood after an iteration: all but the samples, which are in its journals.
struct Checkpoint {
  SolverState solver;

  // what the runner counts
  double wall_seconds = 0.0;
  double algorithm_seconds = 0.0;
  double metrics_seconds = 0.0;
  std::int64_t metrics_evaluations = 0;
  double best_estimate = 0.0;       ///< of the ELBO so far
  std::int64_t best_iteration = 0;  ///< that had it; 0: none

  std::optional<std::string> fingerprint = {};  ///< as io::to_text() gives it; none: of a version without
};

/// A checkpoint as the content of a file: magic, format version, checksum, Boost archive. For machines of one type.
std::string to_bytes(const Checkpoint& checkpoint);
/// Throws Error (data) with what is wrong where `bytes` are not a whole checkpoint of this format, or the one before.
Checkpoint checkpoint_of(const std::string& bytes);

}  // namespace gmmvi::io

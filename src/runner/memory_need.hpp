#pragma once

#include <optional>
#include <string>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

#include "runner/machine.hpp"
#include "runner/options.hpp"
#include "solver/memory.hpp"

namespace gmmvi::runner {

/// The memory that a run needs, and the machine where it is scarcest.
struct MemoryNeed {
  Options options;
  Eigen::Index dimension;
  int ranks;  ///< on all machines
  Node node;
  solver::Extent first, last;  ///< in the first iteration, and at the end

  solver::Memory per_rank(const solver::Extent& extent) const;
  solver::Memory on_node(const solver::Extent& extent) const;
};
/// `outputs`: how many are kept of every sample.
MemoryNeed memory_need(const Options& options, Eigen::Index dimension, const RunOptions& run, int ranks, Node node,
                       Eigen::Index outputs = 0);

/// Throws Error (configuration) where the first iteration needs more memory than there is: by what, and what to do.
void require_memory(const MemoryNeed& need);
/// What to say where the run may need more than there is before it ends.
std::optional<std::string> memory_warning(const MemoryNeed& need);
/// By part, a rank and the machine, a line each.
std::string memory_table(const MemoryNeed& need);

/// 1.5e9 as "1.50 GB".
std::string bytes_text(double bytes);

}  // namespace gmmvi::runner

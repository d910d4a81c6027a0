#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"

#include "io/checkpoint.hpp"
#include "runner/checkpoints.hpp"
#include "runner/job_end.hpp"
#include "runner/observer.hpp"
#include "runner/options.hpp"
#include "runner/verdict.hpp"

namespace gmmvi::runner {

/// Options with the number of metrics samples that suits the target where none is given.
RunOptions resolved(RunOptions options, const Target& target);

/// Whether a run that stands here begins no further iteration, and why. Evaluations for metrics do not count.
std::optional<StopReason> stop_reason(const RunOptions& options, std::int64_t iterations, std::int64_t evaluations,
                                      double wall_seconds);

struct RunResult {
  StopReason reason;
  Progress end;  ///< its seconds are this rank's
};

/// How a run goes on from an earlier job's, and is kept for a later one.
struct RunKeeping {
  JobEnd job_end;                              ///< of this rank
  Checkpoints* checkpoints = nullptr;          ///< where they are written; none: nowhere
  std::optional<io::Checkpoint> resumed = {};  ///< that the solver was restored from
  RecentHistory recent = {};                   ///< rank 0's, of the iterations up to it
  bool gradients_are_outside = false;          ///< as a verdict has to know (VerdictFacts)
  std::function<void()> keep_outputs = {};     ///< called after a complete run has finished; collective
};

/// Iterates until `options` say stop, and measures the ELBO after every block of iterations and at the end if they give
/// a number of samples; if not, at the end from the evaluations that were made. Then judges the result. `observers`
/// (rank 0's; others give none) hear of it, and what `fit_metrics` (rank 0's) say. Rank 0's clock decides on the run's
/// limits, any rank on the job's end. Collective.
RunResult run(Gmmvi& gmmvi, const RunOptions& options, const Communicator& ranks,
              const std::vector<Observer*>& observers = {}, const FitMetrics* fit_metrics = nullptr,
              const std::optional<RunKeeping>& keeping = {});

}  // namespace gmmvi::runner

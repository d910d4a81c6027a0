#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/gmmvi.hpp"

#include "io/verdict.hpp"
#include "runner/evaluation_times.hpp"
#include "runner/fit_metrics.hpp"

namespace gmmvi::runner {

enum class StopReason {
  iterations,
  max_evaluations,
  max_seconds,
  patience,
  suspended,   ///< by a signal or a limit of the job: to be resumed
  interrupted  ///< by a signal that leaves little time
};

/// Whether the run itself came to its end.
inline bool is_complete(StopReason reason) {
  return reason != StopReason::suspended && reason != StopReason::interrupted;
}

/// Where a run stands.
struct Progress {
  IterationReport report;                 ///< of the last iteration; iteration 0 before the first
  bool end_of_block = false;              ///< log_metrics_interval iterations are done, or all
  std::optional<ElboEstimate> elbo;       ///< of the mixture as it is now, where it was measured
  std::optional<FitMetrics::Values> fit;  ///< beside the ELBO, where they were measured
  std::int64_t metrics_evaluations = 0;   ///< of the target for metrics alone, since the start
  double wall_seconds = 0.0;              ///< since the start
  double algorithm_seconds = 0.0;         ///< inside iterations alone
  double metrics_seconds = 0.0;           ///< measuring
  int ranks = 1;
  RankSeconds job_seconds;  ///< of all ranks, since this job began
  EvaluationTimes job_evaluations;
  std::optional<std::int64_t> checkpoint;  ///< iteration of the newest, if there is one
  std::optional<double> job_seconds_left;  ///< until a limit of the job stops it, if there is one
  std::optional<io::Verdict> verdict;      ///< at the end
};

/// Who is told how a run goes: its folder, the screen. Lives on rank 0. May throw Error, which then ends the run.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const Progress& progress, const AnyMixture& mixture) = 0;
  /// After every iteration.
  virtual void iterated(const Progress& progress, const AnyMixture& mixture) = 0;
  /// After a checkpoint was written.
  virtual void kept(const Progress& /*progress*/) {}
  virtual void finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) = 0;
  /// Instead of finished(), where an exception ends the run.
  virtual void failed(const std::string& reason) = 0;
};

}  // namespace gmmvi::runner

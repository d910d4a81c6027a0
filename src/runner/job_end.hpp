#pragma once

#include <chrono>
#include <optional>

#include "runner/observer.hpp"
#include "runner/options.hpp"

namespace gmmvi::runner {

/// Whether this job is to stop though its run has not come to its end: a signal asked for it (interruption()), or its
/// time is over, as run.max_wall_time or SLURM (SLURM_JOB_END_TIME) says.
class JobEnd {
 public:
  using Clock = std::chrono::system_clock;

  /// Of a job that begins now.
  explicit JobEnd(const RunOptions& options, Clock::time_point begin = Clock::now());

  /// Why, if it is: suspended or interrupted.
  std::optional<StopReason> reason() const;
  /// The seconds that running evaluations then have. For EvaluationHost::stop_requested.
  std::optional<double> seconds_left() const;
  /// Seconds until no new evaluation begins, if the job's time has an end.
  std::optional<double> seconds_to_go() const;

 private:
  double grace_;
  std::optional<Clock::time_point> deadline_;
};

}  // namespace gmmvi::runner

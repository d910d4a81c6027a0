#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace gmmvi::runner {

/// When a run ends (whichever comes first), and what it measures on the way.
struct RunOptions {
  std::int64_t iterations = 1000;                    ///< >= 0
  std::optional<std::int64_t> max_evaluations = {};  ///< >= 1; no iteration starts at or above it
  std::optional<double> max_seconds = {};            ///< > 0; wall-clock seconds, of all jobs of the run together
  std::optional<double> max_wall_time = {};          ///< > 0; wall-clock seconds of one job, to be resumed by another
  double grace = 30.0;                               ///< >= 0; seconds for running evaluations where a job is to stop
  std::optional<std::int64_t> patience = {};         ///< >= 1; iterations without a greater ELBO estimate
  std::int64_t log_metrics_interval = 100;           ///< >= 1; iterations between metrics with fresh samples
  std::optional<std::int64_t> metrics_samples = {};  ///< >= 0; absent: 10,000 for cheap targets, none for others
};

/// The distance from samples of the true distribution.
struct MmdOptions {
  double alpha = 20.0;  ///< > 0; multiplies the width of the kernel
  std::string samples;  ///< path of the ground truth; empty: there is none
};

/// What is kept for a run to go on later, from where it ended.
struct KeepOptions {
  enum class Journal {
    automatic,  ///< on, unless the target is cheap
    on,
    off
  };
  Journal journal = Journal::automatic;                    ///< of finished evaluations, on every rank
  std::optional<std::int64_t> checkpoint_iterations = {};  ///< >= 1; from one checkpoint to the next
  std::optional<double> checkpoint_minutes = 10.0;         ///< > 0; likewise, whichever comes first
};

struct OutputOptions {
  enum class KeepOutputs {
    automatic,  ///< while they take less than a gigabyte of memory
    yes,
    no
  };
  std::string directory;  ///< empty: runs/<config>-<codename>[-<preset>]-seed<seed>[-n], the first that is free
  /// Where models of iterations go, a path within the run's folder or an absolute one; empty: nowhere.
  std::string models = {};
  KeepOutputs keep_outputs = KeepOutputs::automatic;  ///< of simulators, with their evaluations
};

}  // namespace gmmvi::runner

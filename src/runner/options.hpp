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
  std::optional<double> max_seconds = {};            ///< > 0; wall-clock seconds
  std::optional<std::int64_t> patience = {};         ///< >= 1; iterations without a greater ELBO estimate
  std::int64_t log_metrics_interval = 100;           ///< >= 1; iterations between metrics with fresh samples
  std::optional<std::int64_t> metrics_samples = {};  ///< >= 0; absent: 10,000 for cheap targets, none for others
};

/// The distance from samples of the true distribution.
struct MmdOptions {
  double alpha = 20.0;  ///< > 0; multiplies the width of the kernel
  std::string samples;  ///< path of the ground truth; empty: there is none
};

struct OutputOptions {
  std::string directory;  ///< empty: runs/<name of the config>-<codename>-seed<seed>[-n], the first that is free
  /// Where models of iterations go, a path within the run's folder or an absolute one; empty: nowhere.
  std::string models = {};
};

}  // namespace gmmvi::runner

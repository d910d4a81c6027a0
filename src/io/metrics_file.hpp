#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/gmmvi.hpp"

#include "core/distribution.hpp"

namespace gmmvi::io {

/// How far the moments of a mixture are from those that the target is known to have: of all parameters the largest.
struct MomentErrors {
  double worst_mean = 0.0;    ///< |mean − mean of the target|, in the target's standard deviations
  double worst_log_sd = 0.0;  ///< |log(standard deviation / that of the target)|
};

/// What metrics.jsonl says of one iteration. Numbers that JSON does not know (−∞, NaN) are written as null.
struct MetricsLine {
  IterationReport report;
  double wall_seconds = 0.0;             ///< since the start of the run
  double algorithm_seconds = 0.0;        ///< spent in iterations alone
  std::int64_t metrics_evaluations = 0;  ///< of the target for metrics alone, since the start
  double metrics_seconds = 0.0;          ///< spent on metrics
  int ranks = 1;
  std::optional<core::Distribution> evaluation_seconds = {};  ///< of a group of samples in this iteration
  std::optional<ElboEstimate> elbo;                           ///< where fresh samples were drawn after this iteration
  std::vector<TargetMetric> target_metrics = {};              ///< of the target's own
  std::optional<double> mmd = {};            ///< squared maximum mean discrepancy from the ground truth
  std::optional<MomentErrors> moments = {};  ///< where the target knows its moments
  /// The components and their weights, where they are to be written.
  struct Weights {
    std::vector<std::uint64_t> ids;
    Eigen::VectorXd weights;
  };
  std::optional<Weights> weights = {};
};

/// metrics.jsonl: one JSON object per line and iteration, each on the disk as soon as it is there.
class MetricsFile {
 public:
  /// Throws Error (cannot_create), as append() does.
  explicit MetricsFile(std::string path);
  /// Goes on with the file at `path`, if it is there, after the line of `iteration`: later ones are dropped, and one
  /// that is not whole.
  static MetricsFile continued(std::string path, std::int64_t iteration);
  void append(const MetricsLine& line);

 private:
  MetricsFile(std::string path, const char* mode);
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace gmmvi::io

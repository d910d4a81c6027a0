#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::io {

/// What metrics.jsonl says of one iteration. Numbers that JSON does not know (−∞, NaN) are written as null.
struct MetricsLine {
  IterationReport report;
  double wall_seconds = 0.0;             ///< since the start of the run
  double algorithm_seconds = 0.0;        ///< spent in iterations alone
  std::int64_t metrics_evaluations = 0;  ///< of the target for metrics alone, since the start
  std::optional<ElboEstimate> elbo;      ///< where fresh samples were drawn after this iteration
};

/// metrics.jsonl: one JSON object per line and iteration, each on the disk as soon as it is there.
class MetricsFile {
 public:
  /// Throws Error (cannot_create), as append() does.
  explicit MetricsFile(std::string path);
  void append(const MetricsLine& line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace gmmvi::io

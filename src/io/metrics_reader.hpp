#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "io/metrics_file.hpp"

namespace gmmvi::io {

/// A line of metrics.jsonl as it is read; what the line does not say is zero or absent.
struct MetricsRecord {
  MetricsLine line;
  std::vector<std::uint64_t> component_ids;      ///< [K], or empty
  std::vector<double> weights;                   ///< [K], or empty
  std::map<std::string, double> metrics;         ///< `entropy`, `mmd` and the like, where they were measured
  std::map<std::string, double> target_metrics;  ///< what the target itself measured
};

/// Calls `visit` with every line of the file at `path`, in order; lines are not kept. A last line without an end is
/// left out unless it is whole: a run that was killed, or is still writing. Throws Error (data) with file and line for
/// any other line that is no JSON object with an `iteration`, or has a value of another type.
void for_each_metrics_line(const std::string& path, const std::function<void(const MetricsRecord&)>& visit);

}  // namespace gmmvi::io

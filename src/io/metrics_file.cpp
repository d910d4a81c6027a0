#include "io/metrics_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/log.hpp"
#include "io/atomic_file.hpp"
#include "io/json.hpp"
#include "io/json_number.hpp"
#include "io/json_seconds.hpp"
#include "io/verdict_json.hpp"

namespace gmmvi::io {
namespace {

[[noreturn]] void cannot_write(const std::string& path) {
  throw Error(fmt::format("Cannot write {}: {}.", path, std::strerror(errno)), ExitCode::cannot_create);
}

Json to_json(const MetricsLine& line) {
  const IterationReport& report = line.report;
  Json json = {{"iteration", report.iteration},
               {"wall_seconds", line.wall_seconds},
               {"algorithm_seconds", line.algorithm_seconds},
               {"metrics_seconds", line.metrics_seconds},
               {"evaluations", report.evaluations},
               {"evaluations_begun", report.begun},
               {"metrics_evaluations", line.metrics_evaluations},
               {"failures", report.failures},
               {"components", report.components},
               {"new_samples", report.new_samples},
               {"reused_samples", report.reused_samples},
               {"refused_updates", report.refused_updates},
               {"samples_without_outputs", report.without_outputs},
               {"fraction_outside", report.fraction_outside},
               {"batch_was_usable", report.batch_was_usable},
               {"elbo_estimate", number_or_null(report.elbo_estimate)},
               {"ranks", line.ranks},
               {"seconds", by_part(report.seconds)},
               {"utilization", number_or_null(report.seconds.utilization())},
               {"evaluation_seconds", distribution_or_null(line.evaluation_seconds)}};
  if (line.elbo) add_elbo(json, *line.elbo);
  if (line.mmd) json["mmd"] = number_or_null(line.mmd);
  if (line.moments) {
    json["worst_mean_error"] = number_or_null(line.moments->worst_mean);
    json["worst_log_sd_error"] = number_or_null(line.moments->worst_log_sd);
  }
  for (const TargetMetric& metric : line.target_metrics)
    json["target_metrics"][metric.name] = number_or_null(metric.value);
  if (line.weights) {
    json["component_ids"] = line.weights->ids;
    json["weights"] = std::vector<double>(line.weights->weights.begin(), line.weights->weights.end());
  }
  return json;
}

}  // namespace

MetricsFile::MetricsFile(std::string path, const char* mode)
    : path_(std::move(path)), file_(std::fopen(path_.c_str(), mode)) {
  if (!file_) cannot_write(path_);
}

MetricsFile::MetricsFile(std::string path) : MetricsFile(std::move(path), "we") {}

MetricsFile MetricsFile::continued(std::string path, std::int64_t iteration) {
  std::string kept;
  std::int64_t damaged = 0;
  std::ifstream before(path);
  for (std::string line; std::getline(before, line) && !before.eof();) {
    const auto json = json_or_discarded(line);
    const auto number =
        json.is_object() && json.contains("iteration") ? whole_number<std::int64_t>(json["iteration"]) : std::nullopt;
    if (!number) {
      ++damaged;
      continue;
    }
    if (*number > iteration) break;
    kept += line + '\n';
  }
  if (before.bad()) throw Error(fmt::format("Cannot read {}: {}.", path, std::strerror(errno)), ExitCode::data);
  if (damaged > 0)
    core::log().warn("warning: {} {} of {} {} damaged, and {} left out; the iterations go on all the same", damaged,
                     damaged == 1 ? "line" : "lines", path, damaged == 1 ? "is" : "are", damaged == 1 ? "is" : "are");
  write_atomically(path, kept);
  return {std::move(path), "ae"};
}

void MetricsFile::append(const MetricsLine& line) {
  const std::string text = text_of(to_json(line)) + '\n';
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
    cannot_write(path_);
  }
}

}  // namespace gmmvi::io

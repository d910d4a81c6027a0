#include "io/metrics_reader.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/json.hpp"
#include "io/json_number.hpp"
#include "io/verdict_json.hpp"

namespace gmmvi::io {
namespace {

constexpr const char* optional_metrics[] = {
    "entropy",          "mean_log_density",   "log_evidence", "importance_effective_sample_size", "pareto_k", "mmd",
    "worst_mean_error", "worst_log_sd_error", "modes_found"};

/// Null (−∞, NaN) counts as absent.
const Json* find(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

RankSeconds seconds_of(const Json& line) {
  RankSeconds seconds;
  if (const Json* parts = find(line, "seconds"))
    for (const RankSecondsPart& part : rank_seconds_parts) seconds.*part.seconds = value_or(*parts, part.name, 0.0);
  return seconds;
}

IterationReport report_of(const Json& line) {
  IterationReport report;
  report.iteration = value_of<std::int64_t>(line.at("iteration"), "iteration");
  report.evaluations = value_or<std::int64_t>(line, "evaluations", 0);
  report.begun = value_or<std::int64_t>(line, "evaluations_begun", report.evaluations);
  report.failures = value_or<std::int64_t>(line, "failures", 0);
  report.components = value_or<std::int64_t>(line, "components", 0);
  if (const Json* estimate = find(line, "elbo_estimate")) report.elbo_estimate = estimate->get<double>();
  report.fraction_outside = value_or(line, "fraction_outside", 0.0);
  report.refused_updates = value_or<std::int64_t>(line, "refused_updates", 0);
  report.without_outputs = value_or<std::int64_t>(line, "samples_without_outputs", 0);
  report.batch_was_usable = value_or(line, "batch_was_usable", true);
  report.seconds = seconds_of(line);
  return report;
}

std::map<std::string, double> metrics_of(const Json& line) {
  std::map<std::string, double> metrics;
  for (const char* key : optional_metrics)
    if (const Json* value = find(line, key)) metrics[key] = value->get<double>();
  return metrics;
}

std::map<std::string, double> target_metrics_of(const Json& line) {
  std::map<std::string, double> metrics;
  const Json* all = find(line, "target_metrics");
  if (!all) return metrics;
  for (const auto& [name, value] : all->items())
    if (!value.is_null()) metrics[name] = value.get<double>();
  return metrics;
}

std::vector<std::uint64_t> component_ids_of(const Json& line) {
  constexpr const char* key = "component_ids";
  std::vector<std::uint64_t> ids;
  if (const Json* values = find(line, key))
    for (const Json& id : *values) ids.push_back(value_of<std::uint64_t>(id, key));
  return ids;
}

MetricsRecord record_of(const Json& line) {
  MetricsRecord record{.line = {.report = report_of(line),
                                .wall_seconds = value_or(line, "wall_seconds", 0.0),
                                .algorithm_seconds = value_or(line, "algorithm_seconds", 0.0),
                                .metrics_evaluations = value_or<std::int64_t>(line, "metrics_evaluations", 0),
                                .ranks = value_or(line, "ranks", 1),
                                .elbo = elbo_of(line)},
                       .component_ids = component_ids_of(line),
                       .weights = value_or<std::vector<double>>(line, "weights", {}),
                       .metrics = metrics_of(line),
                       .target_metrics = target_metrics_of(line)};
  if (record.weights.size() != record.component_ids.size())
    throw Error("`weights` and `component_ids` are not of one length");
  return record;
}

MetricsRecord parsed(const std::string& text, const std::string& place) {
  try {
    return record_of(parse_json(text));
  } catch (const std::exception& error) {
    throw Error(fmt::format("{}: this is no line of metrics ({}). Remove it, and read again.", place, error.what()),
                ExitCode::data);
  }
}

}  // namespace

void for_each_metrics_line(const std::string& path, const std::function<void(const MetricsRecord&)>& visit) {
  std::ifstream file(path);
  if (!file) throw Error(fmt::format("Cannot read {}. Check that it exists and may be read.", path), ExitCode::data);
  std::string text;
  for (std::int64_t number = 1; std::getline(file, text); ++number) {
    const bool torn = file.eof() && !Json::accept(text);
    if (!torn) visit(parsed(text, fmt::format("{}:{}", path, number)));
  }
  if (file.bad()) throw Error(fmt::format("Cannot read all of {}: {}.", path, std::strerror(errno)), ExitCode::data);
}

}  // namespace gmmvi::io

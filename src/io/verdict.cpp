#include "io/verdict.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gmmvi/error.hpp"

#include "io/json_number.hpp"
#include "io/verdict_json.hpp"

namespace gmmvi::io {
namespace {

using Severity = Finding::Severity;

struct RealPart {
  const char* key;
  double RecentIterations::*value;
};
struct CountPart {
  const char* key;
  std::int64_t RecentIterations::*value;
};
constexpr std::array real_parts = {
    RealPart{"gain", &RecentIterations::gain}, RealPart{"recent_gain", &RecentIterations::recent_gain},
    RealPart{"noise", &RecentIterations::noise}, RealPart{"correlation", &RecentIterations::correlation},
    RealPart{"fraction_outside", &RecentIterations::fraction_outside}};
constexpr std::array count_parts = {CountPart{"iterations", &RecentIterations::iterations},
                                    CountPart{"evaluations", &RecentIterations::evaluations},
                                    CountPart{"estimates", &RecentIterations::estimates},
                                    CountPart{"unusable_batches", &RecentIterations::unusable_batches},
                                    CountPart{"updates", &RecentIterations::updates},
                                    CountPart{"refused_updates", &RecentIterations::refused_updates}};

constexpr std::array severities = {Severity::fine, Severity::care, Severity::bad};
constexpr const char* recycled = "recycled";

std::int64_t count_or_zero(const Json& json, const char* key) {
  return value_or<std::int64_t>(json, key, 0);
}

std::optional<double> number(const Json& json, const char* key) {
  const double value = value_or(json, key, std::nan(""));
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

Severity severity_named(const std::string& name) {
  for (const Severity severity : severities)
    if (name == name_of(severity)) return severity;
  throw Error("`severity` is " + name);
}

}  // namespace

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::fine:
      return "fine";
    case Severity::care:
      return "care";
    case Severity::bad:
      return "bad";
  }
  return "";
}

Severity Verdict::severity() const {
  Severity worst = Severity::fine;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

std::string Verdict::word() const {
  switch (severity()) {
    case Severity::fine:
      return "good";
    case Severity::care:
      return "usable with care";
    case Severity::bad:
      return "not to be trusted";
  }
  return "";
}

void add_elbo(Json& json, const ElboEstimate& elbo) {
  json["elbo"] = number_or_null(elbo.value);
  json["elbo_standard_error"] = number_or_null(elbo.standard_error);
  json["elbo_source"] = elbo.source == ElboEstimate::Source::fresh ? "fresh" : recycled;
  json["temperature"] = elbo.temperature;
  json["metrics_samples"] = elbo.samples;
  json["metrics_samples_outside"] = elbo.outside;
  json["metrics_samples_failed"] = elbo.failures;
  json["share_outside"] = number_or_null(elbo.share_outside);
  json["elbo_effective_sample_size"] = number_or_null(elbo.elbo_effective_sample_size);
  json["entropy"] = number_or_null(elbo.entropy);
  json["mean_log_density"] = number_or_null(elbo.mean_log_density);
  json["log_evidence"] = number_or_null(elbo.log_evidence);
  json["log_evidence_standard_error"] = number_or_null(elbo.log_evidence_standard_error);
  json["importance_effective_sample_size"] = number_or_null(elbo.effective_sample_size);
  json["pareto_k"] = number_or_null(elbo.pareto_k);
  json["importance_mean_shift"] = number_or_null(elbo.mean_shift);
  json["importance_least_deviation"] = number_or_null(elbo.least_deviation);
  json["importance_largest_deviation"] = number_or_null(elbo.largest_deviation);
}

std::optional<ElboEstimate> elbo_of(const Json& json) {
  const auto value = number(json, "elbo");
  if (!value) return std::nullopt;
  const double none = std::nan("");
  const auto source = json.find("elbo_source");
  return ElboEstimate{.source = source != json.end() && *source == recycled ? ElboEstimate::Source::recycled
                                                                            : ElboEstimate::Source::fresh,
                      .value = *value,
                      .standard_error = value_or(json, "elbo_standard_error", none),
                      .temperature = value_or(json, "temperature", 1.0),
                      .samples = count_or_zero(json, "metrics_samples"),
                      .outside = count_or_zero(json, "metrics_samples_outside"),
                      .failures = count_or_zero(json, "metrics_samples_failed"),
                      .share_outside = value_or(json, "share_outside", 0.0),
                      .elbo_effective_sample_size = value_or(json, "elbo_effective_sample_size", none),
                      .entropy = value_or(json, "entropy", none),
                      .mean_log_density = value_or(json, "mean_log_density", none),
                      .log_evidence = value_or(json, "log_evidence", none),
                      .log_evidence_standard_error = value_or(json, "log_evidence_standard_error", none),
                      .effective_sample_size = value_or(json, "importance_effective_sample_size", none),
                      .pareto_k = value_or(json, "pareto_k", std::numeric_limits<double>::infinity()),
                      .mean_shift = value_or(json, "importance_mean_shift", none),
                      .least_deviation = value_or(json, "importance_least_deviation", none),
                      .largest_deviation = value_or(json, "importance_largest_deviation", none)};
}

Json verdict_json(const Verdict& verdict) {
  Json json = {{"word", verdict.word()}, {"findings", Json::array()}};
  for (const Finding& finding : verdict.findings)
    json["findings"].push_back(
        {{"about", finding.about}, {"severity", name_of(finding.severity)}, {"text", finding.text}});
  auto& recent = json["recent"];
  for (const CountPart& part : count_parts) recent[part.key] = verdict.recent.*part.value;
  for (const RealPart& part : real_parts) recent[part.key] = number_or_null(verdict.recent.*part.value);
  json["modes_found"] = number_or_null(verdict.modes_found);
  json["modes"] = number_or_null(verdict.modes);
  return json;
}

Verdict verdict_of(const Json& json) {
  Verdict verdict;
  for (const auto& finding : json.at("findings"))
    verdict.findings.push_back({.severity = severity_named(finding.at("severity").get<std::string>()),
                                .about = finding.at("about").get<std::string>(),
                                .text = finding.at("text").get<std::string>()});
  if (const auto recent = json.find("recent"); recent != json.end()) {
    for (const CountPart& part : count_parts) verdict.recent.*part.value = count_or_zero(*recent, part.key);
    for (const RealPart& part : real_parts) verdict.recent.*part.value = value_or(*recent, part.key, 0.0);
  }
  verdict.modes_found = number(json, "modes_found");
  verdict.modes = number(json, "modes");
  return verdict;
}

}  // namespace gmmvi::io

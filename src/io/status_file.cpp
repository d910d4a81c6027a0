#include "io/status_file.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"
#include "io/atomic_file.hpp"
#include "io/json.hpp"
#include "io/json_number.hpp"
#include "io/json_seconds.hpp"
#include "io/timestamp.hpp"
#include "io/verdict_json.hpp"

namespace gmmvi::io {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const Status& status) {
  Json json = {{"state", name_of(status.state)},
               {"reason", text_or_null(status.reason)},
               {"stopped_by", text_or_null(status.stopped_by)},
               {"target", text_or_null(status.target)},
               {"iteration", status.iteration},
               {"checkpoint", status.checkpoint ? Json(*status.checkpoint) : Json(nullptr)},
               {"evaluations", status.evaluations},
               {"evaluations_begun", status.evaluations_begun},
               {"metrics_evaluations", status.metrics_evaluations},
               {"failures", status.failures},
               {"components", status.components}};
  json["elbo_estimate"] = number_or_null(status.elbo_estimate);
  for (const char* key : {"elbo", "elbo_standard_error"}) json[key] = nullptr;
  json["metrics_samples"] = 0;
  if (status.elbo) add_elbo(json, *status.elbo);
  json["verdict"] = status.verdict ? verdict_json(*status.verdict) : Json(nullptr);
  json["wall_seconds"] = status.wall_seconds;
  json["algorithm_seconds"] = status.algorithm_seconds;
  json["job"] = {{"seconds", by_part(status.seconds)},
                 {"utilization", number_or_null(status.seconds.utilization())},
                 {"evaluation_seconds", distribution_or_null(status.evaluation_seconds)}};
  json["model_hash"] = text_or_null(status.model_hash);
  json["fingerprint"] = text_or_null(status.fingerprint);
  json["simulator_changed"] = status.simulator_changed ? Json(*status.simulator_changed) : Json(nullptr);
  json["time"] = timestamp();
  json["host"] = host_name();
  json["pid"] = ::getpid();
  json["ranks"] = status.ranks;
  json["version"] = status.version;
  return json;
}

std::string to_text(const Status& status) {
  // Reasons quote what targets and files said, which need not be UTF-8.
  return text_of(to_json(status), 2) + '\n';
}

Status::State state_named(const std::string& name) {
  for (const auto state :
       {Status::State::running, Status::State::finished, Status::State::interrupted, Status::State::failed})
    if (name == name_of(state)) return state;
  throw Error("`state` is " + name);
}

std::optional<std::int64_t> optional_integer(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? std::nullopt : std::optional(value_of<std::int64_t>(*found, key));
}

std::optional<double> optional_number(const Json& json, const char* key) {
  const double value = value_or(json, key, std::nan(""));
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::optional<Verdict> verdict_in(const Json& json) {
  const auto found = json.find("verdict");
  return found == json.end() || found->is_null() ? std::nullopt : std::optional(verdict_of(*found));
}

Status from_json(const Json& json) {
  constexpr std::int64_t none = 0;
  return {.state = state_named(json.at("state")),
          .reason = value_or(json, "reason", std::string()),
          .stopped_by = value_or(json, "stopped_by", std::string()),
          .target = value_or(json, "target", std::string()),
          .version = value_or(json, "version", std::string()),
          .fingerprint = value_or(json, "fingerprint", std::string()),
          .simulator_changed = optional_integer(json, "simulator_changed"),
          .ranks = value_or(json, "ranks", 0),
          .iteration = value_or(json, "iteration", none),
          .checkpoint = optional_integer(json, "checkpoint"),
          .evaluations = value_or(json, "evaluations", none),
          .evaluations_begun = value_or(json, "evaluations_begun", value_or(json, "evaluations", none)),
          .metrics_evaluations = value_or(json, "metrics_evaluations", none),
          .failures = value_or(json, "failures", none),
          .components = value_or(json, "components", none),
          .elbo_estimate = optional_number(json, "elbo_estimate"),
          .elbo = elbo_of(json),
          .verdict = verdict_in(json),
          .wall_seconds = value_or(json, "wall_seconds", 0.0),
          .algorithm_seconds = value_or(json, "algorithm_seconds", 0.0),
          .seconds = {},  // of the job and its evaluations: for people
          .evaluation_seconds = {},
          .model_hash = value_or(json, "model_hash", std::string())};
}

/// All else in the file stays.
void revise(const std::string& path, const std::function<void(Json&)>& change) {
  Json json;
  try {
    json = parse_json(core::read_text(path));
    change(json);
  } catch (const nlohmann::json::exception& error) {
    throw Error(fmt::format("{} is no status of a run: {}.", path, error.what()), ExitCode::data);
  }
  write_atomically(path, text_of(json, 2) + '\n');
}

}  // namespace

const char* name_of(Status::State state) {
  switch (state) {
    case Status::State::running:
      return "running";
    case Status::State::finished:
      return "finished";
    case Status::State::interrupted:
      return "interrupted";
    case Status::State::failed:
      return "failed";
  }
  return "";
}

void write_status(const std::string& path, const Status& status, core::Flush flush) {
  write_atomically(path, to_text(status), flush);
}

bool overwrite_status(const std::string& path, const Status& status) {
  const std::string text = to_text(status);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);  // as it is, not emptied
  file << text;
  file.close();
  std::error_code error;
  if (file) std::filesystem::resize_file(path, text.size(), error);
  return file && !error;
}

void revise_status(const std::string& path, const ElboEstimate& elbo, const Verdict& verdict) {
  revise(path, [&](Json& json) {
    add_elbo(json, elbo);
    json["verdict"] = verdict_json(verdict);
  });
}

void note_changed_simulator(const std::string& path, std::int64_t iteration) {
  revise(path, [&](Json& json) { json["simulator_changed"] = iteration; });
}

DatedStatus read_status(const std::string& path) {
  const std::string text = core::read_text(path);
  try {
    const Json json = parse_json(text);
    return {from_json(json), value_or(json, "time", std::string())};
  } catch (const std::exception& error) {
    throw Error(fmt::format("{} is no status of a run: {}.", path, error.what()), ExitCode::data);
  }
}

}  // namespace gmmvi::io

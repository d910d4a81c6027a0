#include "io/status_file.hpp"

#include <array>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "io/atomic_file.hpp"
#include "io/json_number.hpp"
#include "io/timestamp.hpp"

namespace gmmvi::io {
namespace {

using Json = nlohmann::ordered_json;

const char* name_of(Status::State state) {
  switch (state) {
    case Status::State::running:
      return "running";
    case Status::State::finished:
      return "finished";
    case Status::State::failed:
      return "failed";
  }
  return "";
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

void add_elbo(Json& json, const Status& status) {
  using Number = std::optional<double>;
  json["elbo_estimate"] = number_or_null(status.elbo_estimate);
  json["elbo"] = number_or_null(status.elbo ? Number(status.elbo->value) : std::nullopt);
  json["elbo_standard_error"] = number_or_null(status.elbo ? Number(status.elbo->standard_error) : std::nullopt);
  json["metrics_samples"] = status.elbo ? status.elbo->samples : 0;
}

Json to_json(const Status& status) {
  Json json = {{"state", name_of(status.state)},
               {"reason", text_or_null(status.reason)},
               {"iteration", status.iteration},
               {"evaluations", status.evaluations},
               {"metrics_evaluations", status.metrics_evaluations},
               {"failures", status.failures},
               {"components", status.components}};
  add_elbo(json, status);
  json["wall_seconds"] = status.wall_seconds;
  json["algorithm_seconds"] = status.algorithm_seconds;
  json["model_hash"] = text_or_null(status.model_hash);
  json["time"] = timestamp();
  json["host"] = host_name();
  json["pid"] = ::getpid();
  json["version"] = status.version;
  return json;
}

}  // namespace

void write_status(const std::string& path, const Status& status) {
  // Reasons quote what targets and files said, which need not be UTF-8.
  constexpr auto replace = Json::error_handler_t::replace;
  write_atomically(path, to_json(status).dump(2, ' ', false, replace) + '\n');
}

}  // namespace gmmvi::io

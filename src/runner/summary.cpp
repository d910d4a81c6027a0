#include "runner/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "io/json.hpp"
#include "io/json_number.hpp"
#include "io/model_hash.hpp"
#include "io/verdict_json.hpp"
#include "model/parameter_summary.hpp"
#include "runner/columns.hpp"
#include "runner/text.hpp"
#include "runner/verdict.hpp"

namespace gmmvi::runner {
namespace {

using io::Json;

constexpr auto& probabilities = model::summary_probabilities;

struct Parameter : model::ParameterSummary {
  std::string name;
};

struct Component {
  std::uint64_t id;
  double weight;
};

struct Numbers {
  const char* covariance_shape;
  std::vector<Parameter> parameters;
  std::vector<Component> components;  // the heaviest first
};

std::vector<Parameter> parameters_of(const io::Model& model) {
  const auto count = static_cast<Eigen::Index>(model.parameter_names.size());
  std::vector<Parameter> parameters;
  for (const model::ParameterSummary& summary : model::parameter_summaries(model.mixture, count, model.transforms))
    parameters.push_back({summary, model.parameter_names[parameters.size()]});
  return parameters;
}

template <class Covariance>
std::vector<Component> components_of(const Mixture<Covariance>& mixture) {
  const Eigen::VectorXd weights = mixture.weights();
  std::vector<Component> components;
  for (Eigen::Index k = 0; k < mixture.size(); ++k)
    components.push_back({mixture.components()[static_cast<std::size_t>(k)].id, weights[k]});
  std::ranges::stable_sort(components, std::ranges::greater(), &Component::weight);
  return components;
}

Numbers numbers_of(const io::Model& model) {
  return std::visit(
      [&]<class Covariance>(const Mixture<Covariance>& mixture) -> Numbers {
        return {Covariance::name, parameters_of(model), components_of(mixture)};
      },
      model.mixture);
}

// ---- for people

/// The newest ELBO that there is of the model.
std::optional<ElboEstimate> elbo_of(const io::Model& model, const std::optional<io::Status>& status) {
  const bool ended = status && status->state != io::Status::State::running;  // else it may be of an earlier mixture
  return ended && status->elbo ? status->elbo : model.attributes.elbo;
}

Progress progress_of(const io::Model& model, const std::optional<io::Status>& status) {
  Progress progress;
  progress.report.iteration = model.attributes.iterations;
  progress.report.elbo_estimate = model.attributes.elbo_estimate;
  progress.elbo = elbo_of(model, status);
  return progress;
}

/// A mixture of several runs was fitted by them.
std::string origin_lines(const io::ModelAttributes& from, const auto& line) {
  if (from.combined_from.empty())
    return line("codename",
                fmt::format("{}, {}seed {}", from.codename,
                            from.preset.empty() ? "" : fmt::format("preset {}, ", from.preset), from.seed)) +
           line("iterations", from.iterations);
  return line("codename", from.codename) + line("made by", "gmmvi combine, of several runs");
}

std::string verdict_text(const io::Model& model, const std::optional<io::Status>& status) {
  if (status && status->verdict) return to_text(*status->verdict) + '\n';
  if (status && status->state == io::Status::State::failed)
    return fmt::format("Verdict: not to be trusted\n!! The run failed: {}\n", status->reason);
  if (status && status->state == io::Status::State::running)
    return "Verdict: none as yet, since the run has not ended (or was killed).\n";
  if (!model.attributes.verdict.empty()) return model.attributes.verdict + '\n';
  if (!model.attributes.combined_from.empty())
    return "Verdict: none; `gmmvi compare` says whether the runs that it was made of agree.\n";
  return "Verdict: not known; it is in the status.json of the folder of the run.\n";
}

std::string title(const io::Model& model, const Numbers& numbers, const std::optional<io::Status>& status) {
  const io::ModelAttributes& from = model.attributes;
  const auto line = [](const char* name, const auto& value) { return fmt::format("{:<12}  {}\n", name, value); };
  const std::optional<ElboEstimate> elbo = elbo_of(model, status);
  return line("target", from.target) + line("parameters", numbers.parameters.size()) + origin_lines(from, line) +
         line("evaluations", from.evaluations) + line("−ELBO", explained_negative_elbo(progress_of(model, status))) +
         (elbo && elbo->samples > 0 ? line("log evidence", evidence(*elbo)) : "") +
         line("components", fmt::format("{}, {} covariances", numbers.components.size(), numbers.covariance_shape)) +
         line("model hash", io::to_hex(io::model_hash(model.mixture)));
}

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::vector<Parameter>& parameters, int digits) {
  std::vector<Row> rows = {{"parameter", "mean", "std. dev."}};
  for (const double p : probabilities) rows.front().push_back(fmt::format("{:g} %", 100.0 * p));
  const auto number = [digits](double value) { return fmt::format("{:.{}g}", value, digits); };
  for (const Parameter& parameter : parameters) {
    Row& row = rows.emplace_back(Row{parameter.name, number(parameter.mean), number(parameter.standard_deviation)});
    for (const double quantile : parameter.quantiles) row.push_back(number(quantile));
  }
  return rows;
}

/// [columns]
std::vector<std::size_t> widths_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  return widths;
}

/// With as many digits as a row of a terminal has room for.
std::string table(const std::vector<Parameter>& parameters) {
  constexpr int most_digits = 6, fewest_digits = 3;
  constexpr std::size_t gap = 2;
  std::vector<Row> rows;
  std::vector<std::size_t> widths;
  for (int digits = most_digits; digits >= fewest_digits; --digits) {
    rows = rows_of(parameters, digits);
    widths = widths_of(rows);
    if (std::reduce(widths.begin(), widths.end()) + gap * (widths.size() - 1) <= usual_columns) break;
  }
  std::string text;
  for (const Row& row : rows) {
    text += padded(row.front(), widths.front());
    for (std::size_t c = 1; c < row.size(); ++c) text += right_aligned(row[c], gap + widths[c]);
    text += '\n';
  }
  return text;
}

std::string heaviest(const std::vector<Component>& components) {
  constexpr std::size_t most = 10;
  constexpr double least_weight = 1e-6;
  const auto negligible = std::ranges::partition_point(
      components, [](const Component& component) { return component.weight >= least_weight; });
  const auto heavy = static_cast<std::size_t>(negligible - components.begin()), shown = std::min(most, heavy);
  std::string text = fmt::format("{:>9}{:>14}\n", "component", "weight");
  double others = 0;
  for (std::size_t i = 0; i < heavy; ++i) {
    if (i < shown) text += fmt::format("{:>9}{:>14.6g}\n", components[i].id, components[i].weight);
    if (i >= shown) others += components[i].weight;
  }
  if (heavy > shown) text += fmt::format("{:>9}{:>14.6g}\n", fmt::format("{} more", heavy - shown), others);
  if (const std::size_t left_out = components.size() - heavy; left_out > 0)
    text += fmt::format("{} of a weight below {:g} left out\n", left_out, least_weight);
  return text;
}

// ---- for programs

Json origin(const io::Model& model, const char* covariance_shape, const std::optional<io::Status>& status) {
  const io::ModelAttributes& from = model.attributes;
  Json json = {
      {"target", from.target},
      {"codename", from.codename},
      {"preset", from.preset},
      {"seed", from.seed},
      {"iterations", from.iterations},
      {"evaluations", from.evaluations},
      {"combined_from", from.combined_from.empty() ? Json(nullptr) : io::json_or_discarded(from.combined_from)},
      {"elbo_estimate", io::number_or_null(from.elbo_estimate)},
      {"elbo", nullptr},
      {"elbo_standard_error", nullptr},
      {"metrics_samples", 0}};
  if (const auto elbo = elbo_of(model, status)) io::add_elbo(json, *elbo);
  json["covariance_shape"] = covariance_shape;
  json["model_hash"] = io::to_hex(io::model_hash(model.mixture));
  json["state"] = status ? Json(io::name_of(status->state)) : Json(nullptr);
  json["verdict"] = status && status->verdict ? io::verdict_json(*status->verdict) : Json(nullptr);
  return json;
}

Json to_json(const Parameter& parameter) {
  Json json = {
      {"name", parameter.name}, {"mean", parameter.mean}, {"standard_deviation", parameter.standard_deviation}};
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    json["quantiles"][fmt::format("{}", probabilities[i])] = parameter.quantiles[i];
  return json;
}

}  // namespace

std::optional<io::Status> status_of(const std::string& folder, const io::Model& model) {
  const std::filesystem::path path = std::filesystem::path(folder) / "status.json";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  io::Status status = io::read_status(path.string()).status;
  if (status.model_hash != io::to_hex(io::model_hash(model.mixture))) return std::nullopt;
  return status;
}

std::string summary_text(const io::Model& model, const std::optional<io::Status>& status, Scale scale) {
  const Numbers numbers = numbers_of(model);
  const std::string heading = scale == Scale::of_parameters
                                  ? ""
                                  : "On the unconstrained scale of the Stan model: where a parameter has a lower bound "
                                    "only, these are numbers of "
                                    "its logarithm. `gmmvi sample` draws on Stan's own scale.\n";
  return title(model, numbers, status) + '\n' + heading + table(numbers.parameters) + '\n' +
         heaviest(numbers.components) + '\n' + verdict_text(model, status);
}

std::string summary_json(const io::Model& model, const std::optional<io::Status>& status, Scale scale) {
  const Numbers numbers = numbers_of(model);
  Json json = origin(model, numbers.covariance_shape, status);
  json["scale"] = scale == Scale::of_parameters ? "parameters" : "unconstrained";
  for (const Parameter& parameter : numbers.parameters) json["parameters"].push_back(to_json(parameter));
  for (const Component& component : numbers.components)
    json["components"].push_back({{"id", component.id}, {"weight", component.weight}});
  return io::text_of(json, 2) + '\n';
}

}  // namespace gmmvi::runner

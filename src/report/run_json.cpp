#include "report/run_json.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "io/model_hash.hpp"

namespace gmmvi::report {
namespace {

constexpr std::size_t most_components = 24;  // that have a line of their own
constexpr std::size_t most_warnings = 200;

/// Columns `iteration`, `evaluations`, `seconds`.
Json moments(const auto& items) {
  return {{"iteration", column(items, [](const auto& i) { return i.moment.iteration; })},
          {"evaluations", column(items, [](const auto& i) { return i.moment.evaluations; })},
          {"seconds", column(items, [](const auto& i) { return rounded(i.moment.seconds, 6); })}};
}

Json iterations_json(const std::vector<History::Iteration>& iterations) {
  Json json = moments(iterations);
  json["components"] = column(iterations, [](const auto& i) { return i.components; });
  json["elbo_estimate"] = column(iterations, [](const auto& i) { return rounded(i.elbo_estimate, measured); });
  return json;
}

Json elbo_json(const std::vector<History::Elbo>& elbo) {
  Json json = moments(elbo);
  json["value"] = column(elbo, [](const auto& e) { return rounded(e.value, measured); });
  json["standard_error"] = column(elbo, [](const auto& e) { return rounded(e.standard_error, drawn); });
  return json;
}

Json metrics_json(const std::map<std::string, std::vector<History::Metric>>& metrics) {
  Json json = Json::array();
  for (const auto& [name, values] : metrics) {
    Json metric = {{"name", name}};
    metric.update(moments(values));
    metric["value"] = column(values, [](const auto& m) { return rounded(m.value, measured); });
    json.push_back(std::move(metric));
  }
  return json;
}

/// The components that were heaviest at some time, by their ids.
std::set<std::uint64_t> heaviest(const std::vector<History::Weights>& history) {
  std::map<std::uint64_t, double> largest;
  for (const auto& [moment, ids, weights] : history)
    for (std::size_t k = 0; k < ids.size(); ++k) largest[ids[k]] = std::max(largest[ids[k]], weights[k]);
  std::vector<std::pair<double, std::uint64_t>> order;
  order.reserve(largest.size());
  for (const auto& [id, weight] : largest) order.emplace_back(weight, id);
  std::ranges::sort(order, std::greater());
  if (order.size() > most_components) order.resize(most_components);
  std::set<std::uint64_t> ids;
  for (const auto& [weight, id] : order) ids.insert(id);
  return ids;
}

double weight_of(const History::Weights& at, std::uint64_t id) {
  const auto found = std::ranges::find(at.ids, id);
  return found == at.ids.end() ? 0.0 : at.weights[static_cast<std::size_t>(found - at.ids.begin())];
}

double weight_of_others(const History::Weights& at, const std::set<std::uint64_t>& ids) {
  double sum = 0.0;
  for (std::size_t k = 0; k < at.ids.size(); ++k)
    if (!ids.contains(at.ids[k])) sum += at.weights[k];
  return sum;
}

Json weights_json(const std::vector<History::Weights>& history) {
  const std::set<std::uint64_t> ids = heaviest(history);
  Json json = moments(history);
  json["components"] = Json::array();
  for (const std::uint64_t id : ids) {
    json["components"].push_back(
        {{"id", id}, {"weight", column(history, [&](const auto& at) { return rounded(weight_of(at, id), drawn); })}});
  }
  json["others"] = column(history, [&](const auto& at) { return rounded(weight_of_others(at, ids), drawn); });
  return json;
}

Json parts_json(const History& history) {
  Json parts = Json::array();
  for (const RankSecondsPart& part : rank_seconds_parts) {
    const auto mean = [&](const History::Bin& b) {
      return rounded(b.seconds.*part.seconds / static_cast<double>(b.count), drawn);
    };
    parts.push_back({{"name", part.name},
                     {"seconds", column(history.bins, mean)},
                     {"total", rounded(history.total_seconds.*part.seconds, 6)}});
  }
  return {{"iteration", column(history.bins, [](const auto& bin) { return bin.iteration; })},
          {"parts", std::move(parts)}};
}

Json lines_json(const Eigen::Matrix2Xd& line) {
  return {{"x", numbers(line.row(0))}, {"y", numbers(line.row(1))}};
}

Json drawings_json(const std::vector<WeightedDrawing>& drawings) {
  Json json = Json::array();
  for (const auto& [weight, drawing] : drawings) {
    json.push_back({{"weight", rounded(weight, drawn)},
                    {"lines", column(drawing.lines, lines_json)},
                    {"points", lines_json(drawing.points)}});
  }
  return json;
}

void add_model(Json& json, const io::Model& model) {
  const io::ModelAttributes& attributes = model.attributes;
  json["target"] = attributes.target;
  json["parameters"] = model.parameter_names.size();
  json["codename"] = attributes.codename;
  json["preset"] = attributes.preset;
  json["seed"] = attributes.seed;
  json["model_hash"] = io::to_hex(io::model_hash(model.mixture));
  json["components"] = std::visit([](const auto& m) { return m.size(); }, model.mixture);
}

Json verdict_json(const io::Verdict& verdict) {
  Json findings = Json::array();
  for (const io::Finding& finding : verdict.findings)
    findings.push_back({{"severity", io::name_of(finding.severity)}, {"text", finding.text}});
  return {{"word", verdict.word()}, {"severity", io::name_of(verdict.severity())}, {"findings", std::move(findings)}};
}

void add_status(Json& json, const io::DatedStatus& dated) {
  const io::Status& status = dated.status;
  json["state"] = io::name_of(status.state);
  json["reason"] = status.reason;
  json["time"] = dated.time;
  json["ranks"] = status.ranks > 0 ? Json(status.ranks) : Json(nullptr);
  json["iterations"] = status.iteration;
  json["evaluations"] = status.evaluations;
  json["metrics_evaluations"] = status.metrics_evaluations;
  json["failures"] = status.failures;
  json["seconds"] = rounded(status.wall_seconds, 6);
  json["elbo_estimate"] = rounded(status.elbo_estimate, measured);
  if (status.verdict) json["verdict"] = verdict_json(*status.verdict);
  if (!status.elbo) return;
  json["elbo"] = rounded(status.elbo->value, measured);
  json["elbo_standard_error"] = rounded(status.elbo->standard_error, drawn);
  json["elbo_source"] = status.elbo->source == ElboEstimate::Source::fresh ? "fresh" : "recycled";
  json["log_evidence"] = rounded(status.elbo->log_evidence, measured);
  json["log_evidence_standard_error"] = rounded(status.elbo->log_evidence_standard_error, drawn);
}

Json warnings_json(const std::vector<std::string>& warnings) {
  const std::size_t shown = std::min(warnings.size(), most_warnings);
  return {{"count", warnings.size()},
          {"first", std::vector(warnings.begin(), warnings.begin() + std::ptrdiff_t(shown))}};
}

/// Of outputs, evenly, as many as can be told apart.
Json predictive_json(const io::Predictive& predictive) {
  constexpr Eigen::Index most = 2000;
  const Eigen::Index outputs = predictive.mean.size(), step = std::max<Eigen::Index>(1, (outputs + most - 1) / most);
  const Eigen::Index shown = (outputs + step - 1) / step;
  const auto some = [&](const auto& values) { return numbers(values(Eigen::seqN(0, shown, step)).eval()); };
  const auto quantiles = [&](Eigen::Index i) { return some(Eigen::VectorXd(predictive.quantiles.row(i))); };
  Json number = Json::array();
  for (Eigen::Index m = 0; m < outputs; m += step) number.push_back(m + 1);
  Json json = {{"output", std::move(number)}, {"data", some(predictive.data)},
               {"low", quantiles(0)},         {"median", quantiles(1)},
               {"high", quantiles(2)},        {"simulated", predictive.simulated},
               {"draws", predictive.draws},   {"effective_samples", rounded(predictive.effective_samples, 3)}};
  if (predictive.data_quantiles.size() == 0) return json;
  json["data_low"] = some(Eigen::VectorXd(predictive.data_quantiles.row(0)));
  json["data_high"] = some(Eigen::VectorXd(predictive.data_quantiles.row(2)));
  return json;
}

}  // namespace

Json run_json(const RunData& run, const std::string& name) {
  Json json = {{"name", name}, {"folder", run.folder}};
  if (run.model) add_model(json, *run.model);
  if (run.status) add_status(json, *run.status);
  json["history"] = iterations_json(run.history.iterations);
  json["fresh"] = elbo_json(run.history.elbo);
  json["weights"] = weights_json(run.history.weights);
  json["metrics"] = metrics_json(run.history.metrics);
  json["target_metrics"] = metrics_json(run.history.target_metrics);
  json["seconds_by_part"] = parts_json(run.history);
  json["drawings"] = drawings_json(run.drawings);
  if (run.predictive) json["predictive"] = predictive_json(*run.predictive);
  json["config"] = run.config;
  json["warnings"] = warnings_json(run.warnings);
  return json;
}

}  // namespace gmmvi::report

#include "report/json.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "io/json_number.hpp"
#include "io/model_hash.hpp"
#include "report/posterior.hpp"

namespace gmmvi::report {
namespace {

using io::number_or_null;

constexpr Eigen::Index most_parameters = 1000;   // that marginals are drawn of
constexpr Eigen::Index curve_points = 150000;    // of a target's marginals together
constexpr Eigen::Index scatter_samples = 10000;  // of a target's runs together
constexpr std::size_t most_components = 24;      // that have a line of their own
constexpr std::size_t most_warnings = 200;
constexpr std::size_t pairs_shown = 6;

/// Shorter than all of its digits, which nobody sees in a chart.
Json rounded(std::optional<double> value, int digits) {
  if (!value) return nullptr;
  return number_or_null(std::strtod(fmt::format("{:.{}g}", *value, digits).c_str(), nullptr));
}

constexpr int drawn = 5;      // digits of what is only drawn
constexpr int measured = 10;  // digits of what differences are taken of

Json numbers(const auto& values, int digits = drawn) {
  Json array = Json::array();
  for (const double value : values) array.push_back(rounded(value, digits));
  return array;
}

/// One array of what `get` returns of all `items`.
Json column(const auto& items, const auto& get) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(get(item));
  return array;
}

/// Columns `iteration`, `evaluations`, `seconds`.
Json moments(const auto& items) {
  return {{"iteration", column(items, [](const auto& i) { return i.moment.iteration; })},
          {"evaluations", column(items, [](const auto& i) { return i.moment.evaluations; })},
          {"seconds", column(items, [](const auto& i) { return rounded(i.moment.seconds, 6); })}};
}

// ---- How a run went

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
  for (std::size_t p = 0; p < iteration_parts.size(); ++p) {
    const auto mean = [p](const History::Bin& b) { return rounded(b.seconds[p] / static_cast<double>(b.count), drawn); };
    parts.push_back({{"name", iteration_parts[p]},
                     {"seconds", column(history.bins, mean)},
                     {"total", rounded(history.total_seconds[p], 6)}});
  }
  return {{"iteration", column(history.bins, [](const auto& bin) { return bin.iteration; })},
          {"parts", std::move(parts)}};
}

// ---- What a run is

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
  json["seed"] = attributes.seed;
  json["model_hash"] = io::to_hex(io::model_hash(model.mixture));
  json["components"] = std::visit([](const auto& m) { return m.size(); }, model.mixture);
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
  if (!status.elbo) return;
  json["elbo"] = rounded(status.elbo->value, measured);
  json["elbo_standard_error"] = rounded(status.elbo->standard_error, drawn);
}

Json warnings_json(const std::vector<std::string>& warnings) {
  const std::size_t shown = std::min(warnings.size(), most_warnings);
  return {{"count", warnings.size()}, {"first", std::vector(warnings.begin(), warnings.begin() + std::ptrdiff_t(shown))}};
}

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
  json["config"] = run.config;
  json["warnings"] = warnings_json(run.warnings);
  return json;
}

// ---- What the runs on one target say of it

/// Runs of the same target with the same parameters.
struct Group {
  std::string target;
  std::vector<std::string> parameters;  // those that are shown
  std::vector<std::size_t> runs;
};

std::vector<Group> groups_of(const std::vector<RunData>& runs) {
  std::vector<Group> groups;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const auto& model = runs[r].model;
    Group group{model ? model->attributes.target : "", model ? model->parameter_names : std::vector<std::string>(), {r}};
    const auto same = std::ranges::find_if(
        groups, [&](const Group& g) { return g.target == group.target && g.parameters == group.parameters; });
    if (same == groups.end()) {
      groups.push_back(std::move(group));
    } else {
      same->runs.push_back(r);
    }
  }
  return groups;
}

class GroupJson {
 public:
  GroupJson(const std::vector<RunData>& runs, const Group& group)
      : runs_(runs),
        group_(group),
        parameters_(std::min(static_cast<Eigen::Index>(group.parameters.size()), most_parameters)) {
    find_true_samples();
  }

  Json operator()() const {
    return {{"target", group_.target}, {"runs", group_.runs},         {"parameters", group_.parameters},
            {"marginals", marginals()}, {"histograms", histograms()}, {"pairs", pairs()}};
  }

 private:
  const AnyMixture& mixture(std::size_t run) const { return runs_[run].model->mixture; }

  void find_true_samples() {
    for (const std::size_t r : group_.runs) {
      const auto& samples = runs_[r].true_samples;
      if (samples && samples->rows() == static_cast<Eigen::Index>(group_.parameters.size())) true_samples_ = &*samples;
    }
  }

  /// By run, then by parameter.
  Json marginals() const {
    const Eigen::Index curves = std::max<Eigen::Index>(1, parameters_ * static_cast<Eigen::Index>(group_.runs.size()));
    const Eigen::Index points = std::clamp<Eigen::Index>(curve_points / curves, 40, 240);
    return column(group_.runs, [&](std::size_t r) {
      Json json = Json::array();
      if (parameters_ == 0) return json;
      const Marginals of_run(mixture(r));
      for (Eigen::Index d = 0; d < parameters_; ++d) {
        const Curve curve = of_run.curve(d, points);
        json.push_back({{"x", numbers(curve.x)}, {"density", numbers(curve.density, 4)}});
      }
      return json;
    });
  }

  Json histograms() const {
    Json json = Json::array();
    if (true_samples_ == nullptr) return json;
    for (Eigen::Index d = 0; d < parameters_; ++d) {
      const Histogram bins = histogram(true_samples_->row(d), 40);
      json.push_back({{"start", rounded(bins.start, measured)},
                      {"width", rounded(bins.width, measured)},
                      {"density", numbers(bins.density, 4)}});
    }
    return json;
  }

  Json pairs() const {
    Json json = Json::array();
    if (parameters_ < 2) return json;
    std::vector<Eigen::MatrixXd> correlations;
    std::vector<Eigen::MatrixXd> samples;
    Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(parameters_, parameters_);
    const Eigen::Index count = std::min<Eigen::Index>(1000, scatter_samples / std::ssize(group_.runs));
    for (const std::size_t r : group_.runs) {
      correlations.push_back(correlation(mixture(r), parameters_));
      strength += correlations.back().cwiseAbs();
      samples.push_back(std::visit([&](const auto& m) { return m.sample(count, 0).samples; }, mixture(r)));
    }
    for (const auto [x, y] : strongest_pairs(strength, pairs_shown)) {
      json.push_back({{"x", x},
                      {"y", y},
                      {"correlations", column(correlations, [&](const auto& c) { return rounded(c(x, y), 3); })},
                      {"samples", column(samples, [&](const auto& s) {
                         return Json{{"x", numbers(s.row(x))}, {"y", numbers(s.row(y))}};
                       })}});
    }
    return json;
  }

  const std::vector<RunData>& runs_;
  const Group& group_;
  Eigen::Index parameters_;  // that are drawn
  const Eigen::MatrixXd* true_samples_ = nullptr;
};

/// Folders as the user called them where their names alone do not tell them apart.
std::vector<std::string> names_of(const std::vector<RunData>& runs) {
  std::map<std::string, int> count;
  for (const RunData& run : runs) ++count[run.name];
  std::vector<std::string> names;
  for (const RunData& run : runs) names.push_back(count[run.name] == 1 ? run.name : run.folder);
  return names;
}

}  // namespace

Json to_json(const std::vector<RunData>& runs) {
  const std::vector<std::string> names = names_of(runs);
  Json json = {{"runs", Json::array()}, {"targets", Json::array()}};
  for (std::size_t r = 0; r < runs.size(); ++r) json["runs"].push_back(run_json(runs[r], names[r]));
  for (const Group& group : groups_of(runs)) json["targets"].push_back(GroupJson(runs, group)());
  return json;
}

}  // namespace gmmvi::report

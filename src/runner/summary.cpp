#include "runner/summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "io/json_number.hpp"
#include "io/model_hash.hpp"
#include "runner/columns.hpp"
#include "runner/text.hpp"

namespace gmmvi::runner {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<double, 3> probabilities = {0.05, 0.5, 0.95};

struct Parameter {
  std::string name;
  double mean = 0;
  double standard_deviation = 0;
  std::array<double, probabilities.size()> quantiles = {};
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

template <class Covariance>
std::vector<Parameter> parameters_of(const Mixture<Covariance>& mixture, const std::vector<std::string>& names) {
  const Eigen::VectorXd means = mixture.mean();
  const Eigen::VectorXd variances = mixture.marginal_variances();
  std::vector<Parameter> parameters;
  for (Eigen::Index d = 0; d < mixture.dimension(); ++d) {
    Parameter& parameter = parameters.emplace_back();
    parameter.name = names[static_cast<std::size_t>(d)];
    parameter.mean = means[d];
    parameter.standard_deviation = std::sqrt(variances[d]);
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      parameter.quantiles[i] = mixture.marginal_quantile(d, probabilities[i]);
  }
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
        return {Covariance::name, parameters_of(mixture, model.parameter_names), components_of(mixture)};
      },
      model.mixture);
}

// ---- for people

Progress progress_of(const io::ModelAttributes& attributes) {
  Progress progress;
  progress.report.iteration = attributes.iterations;
  progress.report.elbo_estimate = attributes.elbo_estimate;
  progress.elbo = attributes.elbo;
  return progress;
}

/// A mixture of several runs was fitted by them.
std::string origin_lines(const io::ModelAttributes& from, const auto& line) {
  if (from.combined_from.empty())
    return line("codename", fmt::format("{}, seed {}", from.codename, from.seed)) + line("iterations", from.iterations);
  return line("codename", from.codename) + line("made by", "gmmvi combine, of several runs");
}

std::string title(const io::Model& model, const Numbers& numbers) {
  const io::ModelAttributes& from = model.attributes;
  const auto line = [](const char* name, const auto& value) { return fmt::format("{:<11}  {}\n", name, value); };
  return line("target", from.target) + line("parameters", numbers.parameters.size()) + origin_lines(from, line) +
         line("evaluations", from.evaluations) + line("−ELBO", explained_negative_elbo(progress_of(from))) +
         line("components", fmt::format("{}, {} covariances", numbers.components.size(), numbers.covariance_shape)) +
         line("model hash", io::to_hex(io::model_hash(model.mixture)));
}

std::string table(const std::vector<Parameter>& parameters) {
  const std::string heading = "parameter";
  std::size_t names = heading.size();
  for (const Parameter& parameter : parameters) names = std::max(names, width(parameter.name));
  std::string text = padded(heading, names) + fmt::format("{:>14}{:>14}", "mean", "std. dev.");
  for (const double p : probabilities) text += fmt::format("{:>14}", fmt::format("{:g} %", 100.0 * p));
  for (const Parameter& parameter : parameters) {
    text += '\n' + padded(parameter.name, names) +
            fmt::format("{:>14.6g}{:>14.6g}", parameter.mean, parameter.standard_deviation);
    for (const double quantile : parameter.quantiles) text += fmt::format("{:>14.6g}", quantile);
  }
  return text + '\n';
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

Json origin(const io::Model& model, const char* covariance_shape) {
  const io::ModelAttributes& from = model.attributes;
  const auto of_elbo = [&](double ElboEstimate::*number) {
    return io::number_or_null(from.elbo ? std::optional(*from.elbo.*number) : std::nullopt);
  };
  return {
      {"target", from.target},
      {"codename", from.codename},
      {"seed", from.seed},
      {"iterations", from.iterations},
      {"evaluations", from.evaluations},
      {"combined_from", from.combined_from.empty() ? Json(nullptr) : Json::parse(from.combined_from, nullptr, false)},
      {"elbo_estimate", io::number_or_null(from.elbo_estimate)},
      {"elbo", of_elbo(&ElboEstimate::value)},
      {"elbo_standard_error", of_elbo(&ElboEstimate::standard_error)},
      {"metrics_samples", from.elbo ? from.elbo->samples : 0},
      {"covariance_shape", covariance_shape},
      {"model_hash", io::to_hex(io::model_hash(model.mixture))}};
}

Json to_json(const Parameter& parameter) {
  Json json = {
      {"name", parameter.name}, {"mean", parameter.mean}, {"standard_deviation", parameter.standard_deviation}};
  for (std::size_t i = 0; i < probabilities.size(); ++i)
    json["quantiles"][fmt::format("{}", probabilities[i])] = parameter.quantiles[i];
  return json;
}

}  // namespace

std::string summary_text(const io::Model& model) {
  const Numbers numbers = numbers_of(model);
  return title(model, numbers) + '\n' + table(numbers.parameters) + '\n' + heaviest(numbers.components);
}

std::string summary_json(const io::Model& model) {
  const Numbers numbers = numbers_of(model);
  Json json = origin(model, numbers.covariance_shape);
  for (const Parameter& parameter : numbers.parameters) json["parameters"].push_back(to_json(parameter));
  for (const Component& component : numbers.components)
    json["components"].push_back({{"id", component.id}, {"weight", component.weight}});
  constexpr auto replace = Json::error_handler_t::replace;  // names need not be UTF-8
  return json.dump(2, ' ', false, replace) + '\n';
}

}  // namespace gmmvi::runner

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "config/configuration.hpp"

namespace gmmvi::config {
namespace {

/// The value of every key, by its path, of what to_yaml() writes: two blanks more for a section within another.
std::map<std::string, std::string> values(const Configuration& configuration) {
  std::map<std::string, std::string> values;
  std::vector<std::string> path;
  std::istringstream lines(to_yaml(essence(configuration)));
  if (const auto& parameters = configuration.problem.parameters; !parameters.empty()) {
    std::string& order = values["parameters (their order)"];
    for (const problem::ParameterOptions& parameter : parameters) order += (order.empty() ? "" : ", ") + parameter.name;
  }
  for (std::string line; std::getline(lines, line);) {
    const std::size_t indent = line.find_first_not_of(' '), colon = line.find(':');
    if (indent == std::string::npos || colon == std::string::npos) continue;
    path.resize(indent / 2);
    path.push_back((path.empty() ? "" : path.back() + ".") + line.substr(indent, colon - indent));
    values[path.back()] = colon + 2 < line.size() ? line.substr(colon + 2) : "";
  }
  return values;
}

std::string value_in(const std::map<std::string, std::string>& values, const std::string& key) {
  const auto entry = values.find(key);
  return entry == values.end() ? "nothing" : entry->second;
}

}  // namespace

Configuration essence(Configuration configuration) {
  const EvaluationOptions& all = configuration.solver.evaluation;
  configuration.solver.evaluation = {.batches_in_flight = all.batches_in_flight, .parallel = all.parallel};
  configuration.run = {};
  configuration.mmd = {};
  configuration.keep = {};
  configuration.output = {};
  std::visit(
      []<class Option>(Option& option) {
        if constexpr (requires { option.door; }) option.door = external::essence(std::move(option.door));
      },
      configuration.target);
  return configuration;
}

std::vector<std::string> differences(const Configuration& before, const Configuration& now) {
  const auto old_values = values(before), new_values = values(now);
  auto keys = old_values;
  keys.insert(new_values.begin(), new_values.end());
  std::vector<std::string> lines;
  for (const auto& [key, value] : keys)
    if (const auto was = value_in(old_values, key), is = value_in(new_values, key); was != is)
      lines.push_back(fmt::format("{}: before {}, now {}", key, was, is));
  return lines;
}

}  // namespace gmmvi::config

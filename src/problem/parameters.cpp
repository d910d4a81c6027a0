#include "problem/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "problem/transformed_target.hpp"

namespace gmmvi::problem {
namespace {

/// Of the standard normal distribution at −1 and 1: where 68 % of it begin and end.
constexpr double below_one_deviation = 0.15865525393145705, below_its_opposite = 0.84134474606854295;

Transform transform_of(const ParameterOptions& parameter) {
  const Prior prior = prior_of(parameter);
  Transform transform{.lower = prior.lower(), .upper = prior.upper()};
  if (parameter.scale) {
    std::tie(transform.location, transform.scale) = *parameter.scale;
    return transform;
  }
  if (prior.is_flat()) return transform;
  const auto unbounded = [&](double p) { return transform.to_solver(prior.quantile(p)); };
  const double middle = unbounded(0.5), low = unbounded(below_one_deviation), high = unbounded(below_its_opposite);
  const double scale = 0.5 * (high - low);
  if (!std::isfinite(middle) || !std::isfinite(scale) || !(scale > 0.0))
    throw Error(fmt::format("parameters.{}: the prior {} is so narrow, or so close to a bound, that the solver's scale "
                            "of it cannot be computed; give one: scale: [m, s]",
                            parameter.name, prior.describe()),
                ExitCode::configuration);
  transform.location = middle;
  transform.scale = scale;
  return transform;
}

}  // namespace

std::vector<std::string> names_of(const ParametersOptions& parameters) {
  std::vector<std::string> names;
  std::ranges::transform(parameters, std::back_inserter(names), &ParameterOptions::name);
  return names;
}

std::vector<Prior> priors_of(const ParametersOptions& parameters) {
  std::vector<Prior> priors;
  std::ranges::transform(parameters, std::back_inserter(priors), prior_of);
  return priors;
}

std::vector<std::string> improper(const ParametersOptions& parameters) {
  std::vector<std::string> names;
  for (const ParameterOptions& parameter : parameters)
    if (prior_of(parameter).is_flat()) names.push_back(parameter.name);
  return names;
}

Transforms transforms_of(const ParametersOptions& parameters) {
  std::vector<Transform> transforms;
  std::ranges::transform(parameters, std::back_inserter(transforms), transform_of);
  return Transforms(std::move(transforms));
}

std::unique_ptr<Target> in_solver_space(std::unique_ptr<Target> target, const ParametersOptions& parameters) {
  if (parameters.empty()) return target;
  if (target->dimension() != std::ssize(parameters))
    throw Error(
        fmt::format("parameters: names {} parameter{} ({}), but the target has {}", parameters.size(),
                    parameters.size() == 1 ? "" : "s", fmt::join(names_of(parameters), ", "), target->dimension()),
        ExitCode::configuration);
  return std::make_unique<TransformedTarget>(std::move(target), transforms_of(parameters), names_of(parameters));
}

}  // namespace gmmvi::problem

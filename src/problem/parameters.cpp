#include "problem/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "problem/central_width.hpp"
#include "problem/transformed_target.hpp"

namespace gmmvi::problem {
namespace {

Transform scaled(Transform transform, const ParameterOptions& parameter) {
  if (parameter.scale) std::tie(transform.location, transform.scale) = *parameter.scale;
  return transform;
}

Transform transform_of(const ParameterOptions& parameter) {
  const Prior prior = prior_of(parameter);
  Transform transform{.lower = prior.lower(), .upper = prior.upper()};
  if (parameter.scale || prior.is_flat()) return scaled(transform, parameter);
  const auto unbounded = [&](double p) { return transform.to_solver(prior.quantile(p)); };
  const double middle = unbounded(0.5), low = unbounded(begin_of_central_width), high = unbounded(end_of_central_width);
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

[[noreturn]] void fail(const ParameterOptions& parameter, const std::string& complaint) {
  throw Error(fmt::format("parameters.{}: {}", parameter.name, complaint), ExitCode::configuration);
}

/// The joint prior says everything of its parameters but their scale.
void require_nothing_else(const ParameterOptions& parameter, const Transform& transform, const std::string& path) {
  if (parameter.prior)
    fail(parameter, fmt::format("its prior is {}, but prior.model, {}, is a prior of it, too. Take one of the two away "
                                "({}: {{}}).",
                                prior_of(parameter).describe(), path, parameter.name));
  const bool bounded = std::isfinite(parameter.lower) || std::isfinite(parameter.upper);
  if (bounded && (parameter.lower != transform.lower || parameter.upper != transform.upper))
    fail(parameter,
         fmt::format("its bounds are [{}, {}], but in prior.model, {}, they are [{}, {}]. Take these bounds "
                     "away ({}: {{}}), since the prior would not be normalised within others.",
                     parameter.lower, parameter.upper, path, transform.lower, transform.upper, parameter.name));
}

}  // namespace

JointPrior joint_prior_of(const ParametersOptions& parameters, const FittedModel& model, const std::string& path) {
  try {
    JointPrior joint(model, names_of(parameters));
    for (std::size_t d = 0; d < parameters.size(); ++d) {
      const ParameterOptions& parameter = parameters[d];
      const auto index = static_cast<Eigen::Index>(d);
      if (joint.covers(index)) {
        require_nothing_else(parameter, joint.transform(index), path);
      } else if (parameter == ParameterOptions{.name = parameter.name}) {
        fail(parameter, fmt::format("it has no prior, and prior.model, {}, has no parameter of that name (only {}). "
                                    "Give it a prior: `flat`, if need be.",
                                    path, fmt::join(model.parameter_names, ", ")));
      }
    }
    return joint;
  } catch (const Error& error) {
    if (error.code() == ExitCode::configuration) throw;
    throw Error(fmt::format("prior.model: {}: {}", path, error.what()), error.code());
  }
}

std::vector<std::string> names_of(const ParametersOptions& parameters) {
  std::vector<std::string> names;
  std::ranges::transform(parameters, std::back_inserter(names), &ParameterOptions::name);
  return names;
}

Transforms transforms_of(const ParametersOptions& parameters, const std::optional<JointPrior>& joint) {
  std::vector<Transform> transforms;
  for (const ParameterOptions& parameter : parameters) {
    const auto d = std::ssize(transforms);
    const bool is_shared = joint && joint->covers(d);
    transforms.push_back(is_shared ? scaled(joint->transform(d), parameter) : transform_of(parameter));
  }
  return Transforms(std::move(transforms));
}

std::unique_ptr<Target> in_solver_space(std::unique_ptr<Target> target, const ParametersOptions& parameters,
                                        const std::optional<JointPrior>& joint) {
  if (parameters.empty()) return target;
  if (target->dimension() != std::ssize(parameters))
    throw Error(
        fmt::format("parameters: names {} parameter{} ({}), but the target has {}", parameters.size(),
                    parameters.size() == 1 ? "" : "s", fmt::join(names_of(parameters), ", "), target->dimension()),
        ExitCode::configuration);
  return std::make_unique<TransformedTarget>(std::move(target), transforms_of(parameters, joint), names_of(parameters));
}

}  // namespace gmmvi::problem

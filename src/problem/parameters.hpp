#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"
#include "gmmvi/transforms.hpp"

#include "problem/options.hpp"
#include "problem/prior.hpp"

namespace gmmvi::problem {

/// [D]
std::vector<std::string> names_of(const ParametersOptions& parameters);

/// [D]. Throws Error (configuration) as prior_of() does.
std::vector<Prior> priors_of(const ParametersOptions& parameters);

/// Names of those whose prior is improper.
std::vector<std::string> improper(const ParametersOptions& parameters);

/// To a space without bounds, in which the median of the prior is 0, and half the width of its central 68 % is 1: a
/// sensible first mixture there is N(0, I). Of priors that are flat, and have no such width, only the bounds count.
/// Throws Error (configuration) where a prior is so narrow or wide that it has none in doubles.
Transforms transforms_of(const ParametersOptions& parameters);

/// A target of the user's parameters [D], as one of the solver's. Without parameters it stays as it is. Throws Error
/// (configuration) where it has another number of parameters.
std::unique_ptr<Target> in_solver_space(std::unique_ptr<Target> target, const ParametersOptions& parameters);

}  // namespace gmmvi::problem

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/target.hpp"
#include "gmmvi/transforms.hpp"

#include "problem/options.hpp"
#include "problem/priors.hpp"

namespace gmmvi::problem {

/// [D]
std::vector<std::string> names_of(const ParametersOptions& parameters);

/// The joint prior that the model of the file at `path` is to parameters of its names. Throws Error (configuration,
/// data) where one of them has a prior or bounds of its own, too, where none is the model's, and where a parameter has
/// no prior at all.
JointPrior joint_prior_of(const ParametersOptions& parameters, const FittedModel& model, const std::string& path);

/// To a space without bounds, in which the median of the prior is 0, and half the width of its central 68 % is 1: a
/// sensible first mixture there is N(0, I). Of priors that are flat, and have no such width, only the bounds count.
/// Throws Error (configuration) where a prior is so narrow or wide that it has none in doubles.
Transforms transforms_of(const ParametersOptions& parameters, const std::optional<JointPrior>& joint = {});

/// A target of the user's parameters [D], as one of the solver's. Without parameters it stays as it is. Throws Error
/// (configuration) where it has another number of parameters.
std::unique_ptr<Target> in_solver_space(std::unique_ptr<Target> target, const ParametersOptions& parameters,
                                        const std::optional<JointPrior>& joint = {});

}  // namespace gmmvi::problem

#pragma once

#include <string>
#include <vector>

#include "gmmvi/mixture.hpp"
#include "gmmvi/transforms.hpp"

namespace gmmvi::problem {

/// What an earlier run has fitted: a mixture over the solver's space, in which the parameters are.
struct FittedModel {
  AnyMixture mixture;
  std::vector<std::string> parameter_names;  ///< [D]
  Transforms transforms = {};                ///< from the mixture's space to the parameters'
};

}  // namespace gmmvi::problem

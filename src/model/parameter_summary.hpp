#pragma once

#include <array>
#include <vector>

#include "gmmvi/mixture.hpp"
#include "gmmvi/transforms.hpp"

namespace gmmvi::model {

inline constexpr std::array<double, 3> summary_probabilities = {0.05, 0.5, 0.95};

/// A parameter's distribution under a mixture, whatever the others are.
struct ParameterSummary {
  double mean = 0.0;
  double standard_deviation = 0.0;
  std::array<double, summary_probabilities.size()> quantiles = {};  ///< of summary_probabilities
};

/// Of the first `count` parameters of the user's, at most all; the mixture is of the solver's, from which they come by
/// `transforms`. Quantiles are those of the mixture, transformed; means and standard deviations are integrals of the
/// transform over it: in closed form, but for parameters with two bounds.
std::vector<ParameterSummary> parameter_summaries(const AnyMixture& mixture, Eigen::Index count,
                                                  const Transforms& transforms = {});

}  // namespace gmmvi::model

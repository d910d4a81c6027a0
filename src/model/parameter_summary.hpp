#pragma once

#include <array>
#include <vector>

#include "gmmvi/mixture.hpp"

namespace gmmvi::model {

inline constexpr std::array<double, 3> summary_probabilities = {0.05, 0.5, 0.95};

/// A parameter's distribution under a mixture, whatever the others are.
struct ParameterSummary {
  double mean = 0.0;
  double standard_deviation = 0.0;
  std::array<double, summary_probabilities.size()> quantiles = {};  ///< of summary_probabilities
};

/// Of the first `count` parameters, at most all.
std::vector<ParameterSummary> parameter_summaries(const AnyMixture& mixture, Eigen::Index count);

}  // namespace gmmvi::model

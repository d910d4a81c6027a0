#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::runner {

/// Where a target is asked before a run.
struct TrialPoint {
  std::string name;         ///< "prior median"
  Eigen::VectorXd sample;  ///< [D] in the solver's space
};

/// Asks the target there, and says what was sent and what came back, a paragraph a point. Throws Error (unavailable)
/// where no point has a value, with the reason of the first.
std::string trial_text(Target& target, const std::vector<TrialPoint>& points, bool want_gradients);

/// How a target's gradient and its log density change along one direction.
struct GradientComparison {
  double by_target = 0.0;       ///< the gradient's part in the direction
  double by_differences = 0.0;  ///< of log densities
  double uncertainty = 0.0;     ///< of the differences: how much they depend on how far apart they are taken
  std::optional<double> prior;  ///< the part of the prior's gradient; absent: not known
};

/// At `point` [D], in the direction that `seed` draws. Of a log prior it looks whether one side lacks it. Nothing where
/// a value is missing.
std::optional<GradientComparison> compare_gradient(Target& target, const Eigen::VectorXd& point, std::uint64_t seed,
                                                   const std::function<double(const Eigen::VectorXd&)>& log_prior = {});

/// In a sentence, with a verdict: they agree; or what is wrong.
std::string to_text(const GradientComparison& comparison);
/// Whether they agree, as far as can be told.
bool agrees(const GradientComparison& comparison);

}  // namespace gmmvi::runner

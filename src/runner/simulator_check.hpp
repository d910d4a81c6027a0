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
  std::string name;        ///< "prior median"
  Eigen::VectorXd sample;  ///< [D] in the solver's space
};

/// What came of asking a target at some points.
struct Trial {
  std::string text;         ///< what was sent and what came back, a paragraph a point
  std::size_t without = 0;  ///< points that have no value
  double seconds = 0.0;     ///< median of what the others took
  Eigen::MatrixXd outputs;  ///< [M x points], NaN where there are none; M = 0 where evaluations have no outputs
};

/// Throws Error (unavailable) where no point has a value, with the reason of the first.
Trial try_target(Target& target, const std::vector<TrialPoint>& points, bool want_gradients,
                 std::optional<double> time_limit = {});

/// How a target's gradient and its log density change along one direction.
struct GradientComparison {
  double by_target = 0.0;       ///< the gradient's part in the direction
  double by_differences = 0.0;  ///< of log densities
  double uncertainty = 0.0;     ///< of the differences: how much they depend on how far apart they are taken
  double volume = 0.0;          ///< the part of the transform to the solver's space, which no target gives
  std::optional<double> prior;  ///< the part of the prior's gradient; absent: not known
};

using LogDensity = std::function<double(const Eigen::VectorXd&)>;

/// [D] of length one, drawn with `seed`.
Eigen::VectorXd random_direction(Eigen::Index dimension, std::uint64_t seed);

/// At `point` [D]. Of a log prior it looks whether one side lacks it. Nothing where a value is missing.
std::optional<GradientComparison> compare_gradient(Target& target, const Eigen::VectorXd& point,
                                                   const Eigen::VectorXd& direction, const LogDensity& log_prior = {});

/// Which parameters' parts of the gradient differ from differences of log densities, in a sentence; empty where none
/// does. Of many parameters the first ones.
std::string wrong_parts_text(Target& target, const Eigen::VectorXd& point, const LogDensity& log_prior = {});

/// In a sentence, with a verdict: they agree; or what is wrong.
std::string to_text(const GradientComparison& comparison);
/// Whether they agree, as far as can be told.
bool agrees(const GradientComparison& comparison);

}  // namespace gmmvi::runner

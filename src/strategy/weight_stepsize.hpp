#pragma once

#include <cstdint>
#include <optional>

#include <Eigen/Core>

#include "gmmvi/strategy/stepsize.hpp"

namespace gmmvi::strategy {

/// What the stepsize of the weights remembers.
struct WeightStepsizeState {
  double stepsize = 0.0;
  std::int64_t updates = 0;
  double last_objective = 0.0;
  bool has_last_objective = false;
};

/// Σ_k w_k r_k − β Σ_k w_k log w_k over the components that have a last reward r_k; none if no component has.
/// `weights`, `last_rewards` [K] (no_reward where there is none).
std::optional<double> weight_objective(const Eigen::VectorXd& weights, const Eigen::VectorXd& last_rewards,
                                       double temperature);

/// The state for the next update of the weights.
WeightStepsizeState advance(const StepsizeRule& rule, WeightStepsizeState state, std::optional<double> objective);

}  // namespace gmmvi::strategy

#include "strategy/weight_stepsize.hpp"

#include <cmath>

#include "gmmvi/component_record.hpp"

namespace gmmvi::strategy {

std::optional<double> weight_objective(const Eigen::VectorXd& weights, const Eigen::VectorXd& last_rewards,
                                       double temperature) {
  double objective = 0.0;
  bool any = false;
  for (Eigen::Index k = 0; k < weights.size(); ++k) {
    if (last_rewards[k] == no_reward) continue;
    objective += weights[k] * (last_rewards[k] - temperature * std::log(weights[k]));
    any = true;
  }
  return any ? std::optional(objective) : std::nullopt;
}

WeightStepsizeState advance(const StepsizeRule& rule, WeightStepsizeState state, std::optional<double> objective) {
  std::optional<bool> improved;
  if (objective && state.has_last_objective) improved = *objective > state.last_objective;
  state.stepsize = rule.next(state.stepsize, {.updates = state.updates, .improved = improved});
  if (objective) {
    state.last_objective = *objective;
    state.has_last_objective = true;
  }
  ++state.updates;
  return state;
}

}  // namespace gmmvi::strategy

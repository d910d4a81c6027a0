#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <Eigen/Core>

#include "gmmvi/options.hpp"

namespace gmmvi::strategy {

/// Families 3 and 7: how a stepsize (of a component, or of the weights) goes on from iteration to iteration.
class StepsizeRule {
 public:
  virtual ~StepsizeRule() = default;
  virtual double initial() const = 0;
  /// The stepsize for the next update. `updates`: how many went before; `improved`: whether the objective grew since
  /// the last time, if that is known.
  virtual double next(double stepsize, std::int64_t updates, std::optional<bool> improved) const = 0;

  static std::unique_ptr<StepsizeRule> make(const StepsizeOptions& options);
};

/// What the stepsize of the weights remembers.
struct WeightStepsizeState {
  double stepsize = 0.0;
  std::int64_t updates = 0;
  double last_objective = 0.0;
  bool has_last_objective = false;
};

/// Σ_k w_k r_k − β Σ_k w_k log w_k over the components that have a last reward r_k; none if no component has.
/// `weights`, `last_rewards` [K] (model::no_reward where there is none).
std::optional<double> weight_objective(const Eigen::VectorXd& weights, const Eigen::VectorXd& last_rewards,
                                       double temperature);

/// The state for the next update of the weights.
WeightStepsizeState advance(const StepsizeRule& rule, WeightStepsizeState state, std::optional<double> objective);

}  // namespace gmmvi::strategy

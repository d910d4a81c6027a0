#include "strategy/expected_log_ratio.hpp"

#include "math/importance_weights.hpp"

namespace gmmvi::strategy {

double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized) {
  return math::importance_weights(log_importance_weights, self_normalized).dot(log_ratios);
}

}  // namespace gmmvi::strategy

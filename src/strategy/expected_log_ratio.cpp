#include "strategy/expected_log_ratio.hpp"

#include <algorithm>
#include <cmath>

#include "math/importance_weights.hpp"
#include "strategy/boundary.hpp"

namespace gmmvi::strategy {

double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized) {
  return math::importance_weights(log_importance_weights, self_normalized).dot(log_ratios);
}

double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized, const std::vector<Eigen::Index>& inside, double jump) {
  if (jump == 0.0) return expected_log_ratio(log_importance_weights, log_ratios, self_normalized);
  const Eigen::VectorXd weights = math::importance_weights(log_importance_weights, self_normalized);
  const Eigen::VectorXd weights_inside = weights(inside), ratios_inside = log_ratios(inside);
  const double total = weights.sum(), sum_inside = weights_inside.sum();
  const double mean = sum_inside > 0.0 ? weights_inside.dot(ratios_inside) / sum_inside : ratios_inside.minCoeff();
  const double share = total > 0.0 ? sum_inside / total : 0.0;
  return total * (mean + jump * std::log(std::max(share, least_share_inside)));
}

double share_from(const Eigen::VectorXd& log_importance_weights, Eigen::Index first) {
  const Eigen::VectorXd weights = math::importance_weights(log_importance_weights, true);
  const double share = weights.tail(weights.size() - first).sum();
  return std::isfinite(share) ? std::min(share, 1.0) : 0.0;
}

}  // namespace gmmvi::strategy

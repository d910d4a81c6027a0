#include "math/log_sum_exp.hpp"

#include <cmath>
#include <limits>

namespace gmmvi::math {

double log_sum_exp(const Eigen::VectorXd& values) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (values.size() == 0) return -infinity;
  const double largest = values.maxCoeff<Eigen::PropagateNaN>();
  if (largest == -infinity) return -infinity;
  return largest + std::log((values.array() - largest).exp().sum());
}

Eigen::VectorXd normalized_log_weights(const Eigen::VectorXd& log_weights) {
  const double floor = std::log(1e-30);
  const Eigen::VectorXd kept = (log_weights.array() - log_sum_exp(log_weights)).max(floor);
  return kept.array() - log_sum_exp(kept);
}

}  // namespace gmmvi::math

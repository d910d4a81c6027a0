#include "math/importance_weights.hpp"

#include <cmath>

#include "math/log_sum_exp.hpp"

namespace gmmvi::math {

Eigen::VectorXd importance_weights(const Eigen::VectorXd& log_weights, bool self_normalized) {
  const double normalizer =
      self_normalized ? log_sum_exp(log_weights) : std::log(static_cast<double>(log_weights.size()));
  if (std::isinf(normalizer) && normalizer < 0.0) return Eigen::VectorXd::Zero(log_weights.size());
  return (log_weights.array() - normalizer).exp();
}

double effective_sample_size(const Eigen::VectorXd& log_weights) {
  const double sum_of_squares = importance_weights(log_weights, true).squaredNorm();
  return sum_of_squares > 0.0 ? 1.0 / sum_of_squares : 0.0;
}

}  // namespace gmmvi::math

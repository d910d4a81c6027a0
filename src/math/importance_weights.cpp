#include "math/importance_weights.hpp"

#include <limits>

namespace gmmvi::math {

Eigen::VectorXd importance_weights(const Eigen::VectorXd& log_weights, bool self_normalized) {
  if (log_weights.size() == 0) return {};
  const double largest = log_weights.maxCoeff<Eigen::PropagateNaN>();
  if (largest == -std::numeric_limits<double>::infinity()) return Eigen::VectorXd::Zero(log_weights.size());
  if (!self_normalized) return log_weights.array().exp() / static_cast<double>(log_weights.size());
  // Divided by their sum: log-sum-exp of large values would round their sum away from one.
  const Eigen::VectorXd weights = (log_weights.array() - largest).exp();
  return weights / weights.sum();
}

double effective_sample_size(const Eigen::VectorXd& log_weights) {
  const double sum_of_squares = importance_weights(log_weights, true).squaredNorm();
  return sum_of_squares > 0.0 ? 1.0 / sum_of_squares : 0.0;
}

}  // namespace gmmvi::math

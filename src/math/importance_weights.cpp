#include "math/importance_weights.hpp"

#include <algorithm>
#include <limits>

namespace gmmvi::math {
namespace {

// exp(values − largest). Stretches of whole registers where all are below e⁻⁷⁰⁰, next to no double, are 0 at once; as a
// component's samples stand together, as a rule most are.
Eigen::VectorXd exponentials(const Eigen::VectorXd& values, double largest) {
  constexpr Eigen::Index stretch = 64;
  constexpr double nothing = -700.0;
  Eigen::VectorXd result(values.size());
  for (Eigen::Index first = 0; first < values.size(); first += stretch) {
    const Eigen::Index count = std::min(stretch, values.size() - first);
    const auto of_stretch = values.segment(first, count);
    auto out = result.segment(first, count);
    if (of_stretch.maxCoeff<Eigen::PropagateNaN>() - largest < nothing)
      out.setZero();
    else
      out = (of_stretch.array() - largest).exp();
  }
  return result;
}

}  // namespace

Eigen::VectorXd importance_weights(const Eigen::VectorXd& log_weights, bool self_normalized) {
  if (log_weights.size() == 0) return {};
  const double largest = log_weights.maxCoeff<Eigen::PropagateNaN>();
  if (largest == -std::numeric_limits<double>::infinity()) return Eigen::VectorXd::Zero(log_weights.size());
  if (!self_normalized) return log_weights.array().exp() / static_cast<double>(log_weights.size());
  // Divided by their sum: log-sum-exp of large values would round their sum away from one.
  const Eigen::VectorXd weights = exponentials(log_weights, largest);
  return weights / weights.sum();
}

double effective_sample_size(const Eigen::VectorXd& log_weights) {
  const double sum_of_squares = importance_weights(log_weights, true).squaredNorm();
  return sum_of_squares > 0.0 ? 1.0 / sum_of_squares : 0.0;
}

}  // namespace gmmvi::math

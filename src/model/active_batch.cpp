#include "model/active_batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gmmvi::model {

ActiveBatch continued(const ActiveBatch& last, Eigen::Index kept, const ActiveBatch& added) {
  const auto joined = [kept](const Eigen::MatrixXd& before, const Eigen::MatrixXd& after) {
    Eigen::MatrixXd both(after.rows(), kept + after.cols());
    both.leftCols(kept) = before.rightCols(kept);
    both.rightCols(after.cols()) = after;
    return both;
  };
  const bool with_gradients = added.gradients.rows() > 0;
  return {.samples = joined(last.samples, added.samples),
          .log_densities = joined(last.log_densities.transpose(), added.log_densities.transpose()).transpose(),
          .gradients = with_gradients ? joined(last.gradients, added.gradients) : Eigen::MatrixXd()};
}

std::vector<Eigen::Index> inside_support(const Eigen::VectorXd& log_densities) {
  std::vector<Eigen::Index> inside;
  inside.reserve(static_cast<std::size_t>(log_densities.size()));
  for (Eigen::Index n = 0; n < log_densities.size(); ++n)
    if (std::isfinite(log_densities[n])) inside.push_back(n);
  return inside;
}

Eigen::VectorXd log_ratios(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           double temperature) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const double value : target_log_densities)
    if (std::isfinite(value)) lowest = std::min(lowest, value);
  return target_log_densities.array().max(lowest) - temperature * model_log_densities.array();
}

}  // namespace gmmvi::model

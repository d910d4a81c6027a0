#include "model/active_batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/contract.hpp"

namespace gmmvi::model {

void ActiveBatch::slide(Eigen::Index kept, const Eigen::Ref<const Eigen::MatrixXd>& samples,
                        const Eigen::Ref<const Eigen::VectorXd>& log_densities) {
  GMMVI_EXPECT(kept >= 0 && kept <= size(), "samples that are there");
  first_ += size() - kept;
  if (const Eigen::Index wanted = kept + samples.cols(); first_ + wanted > memory_.cols()) {
    Eigen::MatrixXd larger(samples.rows(), 2 * wanted);
    if (kept > 0) larger.leftCols(kept) = memory_.middleCols(first_, kept);  // at first there are no rows either
    memory_ = std::move(larger);
    first_ = 0;
  }
  memory_.middleCols(first_ + kept, samples.cols()) = samples;
  Eigen::VectorXd both(kept + log_densities.size());
  both << log_densities_.tail(kept), log_densities;
  log_densities_ = std::move(both);
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

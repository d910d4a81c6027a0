#include "model/active_batch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/contract.hpp"

namespace gmmvi::model {

void ActiveBatch::slide(Eigen::Index kept, const Eigen::Ref<const Eigen::MatrixXd>& samples,
                        const Eigen::Ref<const Eigen::VectorXd>& log_densities,
                        const Eigen::Ref<const Eigen::MatrixXd>& predictors) {
  GMMVI_GUARD(kept >= 0 && kept <= size(), "samples that are there");
  GMMVI_GUARD(predictors.rows() == 0 || predictors.cols() == samples.cols(), "predictors of every sample, or of none");
  first_ += size() - kept;
  if (const Eigen::Index wanted = kept + samples.cols(); first_ + wanted > memory_.cols()) {
    Eigen::MatrixXd larger(samples.rows(), 2 * wanted);
    if (kept > 0) larger.leftCols(kept) = memory_.middleCols(first_, kept);  // at first there are no rows either
    memory_ = std::move(larger);
    if (predictors.rows() > 0) {
      Eigen::MatrixXd more(predictors.rows(), 2 * wanted);
      if (kept > 0) more.leftCols(kept) = predictors_.middleCols(first_, kept);
      predictors_ = std::move(more);
    }
    first_ = 0;
  }
  memory_.middleCols(first_ + kept, samples.cols()) = samples;
  if (predictors.rows() > 0) predictors_.middleCols(first_ + kept, predictors.cols()) = predictors;
  Eigen::VectorXd both(kept + log_densities.size());
  both << log_densities_.tail(kept), log_densities;
  log_densities_ = std::move(both);
}

namespace {

/// The greatest value that counts as outside the support.
double greatest_outside(const Eigen::VectorXd& log_densities, double nothing) {
  constexpr double far_below = 1000.0;  // nats
  constexpr double low = -1e5;          // for a constant, where nothing else is seen
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double lowest = infinity, greatest = -infinity;
  std::int64_t at_lowest = 0;
  for (const double value : log_densities) {
    if (!(value > nothing) || value == infinity) continue;
    if (value < lowest) at_lowest = 0;
    lowest = std::min(lowest, value);
    greatest = std::max(greatest, value);
    at_lowest += value == lowest ? 1 : 0;
  }
  const bool floor = at_lowest > 1 && (lowest < greatest - far_below || (lowest == greatest && lowest <= low));
  return floor ? lowest : nothing;
}

}  // namespace

std::vector<Eigen::Index> inside_support(const Eigen::VectorXd& log_densities, double nothing) {
  const double outside = greatest_outside(log_densities, nothing);
  std::vector<Eigen::Index> inside;
  inside.reserve(static_cast<std::size_t>(log_densities.size()));
  for (Eigen::Index n = 0; n < log_densities.size(); ++n)
    if (std::isfinite(log_densities[n]) && log_densities[n] > outside) inside.push_back(n);
  return inside;
}

Eigen::VectorXd log_ratios(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           double temperature, const std::vector<Eigen::Index>& inside) {
  GMMVI_EXPECT(!inside.empty(), "a sample inside the support");
  const double lowest = target_log_densities(inside).minCoeff();
  return target_log_densities.array().max(lowest) - temperature * model_log_densities.array();
}

Eigen::VectorXd bounded_log_ratios(const Eigen::VectorXd& target_log_densities,
                                   const Eigen::VectorXd& model_log_densities, double temperature,
                                   const std::vector<Eigen::Index>& inside, double jump) {
  Eigen::VectorXd ratios = log_ratios(target_log_densities, model_log_densities, temperature, inside);
  if (static_cast<Eigen::Index>(inside.size()) == ratios.size()) return ratios;
  const Eigen::VectorXd known = ratios(inside);
  ratios.setConstant(known.minCoeff() - jump);
  ratios(inside) = known;
  return ratios;
}

}  // namespace gmmvi::model

#include "solver/elbo.hpp"

#include <cmath>

#include "math/importance_weights.hpp"
#include "math/log_sum_exp.hpp"
#include "math/pareto.hpp"
#include "model/active_batch.hpp"

namespace gmmvi::solver {
namespace {

double mean(const Eigen::VectorXd& values) {
  return values.size() > 0 ? values.sum() / static_cast<double>(values.size()) : std::nan("");
}

double standard_error(const Eigen::VectorXd& values, double mean) {
  const auto count = static_cast<double>(values.size());
  if (values.size() < 2) return std::nan("");
  return std::sqrt((values.array() - mean).square().sum() / (count - 1.0) / count);
}

/// Without the samples whose evaluation failed.
Eigen::VectorXd log_importance_weights(const Eigen::VectorXd& log_ratios) {
  Eigen::VectorXd weights(log_ratios.size());
  Eigen::Index count = 0;
  for (const double log_ratio : log_ratios)
    if (!std::isnan(log_ratio)) weights[count++] = log_ratio;
  return weights.head(count);
}

}  // namespace

ElboEstimate monte_carlo_elbo(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                              double temperature) {
  const std::vector<Eigen::Index> inside = model::inside_support(target_log_densities);
  const Eigen::VectorXd log_ratios = (target_log_densities - temperature * model_log_densities)(inside);
  const Eigen::VectorXd log_weights = log_importance_weights(target_log_densities - model_log_densities);
  ElboEstimate estimate{.value = mean(log_ratios),
                        .samples = log_ratios.size(),
                        .outside = target_log_densities.size() - log_ratios.size(),
                        .entropy = -mean(model_log_densities),
                        .mean_log_density = mean(target_log_densities(inside)),
                        .log_evidence = math::log_sum_exp(log_weights) - std::log(log_weights.size()),
                        .effective_sample_size = math::effective_sample_size(log_weights),
                        .pareto_k = math::pareto_k(log_weights)};
  estimate.standard_error = standard_error(log_ratios, estimate.value);
  return estimate;
}

}  // namespace gmmvi::solver

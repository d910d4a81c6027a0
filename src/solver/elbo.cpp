#include "solver/elbo.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

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

/// Where there is a value to weigh.
Eigen::VectorXd without_failures(const Eigen::VectorXd& log_ratios) {
  Eigen::VectorXd weights(log_ratios.size());
  Eigen::Index count = 0;
  for (const double log_ratio : log_ratios)
    if (!std::isnan(log_ratio)) weights[count++] = log_ratio;
  return weights.head(count);
}

/// The evidence as the mean of weights, of which no logarithm is NaN.
void set_evidence(ElboEstimate& estimate, const Eigen::VectorXd& log_weights) {
  const double log_sum = math::log_sum_exp(log_weights);
  estimate.log_evidence = log_sum - std::log(log_weights.size());
  estimate.effective_sample_size = math::effective_sample_size(log_weights);
  estimate.pareto_k = math::pareto_k(log_weights);
  const Eigen::VectorXd relative = (log_weights.array() - estimate.log_evidence).exp();  // their mean is one
  estimate.log_evidence_standard_error = std::isfinite(log_sum) ? standard_error(relative, 1.0) : std::nan("");
}

/// From the mean inside the support of log p̃ − β log q to the ELBO of q cut off at its rim, q / P there, where P is q's
/// share inside: β log P more, and for β = 1 a lower bound of the evidence. `samples`: what P is known from.
void cut_off_at_rim(ElboEstimate& estimate, double log_share_inside, double samples) {
  if (estimate.outside == 0 || !std::isfinite(log_share_inside)) return;
  estimate.value += estimate.temperature * log_share_inside;
  estimate.standard_error =
      std::hypot(estimate.standard_error, estimate.temperature * std::sqrt(std::expm1(-log_share_inside) / samples));
}

std::int64_t failures_among(const Eigen::VectorXd& log_densities) {
  return log_densities.array().isNaN().count();
}

}  // namespace

ElboEstimate monte_carlo_elbo(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                              double temperature) {
  const std::vector<Eigen::Index> inside = model::inside_support(target_log_densities, model::says_nothing);
  const Eigen::VectorXd log_ratios = (target_log_densities - temperature * model_log_densities)(inside);
  const std::int64_t failures = failures_among(target_log_densities);
  ElboEstimate estimate{.value = mean(log_ratios),
                        .temperature = temperature,
                        .samples = log_ratios.size(),
                        .outside = target_log_densities.size() - log_ratios.size() - failures,
                        .failures = failures,
                        .elbo_effective_sample_size = static_cast<double>(log_ratios.size()),
                        .entropy = -mean(model_log_densities),
                        .mean_log_density = mean(target_log_densities(inside))};
  estimate.standard_error = standard_error(log_ratios, estimate.value);
  if (const std::int64_t valued = estimate.samples + estimate.outside; valued > 0) {
    estimate.share_outside = static_cast<double>(estimate.outside) / static_cast<double>(valued);
    cut_off_at_rim(estimate, std::log(static_cast<double>(estimate.samples) / static_cast<double>(valued)),
                   static_cast<double>(valued));
  }
  set_evidence(estimate, without_failures(target_log_densities - model_log_densities));
  return estimate;
}

// Means of the same samples with weights and without, so that most of their noise cancels.
void add_moments(ElboEstimate& estimate, const Eigen::MatrixXd& samples, const Eigen::VectorXd& target_log_densities,
                 const Eigen::VectorXd& model_log_densities) {
  if (estimate.samples == 0) return;
  std::vector<Eigen::Index> valued;
  for (Eigen::Index n = 0; n < target_log_densities.size(); ++n)
    if (!std::isnan(target_log_densities[n])) valued.push_back(n);
  const Eigen::VectorXd weights = math::importance_weights((target_log_densities - model_log_densities)(valued), true);
  for (Eigen::Index d = 0; d < samples.rows(); ++d) {
    const Eigen::VectorXd values = samples(d, valued).transpose();
    const Eigen::ArrayXd centered = values.array() - values.mean();
    const double shift = weights.dot(centered.matrix());
    const double deviation = std::sqrt(weights.dot(centered.square().matrix()) - shift * shift);
    const double ratio = std::sqrt(centered.square().mean()) / deviation;
    estimate.mean_shift = std::fmax(estimate.mean_shift, std::abs(shift) / deviation);
    estimate.least_deviation = std::fmin(estimate.least_deviation, ratio);
    estimate.largest_deviation = std::fmax(estimate.largest_deviation, ratio);
  }
}

ElboEstimate recycled_elbo(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           const Eigen::VectorXd& background_log_densities, double temperature) {
  const Eigen::VectorXd log_weights = model_log_densities - background_log_densities;
  const Eigen::VectorXd weights = math::importance_weights(log_weights, true);
  const std::vector<Eigen::Index> inside = model::inside_support(target_log_densities, model::says_nothing);
  const Eigen::VectorXd inside_log_weights = log_weights(inside);
  const Eigen::VectorXd inside_weights = math::importance_weights(inside_log_weights, true);
  const Eigen::VectorXd inside_densities = target_log_densities(inside);
  const Eigen::VectorXd log_ratios = inside_densities - temperature * model_log_densities(inside);
  const bool any = inside_weights.sum() > 0.0;
  const auto weighted_mean = [&](const Eigen::VectorXd& values) {
    return any ? inside_weights.dot(values) : std::nan("");
  };
  ElboEstimate estimate{.source = ElboEstimate::Source::recycled,
                        .value = weighted_mean(log_ratios),
                        .temperature = temperature,
                        .samples = log_ratios.size(),
                        .outside = target_log_densities.size() - log_ratios.size(),
                        .share_outside = std::max(0.0, weights.sum() - weights(inside).sum()),
                        .elbo_effective_sample_size = math::effective_sample_size(inside_log_weights),
                        .entropy = weights.sum() > 0.0 ? -weights.dot(model_log_densities) : std::nan(""),
                        .mean_log_density = weighted_mean(inside_densities)};
  estimate.standard_error =
      estimate.elbo_effective_sample_size > 1.0
          ? std::sqrt((inside_weights.array() * (log_ratios.array() - estimate.value)).square().sum())
          : std::nan("");
  if (any)
    cut_off_at_rim(estimate, math::log_sum_exp(inside_log_weights) - math::log_sum_exp(log_weights),
                   math::effective_sample_size(log_weights));
  set_evidence(estimate, target_log_densities - background_log_densities);
  return estimate;
}

}  // namespace gmmvi::solver

namespace gmmvi {

bool ElboEstimate::evidence_is_trusted() const {
  constexpr double trusted_k = 0.7, nearly_equal = 0.9, enough_to_tell = 100.0;
  if (samples == 0 || !std::isfinite(log_evidence_standard_error)) return false;
  return pareto_k < trusted_k || (effective_sample_size >= enough_to_tell &&
                                  effective_sample_size >= nearly_equal * static_cast<double>(samples));
}

}  // namespace gmmvi

#include "gmmvi/strategy/weight_updater.hpp"

#include <cmath>

#include "core/overloaded.hpp"
#include "math/log_sum_exp.hpp"
#include "math/smallest_within.hpp"

namespace gmmvi::strategy {
namespace {

// log w' ∝ log w + scale · E
Eigen::VectorXd tilted(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& expected_log_ratios, double scale) {
  const Eigen::VectorXd sum = log_weights + scale * expected_log_ratios;
  return sum.array() - math::log_sum_exp(sum);
}

double kl(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& old_log_weights) {
  return (log_weights.array().exp() * (log_weights - old_log_weights).array()).sum();
}

class DirectWeights final : public WeightUpdater {
 public:
  explicit DirectWeights(const DirectWeightOptions& options) : options_(options) {}
  bool use_self_normalized_importance_weights() const override {
    return options_.use_self_normalized_importance_weights;
  }
  WeightStep update(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& expected_log_ratios, double stepsize,
                    double temperature) const override {
    const Eigen::VectorXd moved = tilted(log_weights, expected_log_ratios, stepsize / temperature);
    return {moved.allFinite() ? math::normalized_log_weights(moved) : log_weights};
  }

 private:
  DirectWeightOptions options_;
};

class TrustRegionWeights final : public WeightUpdater {
 public:
  explicit TrustRegionWeights(const TrustRegionWeightOptions& options) : options_(options) {}
  bool use_self_normalized_importance_weights() const override {
    return options_.use_self_normalized_importance_weights;
  }
  WeightStep update(const Eigen::VectorXd& log_weights, const Eigen::VectorXd& expected_log_ratios, double stepsize,
                    double temperature) const override {
    if (!expected_log_ratios.allFinite() || stepsize == 0.0) return {log_weights};
    const auto divergence = [&](double multiplier) {
      return kl(tilted(log_weights, expected_log_ratios, 1.0 / multiplier), log_weights);
    };
    const auto multiplier = math::smallest_within(divergence, temperature, stepsize);  // β + η
    if (!multiplier) return {log_weights};
    return {math::normalized_log_weights(tilted(log_weights, expected_log_ratios, 1.0 / *multiplier)),
            *multiplier - temperature};
  }

 private:
  TrustRegionWeightOptions options_;
};

}  // namespace

std::unique_ptr<WeightUpdater> WeightUpdater::make(const WeightUpdaterOptions& options) {
  using Made = std::unique_ptr<WeightUpdater>;
  return std::visit(
      core::Overloaded{
          [](const TrustRegionWeightOptions& o) -> Made { return std::make_unique<TrustRegionWeights>(o); },
          [](const DirectWeightOptions& o) -> Made { return std::make_unique<DirectWeights>(o); },
      },
      options);
}

}  // namespace gmmvi::strategy

#include "strategy/natural_gradient.hpp"

#include <algorithm>

#include "core/overloaded.hpp"
#include "math/importance_weights.hpp"

namespace gmmvi::strategy {
namespace {

constexpr Eigen::Index chunk = 256;   // samples per product: fixed, so that sums do not depend on anything else
constexpr double negligible = 1e-20;  // of the largest weight

std::vector<Eigen::Index> intersection(const std::vector<Eigen::Index>& a, const std::vector<Eigen::Index>& b) {
  std::vector<Eigen::Index> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

/// ĝ = −Σ ω G, Ĥ = −sym(Σ⁻¹ Σ ω (x − μ) Gᵀ), over the samples inside the support (Stein's lemma; paper, section 3.2).
template <class Covariance>
class SteinEstimator final : public NaturalGradientEstimator<Covariance> {
 public:
  explicit SteinEstimator(const SteinOptions& options) : options_(options) {}
  bool needs_gradients() const override { return true; }
  bool only_own_samples() const override { return options_.only_use_own_samples; }

  NaturalGradient<Covariance> estimate(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                       const Eigen::VectorXd& log_weights,
                                       const std::vector<Eigen::Index>& positions) const override {
    const std::vector<Eigen::Index> used = intersection(positions, batch.inside);
    const Eigen::VectorXd used_log_weights = log_weights(used);
    const Eigen::VectorXd weights =
        math::importance_weights(used_log_weights, options_.use_self_normalized_importance_weights);
    Sums sums(gaussian.dimension());
    const double threshold = weights.size() > 0 ? negligible * weights.maxCoeff<Eigen::PropagateNaN>() : 0.0;
    for (Eigen::Index n = 0; n < weights.size(); ++n)
      if (!(weights[n] < threshold)) sums.add(gaussian, batch, used[static_cast<std::size_t>(n)], weights[n]);
    sums.flush();
    return {-sums.gradient, gaussian.covariance().stein_hessian(sums.outer_products)};
  }

 private:
  // Σ ω G and Σ ω (x − μ) Gᵀ, a chunk of samples at a time.
  struct Sums {
    explicit Sums(Eigen::Index d)
        : gradient(Eigen::VectorXd::Zero(d)),
          outer_products(Covariance::zero(d)),
          residuals(d, chunk),
          gradients(d, chunk) {}

    void add(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch, Eigen::Index n, double weight) {
      residuals.col(filled) = weight * (batch.samples.col(n) - gaussian.mean());
      gradients.col(filled) = batch.log_ratio_gradients.col(n);
      gradient += weight * gradients.col(filled);
      if (++filled == chunk) flush();
    }
    void flush() {
      residuals.rightCols(chunk - filled).setZero();
      gradients.rightCols(chunk - filled).setZero();
      if (filled > 0) Covariance::add_outer_products(residuals, gradients, outer_products);
      filled = 0;
    }

    Eigen::VectorXd gradient;
    typename Covariance::Symmetric outer_products;
    Eigen::MatrixXd residuals, gradients;  // [D x chunk]
    Eigen::Index filled = 0;
  };

  SteinOptions options_;
};

}  // namespace

template <class Covariance>
std::unique_ptr<NaturalGradientEstimator<Covariance>> NaturalGradientEstimator<Covariance>::make(
    const NaturalGradientOptions& options) {
  using Made = std::unique_ptr<NaturalGradientEstimator<Covariance>>;
  return std::visit(
      core::Overloaded{
          [](const SteinOptions& stein) -> Made { return std::make_unique<SteinEstimator<Covariance>>(stein); },
      },
      options);
}

template class NaturalGradientEstimator<FullCovariance>;

}  // namespace gmmvi::strategy

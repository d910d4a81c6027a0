#pragma once

#include <Eigen/Core>

#include "gmmvi/strategy/natural_gradient.hpp"

namespace gmmvi::strategy {

/// Gradients of the log ratio as a linear function of the samples, in the whitened coordinates x̂ of a component:
/// weighted ridge regression of Lᵀ G on (x̂, 1) with a ridge λ on the slopes,
///     B = (1 + λ) (S + λI)⁻¹ Σ ω (x̂ − x̄)(LᵀG)ᵀ,  S = Σ ω (x̂ − x̄)(x̂ − x̄)ᵀ,  x̄ = Σ ω x̂,
///     ĝ = −Lᵀ Σ ω G + Bᵀ x̄,  Ĥ = −sym B,
/// and of every coordinate by itself for diagonal covariances. Where S = I and x̄ = 0, as they are expected to be, that
/// is Stein's estimate for every λ. Samples that are too few to be so are made up for, as far as gradients are linear:
/// exactly for λ → 0, not at all for λ → ∞. λ = F / ESS for F slopes of a gradient.
template <class Covariance>
class GradientSlopes {
 public:
  explicit GradientSlopes(Eigen::Index dimension);

  /// Whitened samples and gradients [D x n] with weights ω [n] > 0 that may be added to later.
  void add(const Eigen::MatrixXd& samples, const Eigen::MatrixXd& gradients, const Eigen::VectorXd& weights);
  /// Of what was added; as much of it as the weights add up to, which is 1 where they are self-normalised.
  NaturalGradient<Covariance> natural_gradient() const;

 private:
  using Symmetric = typename Covariance::Symmetric;

  Eigen::VectorXd sample_sum_, gradient_sum_;  // Σ ω x̂, Σ ω LᵀG
  Symmetric squares_, products_;               // Σ ω x̂x̂ᵀ, Σ ω x̂(LᵀG)ᵀ
  double total_ = 0.0, squared_ = 0.0;         // Σ ω, Σ ω²
};

}  // namespace gmmvi::strategy

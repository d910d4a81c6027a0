#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// KL divergence of a trust-region step, whose new precision is P + Ĥ/η, from the old component as a function of η.
/// With the whitened Hessian M = LᵀĤL = Q T Qᵀ (T tridiagonal, eigenvalues λ) and gradient c = Lᵀĝ,
///   KL(η) = ½ Σ_i [log(1 + λ_i/η) + 1/(1 + λ_i/η) − 1] + ½ |(ηI + T)⁻¹ Qᵀc|²,
/// so that one reduction to tridiagonal form makes every probe of η cost O(D).
class WhitenedSpectrum {
 public:
  /// M [D x D] symmetric and finite, c [D].
  WhitenedSpectrum(const Eigen::MatrixXd& m, const Eigen::VectorXd& c);
  /// M diagonal, given by its diagonal [D].
  WhitenedSpectrum(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& c);

  double smallest_eigenvalue() const { return eigenvalues_.minCoeff(); }
  /// In nats; +∞ where ηI + M is not positive definite.
  double kl(double eta) const;

 private:
  double squared_norm_of_solution(double eta) const;

  Eigen::VectorXd eigenvalues_;
  Eigen::VectorXd diagonal_, subdiagonal_;  // of T
  Eigen::VectorXd gradient_;                // Qᵀc
};

}  // namespace gmmvi::math

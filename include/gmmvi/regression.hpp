#pragma once

#include <optional>

#include "gmmvi/eigen.hpp"
#include "gmmvi/gaussian.hpp"

namespace gmmvi {

/// The functions of x that a regression combines, in the order of its coefficients.
enum class Features {
  linear,    ///< x_i, 1: D + 1 features
  squares,   ///< x_i², x_i, 1: 2D + 1
  quadratic  ///< x_i x_j for i <= j (i-major), x_i, 1: D(D+1)/2 + D + 1
};

/// F, the number of features of x in `dimension` dimensions.
Eigen::Index feature_count(Features features, Eigen::Index dimension);
/// [F x N] the features of the columns of `samples` [D x N].
Eigen::MatrixXd feature_matrix(Features features, const Eigen::Ref<const Eigen::MatrixXd>& samples);

/// What a regression is fitted to: minimises Σ_n ω_n (y_n − φ(x_n)ᵀβ)² + Σ_f λ_f β_f², the constant's coefficient free.
struct RegressionProblem {
  Eigen::Ref<const Eigen::MatrixXd> samples;  ///< [D x N]
  Eigen::VectorXd values;                     ///< [N] y
  Eigen::VectorXd weights = {};               ///< [N] ω >= 0; empty: all 1
  double ridge = 0.0;                         ///< λ >= 0 of the features of second order
  std::optional<double> linear_ridge = {};    ///< λ >= 0 of those of first order; absent: the same
};

/// A function φ(x)ᵀβ, linear in its coefficients, fitted by least squares.
class Regression {
 public:
  /// By the normal equations where there are few features, by the dual where there are fewer samples than features, and
  /// by conjugate gradients where there are many of both: whatever is cheapest by their numbers, and what the weights
  /// are worth. The coefficients are the same but for rounding, or to ten digits. Memory is O(N D + min(F², N²)), and
  /// O(N D + F) beyond a gigabyte. Numbers that are not finite give coefficients that are not, as do problems beyond a
  /// gigabyte for which conjugate gradients do not converge.
  static Regression fit(Features features, const RegressionProblem& problem);

  /// [N] φ(x_n)ᵀβ at the columns of `samples` [D x N].
  Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// β [F].
  const Eigen::VectorXd& coefficients() const { return coefficients_; }
  /// Of the features of second order (none for linear ones), of those of first order [D], and of the constant.
  Eigen::VectorXd second_order() const;
  Eigen::VectorXd first_order() const;
  double constant() const;
  /// Estimated reciprocal condition of the equilibrated normal equations, in the 1-norm: near 1e-16, the coefficients
  /// mean little one by one. 0 where they are singular. NaN of conjugate gradients, which do not see it.
  double reciprocal_condition() const { return reciprocal_condition_; }

 private:
  Features features_ = Features::linear;
  Eigen::Index dimension_ = 0;
  Eigen::VectorXd coefficients_;
  double reciprocal_condition_ = 0.0;
};

/// A quadratic function −½ xᵀAx + xᵀa + a₀ fitted by ridge regression in the whitened coordinates L⁻¹(x − μ) of a
/// Gaussian, where features are of one scale. A has the shape of the Gaussian's covariance: with diagonal ones the
/// features of second order are the squares alone (MORE, Abdolmaleki et al. 2015).
template <class Covariance>
class QuadraticSurrogate {
 public:
  /// `problem.ridge` holds in whitened coordinates.
  static QuadraticSurrogate fit(const Gaussian<Covariance>& whitening, const RegressionProblem& problem);
  static constexpr Features features();

  /// [N] at the columns of `samples` [D x N].
  Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// A, the negated Hessian; and LᵀAL, the same in whitened coordinates, where it was fitted.
  typename Covariance::Symmetric negated_hessian() const;
  typename Covariance::Symmetric whitened_negated_hessian() const;
  /// a − Aμ [D], the gradient at the Gaussian's mean; without the cancellation that the difference suffers from.
  Eigen::VectorXd gradient_at_mean() const;
  /// Lᵀ(a − Aμ) [D], the same in whitened coordinates.
  Eigen::VectorXd whitened_gradient_at_mean() const;
  /// a [D].
  Eigen::VectorXd linear() const;
  /// a₀.
  double constant() const;
  /// In whitened coordinates.
  const Regression& regression() const { return regression_; }

 private:
  QuadraticSurrogate(Gaussian<Covariance> whitening, Regression regression);

  Gaussian<Covariance> whitening_;
  Regression regression_;
};

template <>
constexpr Features QuadraticSurrogate<FullCovariance>::features() {
  return Features::quadratic;
}
template <>
constexpr Features QuadraticSurrogate<DiagonalCovariance>::features() {
  return Features::squares;
}

extern template class QuadraticSurrogate<FullCovariance>;
extern template class QuadraticSurrogate<DiagonalCovariance>;

}  // namespace gmmvi

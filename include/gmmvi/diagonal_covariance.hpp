#pragma once

#include <optional>
#include <span>

#include "gmmvi/eigen.hpp"
#include "gmmvi/lanes.hpp"

namespace gmmvi {

/// A diagonal covariance Σ = diag(σ²): the covariance shape "diagonal". The members are those of FullCovariance; what
/// is a symmetric matrix there is its diagonal here.
class DiagonalCovariance {
 public:
  /// The shape of a symmetric matrix that belongs to this covariance: its diagonal [D].
  using Symmetric = Eigen::VectorXd;
  static constexpr const char* name = "diagonal";

  /// From the standard deviations σ [D], the diagonal of the Cholesky factor; none if one is not positive or its
  /// inverse not finite.
  static std::optional<DiagonalCovariance> from_cholesky(const Eigen::Ref<const Eigen::VectorXd>& standard_deviations);
  /// From the variances [D], the diagonal of Σ; none if one is not positive or not finite.
  static std::optional<DiagonalCovariance> from_matrix(const Eigen::Ref<const Eigen::VectorXd>& variances);
  /// diag(variances) [D], all > 0.
  static DiagonalCovariance from_variances(const Eigen::VectorXd& variances);

  Eigen::Index dimension() const { return standard_deviations_.size(); }
  /// The diagonal of L [D], that is σ.
  const Eigen::VectorXd& cholesky() const { return standard_deviations_; }
  /// The diagonal of Σ [D].
  Eigen::VectorXd matrix() const { return variances(); }
  /// The variance of every coordinate [D].
  Eigen::VectorXd variances() const { return standard_deviations_.array().square(); }
  /// The variance of coordinate d.
  double variance(Eigen::Index d) const { return standard_deviations_[d] * standard_deviations_[d]; }
  double log_determinant() const { return log_determinant_; }

  /// out = L⁻¹ x for the first `samples` of the block; the others may stay as they are.
  void whiten(const Block& x, Block& out, Eigen::Index samples = lanes) const;
  /// Of that the coordinates `begin` … `end`−1 alone, which those of x behind them do not change.
  void whiten(const Block& x, Block& out, Eigen::Index begin, Eigen::Index end, Eigen::Index samples) const;
  /// out = L z for each sample of the block.
  void color(const Block& z, Block& out) const;
  /// out −= L⁻ᵀ y for each sample of the block.
  void subtract_transposed_whitened(const Block& y, Block& out) const;

  /// L z [D].
  Eigen::VectorXd color(const Eigen::VectorXd& z) const;
  /// Σ v [D].
  Eigen::VectorXd times(const Eigen::VectorXd& v) const;
  /// Lᵀ v [D]: a gradient in whitened coordinates.
  Eigen::VectorXd whiten_gradient(const Eigen::VectorXd& v) const;
  /// L⁻ᵀ v [D]: back from whitened coordinates.
  Eigen::VectorXd unwhiten_gradient(const Eigen::VectorXd& v) const;
  /// Lᵀ H L: a Hessian in whitened coordinates.
  Symmetric whiten_hessian(const Symmetric& hessian) const;
  /// L⁻ᵀ H L⁻¹: back from whitened coordinates.
  Symmetric unwhiten_hessian(const Symmetric& hessian) const;
  /// The diagonal of −L⁻¹ S L, S = Σ_n ω_n (x_n − μ) G_nᵀ: Stein's estimate of the negated Hessian, in whitened
  /// coordinates.
  Symmetric whitened_stein_hessian(const Symmetric& outer_products) const;
  /// The same for S = A Bᵀ, A and B [D x n].
  Symmetric whitened_stein_hessian(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) const;
  /// The covariance whose precision is L⁻ᵀ A L⁻¹; none if A is not positive or the result not finite.
  std::optional<DiagonalCovariance> with_whitened_precision(const Symmetric& a) const;

  /// Doubles of a Symmetric.
  static Eigen::Index symmetric_size(Eigen::Index dimension) { return dimension; }
  /// The zero matrix of this shape.
  static Symmetric zero(Eigen::Index dimension) { return Eigen::VectorXd::Zero(dimension); }
  /// I + a M + b M².
  static Symmetric identity_plus(double a, const Symmetric& m, double b = 0.0);
  /// m += a I.
  static void add_identity(double a, Symmetric& m);
  /// The squares of v_d² − 1 summed up, for v [D].
  static double squared_distance_from_identity(const Eigen::Ref<const Eigen::VectorXd>& v);
  /// sum += the diagonal of A Bᵀ for A, B [D x n].
  static void add_outer_products(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
                                 Symmetric& sum);

  /// Doubles that describe the covariance on the wire.
  static Eigen::Index packed_size(Eigen::Index dimension) { return dimension; }
  void pack(std::span<double> out) const;
  static DiagonalCovariance unpack(Eigen::Index dimension, std::span<const double> packed);

 private:
  explicit DiagonalCovariance(Eigen::VectorXd standard_deviations);

  Eigen::VectorXd standard_deviations_;          // σ
  Eigen::VectorXd inverse_standard_deviations_;  // 1/σ
  double log_determinant_;                       // of Σ
};

}  // namespace gmmvi

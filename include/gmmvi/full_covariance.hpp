#pragma once

#include <optional>
#include <span>

#include "gmmvi/eigen.hpp"
#include "gmmvi/lanes.hpp"

namespace gmmvi {

/// A full covariance Σ = L Lᵀ with what the kernels need of it: the covariance shape "full". A shape is a type; what
/// differs between shapes in storage, products and Hessians is here, and what calls it does not ask which shape it is.
class FullCovariance {
 public:
  using Triangle = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  /// The shape of a symmetric matrix that belongs to this covariance: [D x D].
  using Symmetric = Eigen::MatrixXd;
  static constexpr const char* name = "full";

  /// From the lower triangular factor L [D x D]; none if its diagonal is not positive or an entry not finite.
  static std::optional<FullCovariance> from_cholesky(const Eigen::Ref<const Eigen::MatrixXd>& cholesky);
  /// From Σ [D x D]; none if it is not positive definite.
  static std::optional<FullCovariance> from_matrix(const Eigen::Ref<const Eigen::MatrixXd>& covariance);
  /// diag(variances) [D], all > 0.
  static FullCovariance from_variances(const Eigen::VectorXd& variances);

  Eigen::Index dimension() const { return cholesky_.rows(); }
  /// L [D x D].
  const Triangle& cholesky() const { return cholesky_; }
  /// Σ [D x D].
  Eigen::MatrixXd matrix() const;
  /// The variance of every coordinate [D].
  Eigen::VectorXd variances() const;
  /// The variance of coordinate d.
  double variance(Eigen::Index d) const;
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
  /// Lᵀ H L [D x D]: a Hessian in whitened coordinates.
  Symmetric whiten_hessian(const Symmetric& hessian) const;
  /// L⁻ᵀ H L⁻¹ [D x D]: back from whitened coordinates.
  Symmetric unwhiten_hessian(const Symmetric& hessian) const;
  /// −sym(L⁻¹ S L), S = Σ_n ω_n (x_n − μ) G_nᵀ: Stein's estimate −sym(Σ⁻¹ S) of the negated Hessian, in whitened
  /// coordinates.
  Symmetric whitened_stein_hessian(const Symmetric& outer_products) const;
  /// The same for S = A Bᵀ, A and B [D x n]: cheaper than by way of S where n < D.
  Symmetric whitened_stein_hessian(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) const;
  /// The covariance whose precision is L⁻ᵀ A L⁻¹; none if A is not positive definite or the result not finite.
  std::optional<FullCovariance> with_whitened_precision(const Symmetric& a) const;

  /// Doubles of a Symmetric.
  static Eigen::Index symmetric_size(Eigen::Index dimension) { return dimension * dimension; }
  /// The zero matrix of this shape.
  static Symmetric zero(Eigen::Index dimension) { return Eigen::MatrixXd::Zero(dimension, dimension); }
  /// I + a M + b M².
  static Symmetric identity_plus(double a, const Symmetric& m, double b = 0.0);
  /// m += a I.
  static void add_identity(double a, Symmetric& m);
  /// |v vᵀ − I|² (as far as the shape stores it), the squared Frobenius norm, for v [D].
  static double squared_distance_from_identity(const Eigen::Ref<const Eigen::VectorXd>& v);
  /// sum += A Bᵀ (as far as the shape stores it) for A, B [D x n].
  static void add_outer_products(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b,
                                 Symmetric& sum);

  /// Doubles that describe the covariance on the wire.
  static Eigen::Index packed_size(Eigen::Index dimension) { return dimension * (dimension + 1) / 2; }
  void pack(std::span<double> out) const;
  static FullCovariance unpack(Eigen::Index dimension, std::span<const double> packed);

 private:
  explicit FullCovariance(Triangle cholesky);
  static std::optional<FullCovariance> from_triangle(Triangle cholesky);

  Triangle cholesky_;          // L, zero above the diagonal
  Triangle inverse_cholesky_;  // L⁻¹, zero above the diagonal
  double log_determinant_;     // of Σ
};

}  // namespace gmmvi

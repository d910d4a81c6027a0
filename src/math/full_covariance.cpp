#include "gmmvi/full_covariance.hpp"

#include <Eigen/Cholesky>

#include "core/contract.hpp"
#include "math/lane_products.hpp"
#include "math/triangular.hpp"

namespace gmmvi {
namespace {

using Triangle = FullCovariance::Triangle;

// A lower triangle transposed along the other diagonal, T_ij to (D−1−j, D−1−i), is a lower triangle again. Row by row
// it is the reverse of T column by column, so it costs a copy.
Eigen::MatrixXd turned(const Triangle& t) {
  return Eigen::Map<const Eigen::MatrixXd>(t.data(), t.rows(), t.cols()).reverse();
}
Triangle turned_back(const Eigen::MatrixXd& t) {
  return Eigen::Map<const Triangle>(t.data(), t.rows(), t.cols()).reverse();
}

}  // namespace

FullCovariance::FullCovariance(Triangle cholesky) : cholesky_(std::move(cholesky)) {
  const Eigen::Index d = cholesky_.rows();
  cholesky_.triangularView<Eigen::StrictlyUpper>().setZero();
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(d, d);
  math::solve_lower_in_place(turned(cholesky_), inverse);  // turning and inverting can change places
  inverse_cholesky_ = turned_back(inverse);
  log_determinant_ = 2.0 * cholesky_.diagonal().array().log().sum();
}

std::optional<FullCovariance> FullCovariance::from_cholesky(const Eigen::Ref<const Eigen::MatrixXd>& cholesky) {
  return from_triangle(Triangle(cholesky));
}

std::optional<FullCovariance> FullCovariance::from_triangle(Triangle cholesky) {
  if (!cholesky.allFinite() || !(cholesky.diagonal().array() > 0.0).all()) return std::nullopt;
  FullCovariance covariance{std::move(cholesky)};
  if (!covariance.inverse_cholesky_.allFinite()) return std::nullopt;
  return covariance;
}

std::optional<FullCovariance> FullCovariance::from_matrix(const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  if (llt.info() != Eigen::Success) return std::nullopt;
  return from_cholesky(llt.matrixL().toDenseMatrix());
}

FullCovariance FullCovariance::from_variances(const Eigen::VectorXd& variances) {
  GMMVI_EXPECT((variances.array() > 0.0).all(), "variances are positive");
  return FullCovariance(Triangle(variances.cwiseSqrt().asDiagonal()));
}

Eigen::MatrixXd FullCovariance::matrix() const {
  return cholesky_ * cholesky_.transpose();
}

Eigen::VectorXd FullCovariance::variances() const {
  return cholesky_.rowwise().squaredNorm();
}

double FullCovariance::variance(Eigen::Index d) const {
  return cholesky_.row(d).squaredNorm();
}

void FullCovariance::whiten(const Block& x, Block& out, Eigen::Index samples) const {
  math::lower_product(inverse_cholesky_.data(), dimension(), x.data(), out.data(), samples);
}

void FullCovariance::whiten(const Block& x, Block& out, Eigen::Index begin, Eigen::Index end,
                            Eigen::Index samples) const {
  math::lower_product_rows(inverse_cholesky_.data(), dimension(), begin, end, x.data(), out.data(), samples);
}

void FullCovariance::color(const Block& z, Block& out) const {
  math::lower_product(cholesky_.data(), dimension(), z.data(), out.data());
}

void FullCovariance::subtract_transposed_whitened(const Block& y, Block& out) const {
  math::subtract_lower_transposed_product(inverse_cholesky_.data(), dimension(), y.data(), out.data());
}

Eigen::VectorXd FullCovariance::color(const Eigen::VectorXd& z) const {
  return cholesky_ * z;
}

Eigen::VectorXd FullCovariance::times(const Eigen::VectorXd& v) const {
  return color(whiten_gradient(v));
}

Eigen::VectorXd FullCovariance::whiten_gradient(const Eigen::VectorXd& v) const {
  return cholesky_.transpose() * v;
}

Eigen::VectorXd FullCovariance::unwhiten_gradient(const Eigen::VectorXd& v) const {
  return inverse_cholesky_.transpose() * v;
}

FullCovariance::Symmetric FullCovariance::whiten_hessian(const Symmetric& hessian) const {
  const Eigen::MatrixXd product = hessian * cholesky_;
  const Eigen::MatrixXd whitened = cholesky_.transpose() * product;
  return 0.5 * (whitened + whitened.transpose());
}

FullCovariance::Symmetric FullCovariance::unwhiten_hessian(const Symmetric& hessian) const {
  const Eigen::MatrixXd product = hessian * inverse_cholesky_;
  const Eigen::MatrixXd unwhitened = inverse_cholesky_.transpose() * product;
  return 0.5 * (unwhitened + unwhitened.transpose());
}

FullCovariance::Symmetric FullCovariance::whitened_stein_hessian(const Symmetric& outer_products) const {
  const Eigen::MatrixXd whitened = inverse_cholesky_.triangularView<Eigen::Lower>() * outer_products;
  const Eigen::MatrixXd product = whitened * cholesky_.triangularView<Eigen::Lower>();
  return -0.5 * (product + product.transpose());
}

FullCovariance::Symmetric FullCovariance::whitened_stein_hessian(const Eigen::MatrixXd& a,
                                                                 const Eigen::MatrixXd& b) const {
  const Eigen::MatrixXd whitened_a = inverse_cholesky_.triangularView<Eigen::Lower>() * a;
  const Eigen::MatrixXd whitened_b = cholesky_.transpose().triangularView<Eigen::Upper>() * b;
  const Eigen::MatrixXd product = whitened_a * whitened_b.transpose();
  return -0.5 * (product + product.transpose());
}

std::optional<FullCovariance> FullCovariance::with_whitened_precision(const Symmetric& a) const {
  // With the rows and columns in reverse, the lower factor Q of A becomes an upper one: A = R Rᵀ. Then the new
  // covariance L A⁻¹ Lᵀ = (L R⁻ᵀ)(L R⁻ᵀ)ᵀ, and L R⁻ᵀ is lower triangular already; turned, it is Q⁻¹ times L turned.
  if (!a.allFinite()) return std::nullopt;
  const Eigen::LLT<Eigen::MatrixXd> reversed(a.reverse());
  if (reversed.info() != Eigen::Success) return std::nullopt;
  Eigen::MatrixXd factor = turned(cholesky_);
  math::solve_lower_in_place(reversed.matrixLLT(), factor);
  return from_triangle(turned_back(factor));
}

FullCovariance::Symmetric FullCovariance::identity_plus(double a, const Symmetric& m, double b) {
  Symmetric sum = a * m;
  if (b != 0.0) {
    sum.selfadjointView<Eigen::Upper>().rankUpdate(m, b);  // M² = M Mᵀ
    sum.triangularView<Eigen::StrictlyLower>() = sum.transpose();
  }
  sum.diagonal().array() += 1.0;
  return sum;
}

void FullCovariance::add_identity(double a, Symmetric& m) {
  m.diagonal().array() += a;
}

double FullCovariance::squared_distance_from_identity(const Eigen::Ref<const Eigen::VectorXd>& v) {
  const double square = v.squaredNorm();
  return square * square - 2.0 * square + static_cast<double>(v.size());
}

void FullCovariance::add_outer_products(const Eigen::Ref<const Eigen::MatrixXd>& a,
                                        const Eigen::Ref<const Eigen::MatrixXd>& b, Symmetric& sum) {
  sum.noalias() += a * b.transpose();
}

void FullCovariance::pack(std::span<double> out) const {
  GMMVI_GUARD(static_cast<Eigen::Index>(out.size()) == packed_size(dimension()), "room for the lower triangle");
  auto* next = out.data();
  for (Eigen::Index i = 0; i < dimension(); ++i) next = std::copy_n(cholesky_.row(i).data(), i + 1, next);
}

FullCovariance FullCovariance::unpack(Eigen::Index dimension, std::span<const double> packed) {
  Triangle cholesky = Triangle::Zero(dimension, dimension);
  const auto* next = packed.data();
  for (Eigen::Index i = 0; i < dimension; next += ++i) std::copy_n(next, i + 1, cholesky.row(i).data());
  return FullCovariance(std::move(cholesky));
}

}  // namespace gmmvi

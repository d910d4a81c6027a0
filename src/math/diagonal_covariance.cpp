#include "gmmvi/diagonal_covariance.hpp"

#include <algorithm>
#include <utility>

#include "core/contract.hpp"

namespace gmmvi {

DiagonalCovariance::DiagonalCovariance(Eigen::VectorXd standard_deviations)
    : standard_deviations_(std::move(standard_deviations)),
      inverse_standard_deviations_(standard_deviations_.cwiseInverse()),
      log_determinant_(2.0 * standard_deviations_.array().log().sum()) {}

std::optional<DiagonalCovariance> DiagonalCovariance::from_cholesky(
    const Eigen::Ref<const Eigen::VectorXd>& standard_deviations) {
  if (!standard_deviations.allFinite() || !(standard_deviations.array() > 0.0).all()) return std::nullopt;
  DiagonalCovariance covariance{Eigen::VectorXd(standard_deviations)};
  if (!covariance.inverse_standard_deviations_.allFinite()) return std::nullopt;
  return covariance;
}

std::optional<DiagonalCovariance> DiagonalCovariance::from_matrix(const Eigen::Ref<const Eigen::VectorXd>& variances) {
  return from_cholesky(variances.cwiseSqrt());
}

DiagonalCovariance DiagonalCovariance::from_variances(const Eigen::VectorXd& variances) {
  GMMVI_EXPECT((variances.array() > 0.0).all(), "variances are positive");
  return DiagonalCovariance(variances.cwiseSqrt());
}

void DiagonalCovariance::whiten(const Block& x, Block& out, Eigen::Index) const {
  for (Eigen::Index d = 0; d < dimension(); ++d) out.col(d) = inverse_standard_deviations_[d] * x.col(d);
}

void DiagonalCovariance::whiten(const Block& x, Block& out, Eigen::Index begin, Eigen::Index end, Eigen::Index) const {
  for (Eigen::Index d = begin; d < end; ++d) out.col(d) = inverse_standard_deviations_[d] * x.col(d);
}

void DiagonalCovariance::color(const Block& z, Block& out) const {
  for (Eigen::Index d = 0; d < dimension(); ++d) out.col(d) = standard_deviations_[d] * z.col(d);
}

void DiagonalCovariance::subtract_transposed_whitened(const Block& y, Block& out) const {
  for (Eigen::Index d = 0; d < dimension(); ++d) out.col(d) -= inverse_standard_deviations_[d] * y.col(d);
}

Eigen::VectorXd DiagonalCovariance::color(const Eigen::VectorXd& z) const {
  return standard_deviations_.cwiseProduct(z);
}

Eigen::VectorXd DiagonalCovariance::times(const Eigen::VectorXd& v) const {
  return standard_deviations_.array().square() * v.array();
}

Eigen::VectorXd DiagonalCovariance::whiten_gradient(const Eigen::VectorXd& v) const {
  return standard_deviations_.cwiseProduct(v);
}

Eigen::VectorXd DiagonalCovariance::unwhiten_gradient(const Eigen::VectorXd& v) const {
  return inverse_standard_deviations_.cwiseProduct(v);
}

DiagonalCovariance::Symmetric DiagonalCovariance::whiten_hessian(const Symmetric& hessian) const {
  return hessian.array() * standard_deviations_.array().square();
}

DiagonalCovariance::Symmetric DiagonalCovariance::unwhiten_hessian(const Symmetric& hessian) const {
  return hessian.array() * inverse_standard_deviations_.array().square();
}

DiagonalCovariance::Symmetric DiagonalCovariance::whitened_stein_hessian(const Symmetric& outer_products) const {
  return -outer_products;  // L⁻¹ and L cancel
}

DiagonalCovariance::Symmetric DiagonalCovariance::whitened_stein_hessian(const Eigen::MatrixXd& a,
                                                                         const Eigen::MatrixXd& b) const {
  return -a.cwiseProduct(b).rowwise().sum();
}

std::optional<DiagonalCovariance> DiagonalCovariance::with_whitened_precision(const Symmetric& a) const {
  if (!a.allFinite() || !(a.array() > 0.0).all()) return std::nullopt;
  return from_cholesky((standard_deviations_.array() / a.array().sqrt()).matrix());
}

DiagonalCovariance::Symmetric DiagonalCovariance::identity_plus(double a, const Symmetric& m, double b) {
  return 1.0 + a * m.array() + b * m.array().square();
}

void DiagonalCovariance::add_identity(double a, Symmetric& m) {
  m.array() += a;
}

double DiagonalCovariance::squared_distance_from_identity(const Eigen::Ref<const Eigen::VectorXd>& v) {
  return (v.array().square() - 1.0).square().sum();
}

void DiagonalCovariance::add_outer_products(const Eigen::Ref<const Eigen::MatrixXd>& a,
                                            const Eigen::Ref<const Eigen::MatrixXd>& b, Symmetric& sum) {
  for (Eigen::Index n = 0; n < a.cols(); ++n) sum += a.col(n).cwiseProduct(b.col(n));
}

void DiagonalCovariance::pack(std::span<double> out) const {
  GMMVI_GUARD(static_cast<Eigen::Index>(out.size()) == dimension(), "room for the diagonal");
  std::ranges::copy(standard_deviations_, out.begin());
}

DiagonalCovariance DiagonalCovariance::unpack(Eigen::Index dimension, std::span<const double> packed) {
  return DiagonalCovariance(Eigen::Map<const Eigen::VectorXd>(packed.data(), dimension));
}

}  // namespace gmmvi

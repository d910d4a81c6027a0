#include "math/situations.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/QR>

#include "core/random.hpp"

namespace gmmvi::test {

Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Eigen::MatrixXd matrix(rows, columns);
  core::Stream(seed, core::Purpose::samples).normal({matrix.data(), static_cast<std::size_t>(matrix.size())});
  return matrix;
}

Eigen::VectorXd normal_vector(Eigen::Index size, std::uint64_t seed) {
  return normal_matrix(size, 1, seed);
}

Eigen::MatrixXd symmetric_with_eigenvalues(const Eigen::VectorXd& eigenvalues, std::uint64_t seed) {
  const Eigen::Index d = eigenvalues.size();
  const Eigen::MatrixXd directions = Eigen::HouseholderQR<Eigen::MatrixXd>(normal_matrix(d, d, seed)).householderQ();
  const Eigen::MatrixXd matrix = directions * eigenvalues.asDiagonal() * directions.transpose();
  return 0.5 * (matrix + matrix.transpose());
}

FullCovariance covariance_with_condition(Eigen::Index dimension, double condition, std::uint64_t seed) {
  const double most = 0.5 * std::log(condition);
  const Eigen::VectorXd logarithms = Eigen::VectorXd::LinSpaced(dimension, -most, most);
  return FullCovariance::from_matrix(symmetric_with_eigenvalues(logarithms.array().exp(), seed)).value();
}

GaussianPointer<FullCovariance> random_gaussian(Eigen::Index dimension, std::uint64_t seed, double condition) {
  return std::make_shared<const Gaussian<FullCovariance>>(normal_vector(dimension, seed + 1000),
                                                          covariance_with_condition(dimension, condition, seed));
}

Mixture<FullCovariance> overlapping_mixture(Eigen::Index components, Eigen::Index dimension, std::uint64_t seed) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  for (Eigen::Index k = 0; k < components; ++k)
    gaussians.push_back(random_gaussian(dimension, 100 * seed + static_cast<std::uint64_t>(k)));
  return {std::move(gaussians), normal_vector(components, seed).array().abs() + 0.1};
}

double kl_divergence(const Gaussian<FullCovariance>& a, const Gaussian<FullCovariance>& b) {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
  const Matrix chol_a = Eigen::MatrixXd(a.covariance().cholesky()).cast<long double>();
  const Matrix chol_b = Eigen::MatrixXd(b.covariance().cholesky()).cast<long double>();
  const Vector difference = a.mean().cast<long double>() - b.mean().cast<long double>();
  const Matrix ratio = chol_b.triangularView<Eigen::Lower>().solve(chol_a);
  const Vector residual = chol_b.triangularView<Eigen::Lower>().solve(difference);
  const long double log_ratio = 2.0L * ratio.diagonal().array().log().sum();
  const auto dimension = static_cast<long double>(a.dimension());
  return static_cast<double>(0.5L * (ratio.squaredNorm() - dimension - log_ratio + residual.squaredNorm()));
}

double largest_error(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return std::numeric_limits<double>::quiet_NaN();
  return ((a - b).array().abs() / b.array().abs().max(1.0)).maxCoeff<Eigen::PropagateNaN>();
}

}  // namespace gmmvi::test

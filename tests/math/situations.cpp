#include "math/situations.hpp"

#include <cmath>
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

}  // namespace gmmvi::test

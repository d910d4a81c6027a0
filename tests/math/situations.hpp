#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"

/// Mathematical situations that the tests of math, model and strategy stand in. Equal arguments give equal numbers.
namespace gmmvi::test {

/// [rows x columns] independent standard normal numbers.
Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed);
Eigen::VectorXd normal_vector(Eigen::Index size, std::uint64_t seed);

/// A symmetric matrix [D x D] with the given eigenvalues [D] in random directions.
Eigen::MatrixXd symmetric_with_eigenvalues(const Eigen::VectorXd& eigenvalues, std::uint64_t seed);

/// Σ [D x D] with eigenvalues evenly spaced in logarithms from 1/√condition to √condition, in random directions.
FullCovariance covariance_with_condition(Eigen::Index dimension, double condition, std::uint64_t seed);

/// A Gaussian with a standard normal mean and a covariance of that condition.
GaussianPointer<FullCovariance> random_gaussian(Eigen::Index dimension, std::uint64_t seed, double condition = 10.0);

/// K overlapping Gaussians, none of negligible weight.
Mixture<FullCovariance> overlapping_mixture(Eigen::Index components, Eigen::Index dimension, std::uint64_t seed);

/// The same Gaussian with a full covariance.
inline Gaussian<FullCovariance> as_full(const Gaussian<FullCovariance>& gaussian) {
  return gaussian;
}
inline Gaussian<FullCovariance> as_full(const Gaussian<DiagonalCovariance>& gaussian) {
  return {gaussian.mean(), FullCovariance::from_variances(gaussian.covariance().variances())};
}

/// KL(a ‖ b) in nats from the two means and Cholesky factors alone, in extended precision.
double kl_divergence(const Gaussian<FullCovariance>& a, const Gaussian<FullCovariance>& b);

/// Whether all numbers are the same bits (so NaN equals itself, and 0 is not −0).
template <class A, class B>
bool same_bits(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Eigen::Index j = 0; j < a.cols(); ++j)
    for (Eigen::Index i = 0; i < a.rows(); ++i)
      if (std::bit_cast<std::uint64_t>(double(a.derived()(i, j))) !=
          std::bit_cast<std::uint64_t>(double(b.derived()(i, j))))
        return false;
  return true;
}

/// max |a − b| / max(1, |b|) over all entries; NaN where one is, or the shapes differ.
double largest_error(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);

}  // namespace gmmvi::test

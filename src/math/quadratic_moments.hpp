#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// Σ_n ω_n φ(x_n) φ(x_n)ᵀ [F x F] of the quadratic features of `samples` [D x N] with weights [N], its lower triangle;
/// above is 0. With x̃ = (x, 1) an entry is Σ ω x̃_i x̃_j x̃_k x̃_l, in whatever order: up to three pairs of
/// features have the same one, which is summed up once. N F²/6 operations for large D, where the product of the
/// features takes N F²/2.
Eigen::MatrixXd quadratic_moments(const Eigen::Ref<const Eigen::MatrixXd>& samples, const Eigen::VectorXd& weights);

/// How many multiplications its products of matrices take for a sample.
double quadratic_moments_operations(Eigen::Index dimension);

}  // namespace gmmvi::math

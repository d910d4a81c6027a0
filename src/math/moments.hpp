#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// [D x 2] mean and variances of `samples` [D x N], N > 0. Variances are kept above 1e-12 of the squared mean, or of 1,
/// so that they are those of a Gaussian, and finite.
Eigen::MatrixX2d moments_of(const Eigen::MatrixXd& samples);

}  // namespace gmmvi::math

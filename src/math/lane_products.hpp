#pragma once

#include <Eigen/Core>

#include "gmmvi/lanes.hpp"

namespace gmmvi::math {

/// y_i = Σ_{j<=i} T_ij x_j for the first `samples` of the 32; the others may stay as they are. `t` [D x D] row-major
/// with zeros above the diagonal; `x`, `y` [lanes x D], aligned, not overlapping. The sums run over j in order, for
/// every sample alike.
void lower_product(const double* t, Eigen::Index dimension, const double* x, double* y, Eigen::Index samples = lanes);

/// y_j −= Σ_{i>=j} T_ij x_i for each of the 32 samples.
void subtract_lower_transposed_product(const double* t, Eigen::Index dimension, const double* x, double* y);

}  // namespace gmmvi::math

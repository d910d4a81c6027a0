#pragma once

#include <Eigen/Core>

#include "gmmvi/lanes.hpp"

namespace gmmvi::math {

/// y_i = Σ_{j<=i} T_ij x_j for the first `samples` of the 32; the others may stay as they are. `t` [D x D] row-major
/// with zeros above the diagonal; `x`, `y` [lanes x D], aligned, not overlapping. The sums run over j in order, for
/// every sample alike.
void lower_product(const double* t, Eigen::Index dimension, const double* x, double* y, Eigen::Index samples = lanes);
/// Of that the rows `begin` … `end`−1 alone, with the same bits. Of `x` it needs the columns before `end`.
void lower_product_rows(const double* t, Eigen::Index dimension, Eigen::Index begin, Eigen::Index end, const double* x,
                        double* y, Eigen::Index samples);

/// y_j −= Σ_{i>=j} T_ij x_i for each of the 32 samples.
void subtract_lower_transposed_product(const double* t, Eigen::Index dimension, const double* x, double* y);

}  // namespace gmmvi::math

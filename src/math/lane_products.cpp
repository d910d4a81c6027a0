#include "math/lane_products.hpp"

#include "math/lane_kernels.hpp"

namespace gmmvi::math {

static_assert(lanes == 32, "as the kernels have it");
static_assert(EIGEN_MAX_ALIGN_BYTES >= 64, "whole registers of any kernel");

void lower_product(const double* t, Eigen::Index dimension, const double* x, double* y, Eigen::Index samples) {
  lane_kernels().lower_product_rows(t, dimension, 0, dimension, x, y, samples);
}

void lower_product_rows(const double* t, Eigen::Index dimension, Eigen::Index begin, Eigen::Index end, const double* x,
                        double* y, Eigen::Index samples) {
  lane_kernels().lower_product_rows(t, dimension, begin, end, x, y, samples);
}

void subtract_lower_transposed_product(const double* t, Eigen::Index dimension, const double* x, double* y) {
  lane_kernels().subtract_lower_transposed_product(t, dimension, x, y);
}

}  // namespace gmmvi::math

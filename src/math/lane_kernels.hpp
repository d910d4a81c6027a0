#pragma once

#include <cstddef>
#include <span>

namespace gmmvi::math {

/// The products of lane_products.hpp, compiled for one kind of CPU. All sums run in the same order, in each of the 32
/// lanes by itself, so that kinds which fuse multiplications and additions give the same bits.
struct LaneKernels {
  const char* name;
  void (*lower_product_rows)(const double* t, std::ptrdiff_t dimension, std::ptrdiff_t begin, std::ptrdiff_t end,
                             const double* x, double* y, std::ptrdiff_t samples);
  void (*subtract_lower_transposed_product)(const double* t, std::ptrdiff_t dimension, const double* x, double* y);
};

/// Those that can run here, the quickest first. The last is the one for whatever CPU the program was compiled for.
std::span<const LaneKernels* const> runnable_lane_kernels();
/// The quickest of them, unless the environment variable GMMVI_KERNELS names another.
const LaneKernels& lane_kernels();

}  // namespace gmmvi::math

#define GMMVI_KERNEL avx2_lane_kernels
#define GMMVI_KERNEL_NAME "AVX2"
#define GMMVI_KERNEL_DOUBLES 4
#include "math/lane_kernels_of.hpp"

#define GMMVI_KERNEL avx512_lane_kernels
#define GMMVI_KERNEL_NAME "AVX-512"
#define GMMVI_KERNEL_DOUBLES 8
#include "math/lane_kernels_of.hpp"

#define GMMVI_KERNEL plain_lane_kernels
#define GMMVI_KERNEL_NAME "plain"
#ifdef __AVX512F__
#define GMMVI_KERNEL_DOUBLES 8
#else
#define GMMVI_KERNEL_DOUBLES 4
#endif
#include "math/lane_kernels_of.hpp"

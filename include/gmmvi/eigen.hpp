#pragma once

#include <Eigen/Core>

// Eigen allocates by this number, so that a matrix that one side made and the other freed would damage memory. CMake's
// target gmmvi::gmmvi brings it along.
#if EIGEN_MAX_ALIGN_BYTES != 64
#error \
    "gmmvi is built with EIGEN_MAX_ALIGN_BYTES=64: link gmmvi::gmmvi in CMake, or compile with -DEIGEN_MAX_ALIGN_BYTES=64"
#endif

#include "runner/build_info.hpp"

#include <Eigen/Core>
#include <fmt/format.h>

#include "comm/mpi_library.hpp"
#include "io/netcdf_version.hpp"
#include "math/lane_kernels.hpp"
#include "runner/version.hpp"

namespace gmmvi::runner {
namespace {

/// The vector instructions that the compiler may use; Eigen's own list leaves some out.
constexpr const char* instructions =
#if defined(__AVX512F__)
    "AVX-512"
#elif defined(__AVX2__) && defined(__FMA__)
    "AVX2 with FMA"
#elif defined(__AVX__)
    "AVX"
#elif defined(__ARM_FEATURE_SVE)
    "SVE"
#elif defined(__ARM_NEON)
    "NEON"
#elif defined(__SSE4_2__)
    "SSE4.2"
#elif defined(__SSE2__)
    "SSE2"
#else
    "none that is known"
#endif
    ;

}  // namespace

std::string build_info() {
  return fmt::format("gmmvi         {}\n", version()) +
         fmt::format("build         {}, {}, flags: {}\n", GMMVI_BUILD_TYPE, GMMVI_COMPILER, GMMVI_BUILD_FLAGS) +
         fmt::format("vectors       {}; kernels {}\n", instructions, math::lane_kernels().name) +
         fmt::format("libraries     Eigen {}.{}.{}, Boost {}, netCDF {}\n", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                     EIGEN_MINOR_VERSION, GMMVI_BOOST_VERSION, io::netcdf_version()) +
         fmt::format("MPI           {}\n", comm::mpi_library());
}

}  // namespace gmmvi::runner

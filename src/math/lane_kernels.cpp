#include "math/lane_kernels.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gmmvi/error.hpp"

namespace gmmvi::math {

extern const LaneKernels plain_lane_kernels;
#ifdef GMMVI_KERNELS_OF_X86
extern const LaneKernels avx2_lane_kernels, avx512_lane_kernels;
#endif

namespace {

std::vector<const LaneKernels*> runnable() {
  std::vector<const LaneKernels*> kernels;
#ifdef GMMVI_KERNELS_OF_X86
  __builtin_cpu_init();
  const bool fuses = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (fuses && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    kernels.push_back(&avx512_lane_kernels);
  if (fuses) kernels.push_back(&avx2_lane_kernels);
#endif
  kernels.push_back(&plain_lane_kernels);
  return kernels;
}

const LaneKernels& chosen() {
  const auto kernels = runnable_lane_kernels();
  const char* wanted = std::getenv("GMMVI_KERNELS");
  if (wanted == nullptr || *wanted == '\0') return *kernels.front();
  std::string names;
  for (const LaneKernels* each : kernels) {
    if (std::string_view(each->name) == wanted) return *each;
    names += (names.empty() ? "" : ", ") + std::string(each->name);
  }
  throw Error("the environment variable GMMVI_KERNELS is '" + std::string(wanted) +
                  "', but of the kernels that are compiled in, this machine can run these: " + names +
                  "; unset it, and the quickest is taken",
              ExitCode::configuration);
}

}  // namespace

std::span<const LaneKernels* const> runnable_lane_kernels() {
  static const std::vector<const LaneKernels*> kernels = runnable();
  return kernels;
}

const LaneKernels& lane_kernels() {
  static const LaneKernels& kernels = chosen();
  return kernels;
}

}  // namespace gmmvi::math

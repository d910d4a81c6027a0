#include "core/memory.hpp"

#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace gmmvi::core {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest there is; what is larger comes from the system and goes back
#endif
}

}  // namespace gmmvi::core

#pragma once

#include <string>

#include "target/options.hpp"

namespace gmmvi::target {

/// What a target takes of memory as soon as it is made, at least, and the key that this depends on.
struct MemoryOfTarget {
  double bytes = 0;  ///< of a rank
  std::string key;   ///< within the target's section; empty: data
};
MemoryOfTarget memory_of(const TargetOptions& options);

}  // namespace gmmvi::target

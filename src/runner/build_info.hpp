#pragma once

#include <string>

namespace gmmvi::runner {

/// Version, build type, compiler, flags, instruction sets and libraries of this program, a line each.
std::string build_info();

}  // namespace gmmvi::runner

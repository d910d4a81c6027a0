#pragma once

#include <string>

namespace gmmvi::io {

/// As in 4.9.0.
std::string netcdf_version();

}  // namespace gmmvi::io

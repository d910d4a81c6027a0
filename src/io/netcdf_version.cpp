#include "io/netcdf_version.hpp"

#include <netcdf.h>

namespace gmmvi::io {

std::string netcdf_version() {
  const std::string text = nc_inq_libvers();  // "4.9.0 of Jan  7 2023 …"
  return text.substr(0, text.find(' '));
}

}  // namespace gmmvi::io

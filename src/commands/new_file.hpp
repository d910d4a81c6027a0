#pragma once

#include <string>

namespace gmmvi::commands {

/// Throws Error (cannot_create) where a netCDF file of `what` ("draws") cannot be written as `file`: where something is
/// there already, too.
void require_new_netcdf(const std::string& file, const char* what);

}  // namespace gmmvi::commands

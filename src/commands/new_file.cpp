#include "commands/new_file.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::commands {

void require_new_netcdf(const std::string& file, const char* what) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path = fs::absolute(file, error);
  const auto refuse = [&](const std::string& reason) {
    throw Error(fmt::format("Cannot write {}: {}. Name another file with --out.", file, reason),
                ExitCode::cannot_create);
  };
  if (path.extension() != ".nc") refuse(fmt::format("{} are written as netCDF, in files whose names end in .nc", what));
  if (fs::exists(fs::symlink_status(path, error)))
    refuse(fmt::format("it is there already, and {} never replace a file", what));
  if (!fs::is_directory(path.parent_path(), error)) refuse("its folder does not exist");
}

}  // namespace gmmvi::commands

#include "external/shipped.hpp"

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/homes.hpp"

namespace gmmvi::external {

std::string shipped(const Shipped& file) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  const auto add = [&paths](const fs::path& path) { paths.push_back(fs::absolute(path).lexically_normal().string()); };
  if (const char* given = std::getenv(file.variable.c_str()))
    add(file.within.empty() ? given : fs::path(given) / file.within);
  for (const fs::path& home : core::homes())
    for (const std::string& place : file.places) add(home / place);
  add(file.built);
  for (const std::string& path : paths)
    if (::access(path.c_str(), R_OK) == 0) return path;
  throw Error(fmt::format("Cannot find {}: there is no {}. Set {} to where it is.", file.what,
                          fmt::join(paths, ", no "), file.variable),
              ExitCode::unavailable);
}

}  // namespace gmmvi::external

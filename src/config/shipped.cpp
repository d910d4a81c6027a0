#include "config/shipped.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/nearest.hpp"
#include "config/place.hpp"
#include "core/homes.hpp"

namespace gmmvi::config {

namespace {

namespace fs = std::filesystem;

std::string variable_of(const std::string& folder) {
  std::string variable = "GMMVI_" + folder + "_DIR";
  std::ranges::transform(variable, variable.begin(), [](unsigned char c) { return std::toupper(c); });
  return variable;
}

/// Where in the sources a folder is.
fs::path place_of(const std::string& folder) {
  return folder == "presets" ? fs::path("modules") / folder : fs::path(folder);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

[[noreturn]] void refuse(const std::string& folder, const std::string& name, const std::string& option) {
  const fs::path path = shipped_folder(folder);
  const std::vector<std::string> names = names_in(path);
  if (names.empty()) {
    fail(
        fmt::format("{} {}: there are no {} in '{}'; the environment variable {} names their folder (configs/{} of the "
                    "sources)",
                    option, name, folder, path.string(), variable_of(folder), place_of(folder).string()));
  }
  fail(
      fmt::format("{} {}: none of the {} has this name{}; there are: {}; a path, with a '/' or '.yml', names a file of "
                  "your own",
                  option, name, folder, did_you_mean(name, names), fmt::join(names, ", ")));
}

}  // namespace

fs::path shipped_folder(const std::string& name) {
  const char* directory = std::getenv(variable_of(name).c_str());
  if (directory != nullptr && *directory != '\0') return directory;
  std::error_code error;
  for (const fs::path& installed : core::places_in_share("configs"))
    if (fs::is_directory(installed / place_of(name), error)) return installed / place_of(name);
  return fs::path(GMMVI_CONFIGS) / place_of(name);
}

std::string shipped_file(const std::string& folder, const std::string& name, const std::string& option) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".yml") || name.ends_with(".yaml");
  if (is_path) return name;
  const fs::path path = shipped_folder(folder) / (name + ".yml");
  std::error_code error;
  if (name.empty() || !fs::exists(path, error)) refuse(folder, name, option);
  return path.string();
}

}  // namespace gmmvi::config

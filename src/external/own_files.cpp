#include "external/own_files.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "external/command.hpp"

namespace gmmvi::external {
namespace {

namespace fs = std::filesystem;

/// What a link to a folder leads to is not gone through.
std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_regular_file(ignored)) files.push_back(entry->path().string());
  return files;
}

}  // namespace

std::vector<std::string> own_files(const PythonOptions& options) {
  const std::string place = options.function.substr(0, options.function.rfind(':'));
  return place.ends_with(".py") ? std::vector{place} : std::vector<std::string>();
}

std::vector<std::string> own_files(const ProcessOptions& options) {
  std::vector<std::string> files;
  if (!options.input.empty()) files = files_below(options.input);
  if (!options.shell) {
    const std::vector<std::string> words = words_of(options.command);
    const auto program = std::ranges::find_if(words, is_path_of_file);
    if (program != words.end()) files.push_back(*program);
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::vector<std::string> own_files(const UmbridgeOptions&) {
  return {};
}

std::vector<std::string> own_files(const PluginOptions& options) {
  return {options.library};
}

std::vector<std::string> own_files(const BridgestanOptions& options) {
  if (options.data.empty()) return {options.library};
  return {std::min(options.data, options.library), std::max(options.data, options.library)};
}

}  // namespace gmmvi::external

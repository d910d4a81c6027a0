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
  for (fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && entry != end; entry.increment(error))
    if (std::error_code ignored; entry->is_regular_file(ignored)) files.push_back(entry->path().string());
  return files;
}

/// Whether a word of a command is a file of the simulator: what the system brings, an interpreter, is none. A program
/// that runs in a copy of the template finds what is not told from the root there, among the template's own files.
bool is_own(const std::string& word, const ProcessOptions& options, const std::string& path) {
  if (options.mode == ProcessOptions::Mode::once && !fs::path(word).is_absolute()) return false;
  return is_path_of_file(word) && !leads_into_path(word, path);
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
    const std::string path = path_in(options.program.environment);
    for (const std::string& word : words_of(options.command))
      if (is_own(word, options, path)) files.push_back(fs::absolute(word).lexically_normal().string());
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

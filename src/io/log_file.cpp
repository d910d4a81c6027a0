#include "io/log_file.hpp"

#include <fstream>
#include <string_view>

namespace gmmvi::io {
namespace {

/// A line begins with a date, a time and the level: `2026-01-31 12:00:00.123 warning: …`.
bool is_warning(std::string_view line) {
  constexpr std::size_t length_of_time = 24;
  if (line.size() < length_of_time) return false;
  line.remove_prefix(length_of_time);
  return line.starts_with("warning: ") || line.starts_with("error: ") || line.starts_with("critical: ");
}

}  // namespace

std::vector<std::string> read_warnings(const std::string& path) {
  std::vector<std::string> warnings;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (is_warning(line)) warnings.push_back(line);
  return warnings;
}

}  // namespace gmmvi::io

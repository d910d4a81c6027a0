#include "core/text_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::core {

std::string read_text(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored)) {
    throw Error(fmt::format("Cannot read {}: {}.", path, std::strerror(errno != 0 ? errno : EISDIR)), ExitCode::data);
  }
  std::string text;
  std::vector<char> piece(1 << 16);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
  if (file.bad())
    throw Error(fmt::format("Cannot read {}: {}.", path, std::strerror(errno != 0 ? errno : EIO)), ExitCode::data);
  return text;
}

}  // namespace gmmvi::core

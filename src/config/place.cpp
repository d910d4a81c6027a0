#include "config/place.hpp"

#include <algorithm>
#include <cctype>

#include "gmmvi/error.hpp"

namespace gmmvi::config {

std::string Place::text() const {
  return source->has_lines ? source->name + ":" + std::to_string(line) : source->name;
}

std::filesystem::path Place::resolve(const std::string& path) const {
  return std::filesystem::absolute(source->directory / path).lexically_normal();
}

void fail(std::string message) {
  std::ranges::replace_if(
      message, [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  throw Error(message, ExitCode::configuration);
}

}  // namespace gmmvi::config

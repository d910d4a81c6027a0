#include "config/place.hpp"

#include <algorithm>
#include <cctype>

#include "gmmvi/error.hpp"

namespace gmmvi::config {

std::string Place::text() const {
  return source->has_lines ? source->name + ":" + std::to_string(line) : source->name;
}

std::string Place::text_of(const std::string& path) const {
  const bool is_named = !source->has_lines && source->name.starts_with("--set " + path + "=");
  return is_named ? text() : text() + ": " + path;
}

std::filesystem::path Place::resolve(const std::string& path) const {
  return std::filesystem::absolute(source->directory / path).lexically_normal();
}

std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

void fail(const std::string& message) {
  throw Error(in_one_line(message), ExitCode::configuration);
}

}  // namespace gmmvi::config

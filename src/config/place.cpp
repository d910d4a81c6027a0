#include "config/place.hpp"

#include <system_error>
#include <utility>

#include "core/printable.hpp"

namespace gmmvi::config {

std::string Place::text() const {
  return source->has_lines ? source->name + ":" + std::to_string(line) : source->name;
}

std::string Place::text_of(const std::string& path) const {
  const bool is_named = !source->has_lines && source->name.starts_with("--set " + path + "=");
  return is_named ? text() : text() + ": " + path;
}

std::filesystem::path Place::resolve(const std::string& path) const {
  return (present_folder() / source->directory / path).lexically_normal();
}

std::filesystem::path present_folder() {
  std::error_code error;
  return std::filesystem::current_path(error);
}

std::string in_one_line(const std::string& text) {
  return core::printable(text, core::Lines::one);
}

Refusal::Refusal(Place place, const std::string& message)
    : Error(in_one_line(message), ExitCode::configuration), place_(std::move(place)) {}

void fail(const std::string& message) {
  throw Refusal({}, message);
}

void fail(const Place& place, const std::string& message) {
  throw Refusal(place, message);
}

}  // namespace gmmvi::config

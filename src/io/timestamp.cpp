#include "io/timestamp.hpp"

#include <ctime>

#include <fmt/chrono.h>

namespace gmmvi::io {

std::string timestamp() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

}  // namespace gmmvi::io

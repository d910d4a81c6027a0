#pragma once

#include <string>

namespace gmmvi::core {

/// All of the file at `path`. Throws Error (data) where it cannot be read.
std::string read_text(const std::string& path);

}  // namespace gmmvi::core

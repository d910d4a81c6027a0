#pragma once

#include <string>

namespace gmmvi::io {

/// Now, in UTC, as ISO 8601: 2024-05-17T09:30:00Z.
std::string timestamp();

}  // namespace gmmvi::io

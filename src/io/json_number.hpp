#pragma once

#include <cmath>
#include <optional>

#include <nlohmann/json.hpp>

namespace gmmvi::io {

/// JSON has no word for numbers that are absent, infinite or NaN but null.
inline nlohmann::ordered_json number_or_null(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

}  // namespace gmmvi::io

#pragma once

#include <cmath>
#include <optional>

#include "io/json.hpp"

namespace gmmvi::io {

/// JSON has no word for numbers that are absent, infinite or NaN but null.
inline Json number_or_null(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

/// The value of `key`; `absent` where there is none or null.
template <class T>
T value_or(const Json& json, const char* key, T absent) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? absent : found->get<T>();
}

}  // namespace gmmvi::io

#pragma once

#include <cstdlib>
#include <optional>

#include <fmt/format.h>

#include "io/json.hpp"
#include "io/json_number.hpp"

namespace gmmvi::report {

using io::Json;

constexpr int drawn = 5;      ///< digits of what is only drawn
constexpr int measured = 10;  ///< digits of what differences are taken of

/// With fewer digits than it has; null where it is absent or not finite.
inline Json rounded(std::optional<double> value, int digits = drawn) {
  if (!value) return nullptr;
  return io::number_or_null(std::strtod(fmt::format("{:.{}g}", *value, digits).c_str(), nullptr));
}

/// An array of what `get` returns of the items.
Json column(const auto& items, const auto& get) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(get(item));
  return array;
}

inline Json numbers(const auto& values, int digits = drawn) {
  return column(values, [digits](double value) { return rounded(value, digits); });
}

}  // namespace gmmvi::report

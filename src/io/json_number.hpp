#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/json.hpp"

namespace gmmvi::io {

/// JSON has no word for numbers that are absent, infinite or NaN but null.
inline Json number_or_null(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

/// The whole number that a value is, as 7 and 7.0 are, if T holds it: to convert any other is undefined, or gives
/// another number.
template <std::integral T>
std::optional<T> whole_number(const Json& value) {
  const auto if_held = [](auto number) {
    return std::in_range<T>(number) ? std::optional(static_cast<T>(number)) : std::nullopt;
  };
  constexpr double most = 1LL << std::numeric_limits<double>::digits;  // doubles beyond are not exact
  if (value.is_number_unsigned()) return if_held(value.get<std::uint64_t>());
  if (value.is_number_integer()) return if_held(value.get<std::int64_t>());
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  return std::abs(number) <= most && number == std::trunc(number) ? if_held(static_cast<std::int64_t>(number))
                                                                  : std::nullopt;
}

/// The value of `key`. Throws Error or Json::exception where it is not of that kind; numbers beyond T are not.
template <class T>
T value_of(const Json& value, const char* key) {
  if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    if (const auto number = whole_number<T>(value)) return *number;
    throw Error(fmt::format("`{}` is {}, which is no whole number from {} to {}", key,
                            value.is_number() ? text_of(value) : value.type_name(), std::numeric_limits<T>::min(),
                            std::numeric_limits<T>::max()),
                ExitCode::data);
  } else {
    return value.get<T>();
  }
}

/// The value of `key`; `absent` where there is none or null.
template <class T>
T value_or(const Json& json, const char* key, T absent) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? absent : value_of<T>(*found, key);
}

}  // namespace gmmvi::io

#include "config/range.hpp"

#include <cmath>

#include <fmt/format.h>

namespace gmmvi::config {

bool Range::holds(double value) const {
  return without_lowest ? value > lowest && value <= highest : value >= lowest && value <= highest;
}

std::string Range::text() const {
  const auto number = [](double value) {
    const bool is_count = value == std::trunc(value) && std::abs(value) < 1e16;
    return is_count ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
  };
  std::string text;
  if (std::isfinite(lowest))
    text += fmt::format(", {} {}", without_lowest ? "greater than" : "at least", number(lowest));
  if (std::isfinite(highest)) text += fmt::format(", at most {}", number(highest));
  return text;
}

bool Range::holds_square(double value) const {
  const bool vanishes = without_lowest && lowest >= 0.0 && value < 1e-150;
  return !vanishes && std::abs(value) <= 1e150;
}

}  // namespace gmmvi::config

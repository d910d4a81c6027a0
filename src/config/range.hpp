#pragma once

#include <limits>
#include <string>

namespace gmmvi::config {

/// The finite numbers that a setting may have.
struct Range {
  double lowest = -std::numeric_limits<double>::infinity();
  double highest = std::numeric_limits<double>::infinity();
  bool without_lowest = false;

  bool holds(double value) const;
  /// Whether the square of a number is finite, and not 0 where numbers have to be greater than 0.
  bool holds_square(double value) const;
  /// ", at least 1" or the like; empty where all numbers are allowed.
  std::string text() const;
};

constexpr Range anything() {
  return {};
}
constexpr Range at_least(double lowest) {
  return {.lowest = lowest};
}
/// Counts whose products with each other stay within the integers.
constexpr Range count_from(double lowest) {
  return {.lowest = lowest, .highest = 1e9};
}
constexpr Range greater_than(double lowest) {
  return {.lowest = lowest, .without_lowest = true};
}
constexpr Range between(double lowest, double highest) {
  return {.lowest = lowest, .highest = highest};
}
constexpr Range greater_than_up_to(double lowest, double highest) {
  return {lowest, highest, true};
}

}  // namespace gmmvi::config

#include "config/range.hpp"

#include <cmath>

#include <fmt/format.h>

namespace gmmvi::config {

bool Range::holds(double value) const {
  return without_lowest ? value > lowest && value <= highest : value >= lowest && value <= highest;
}

std::string Range::text() const {
  std::string text;
  if (std::isfinite(lowest)) text += fmt::format(", {} {}", without_lowest ? "greater than" : "at least", lowest);
  if (std::isfinite(highest)) text += fmt::format(", at most {}", highest);
  return text;
}

}  // namespace gmmvi::config

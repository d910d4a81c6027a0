#include "core/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace gmmvi::core {
namespace {

// The nearest-rank quantile; orders `values` in part.
double quantile(std::vector<double>& values, double probability) {
  const double rank = std::ceil(probability * static_cast<double>(values.size()));
  const auto place = values.begin() + std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(rank) - 1);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace

std::optional<Distribution> distribution_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return Distribution{.mean = sum / static_cast<double>(values.size()),
                      .median = quantile(values, 0.5),
                      .p95 = quantile(values, 0.95),
                      .max = *std::ranges::max_element(values)};
}

}  // namespace gmmvi::core

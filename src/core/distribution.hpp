#pragma once

#include <optional>
#include <vector>

namespace gmmvi::core {

/// A summary of many numbers.
struct Distribution {
  double mean = 0.0;
  double median = 0.0;
  double p95 = 0.0;  ///< the least value that at least 95 % of them do not exceed
  double max = 0.0;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

/// None of no numbers. O(n).
std::optional<Distribution> distribution_of(std::vector<double> values);

}  // namespace gmmvi::core

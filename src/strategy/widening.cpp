#include "strategy/widening.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

namespace gmmvi::strategy {

namespace {

/// What a component has to learn from, if it gets `count` new samples.
double size_with(const std::optional<EffectiveSampleSizes>& reused, std::size_t k, std::int64_t count) {
  const double size = reused ? reused->components[static_cast<Eigen::Index>(k)] : 0.0;
  return (size > 0.0 ? size : 0.0) + static_cast<double>(count);  // NaN counts as none
}

}  // namespace

SampleRequest widened(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, std::int64_t least,
                      const std::vector<Eigen::Index>& resting) {
  std::vector<std::int64_t>& counts = request.from_components;
  std::int64_t missing = least - std::reduce(counts.begin(), counts.end(), std::int64_t{0}) - request.from_mixture;
  if (missing <= 0) return request;
  if (counts.empty()) {
    request.from_mixture += missing;
    return request;
  }
  using Had = std::pair<double, std::size_t>;  // by a component; of equal ones the first gets more
  std::priority_queue<Had, std::vector<Had>, std::greater<>> fewest_first;
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (!std::ranges::binary_search(resting, static_cast<Eigen::Index>(k)))
      fewest_first.emplace(size_with(reused, k, counts[k]), k);
  for (; missing > 0; --missing) {
    const auto [had, k] = fewest_first.top();
    fewest_first.pop();
    ++counts[k];
    fewest_first.emplace(had + 1.0, k);
  }
  return request;
}

std::vector<double> headroom(const SampleRequest& request, const std::optional<EffectiveSampleSizes>& reused,
                             std::optional<double> desired) {
  std::vector<double> all;
  if (!desired) return all;
  for (std::size_t k = 0; k < request.from_components.size(); ++k)
    all.push_back(std::max(1.0, size_with(reused, k, request.from_components[k]) / *desired));
  return all;
}

}  // namespace gmmvi::strategy

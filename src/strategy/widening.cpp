#include "strategy/widening.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>
#include <vector>

#include "strategy/resting.hpp"

namespace gmmvi::strategy {

namespace {

/// What a component has to learn from, if it gets `count` new samples.
double size_with(const std::optional<EffectiveSampleSizes>& reused, std::size_t k, std::int64_t count) {
  const double size = reused ? reused->components[static_cast<Eigen::Index>(k)] : 0.0;
  return (size > 0.0 ? size : 0.0) + static_cast<double>(count);  // NaN counts as none
}

}  // namespace

SampleRequest widened(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, std::int64_t least,
                      const std::vector<double>& shares, const std::vector<Eigen::Index>& resting) {
  std::vector<std::int64_t>& counts = request.from_components;
  std::int64_t missing = least - std::reduce(counts.begin(), counts.end(), std::int64_t{0}) - request.from_mixture;
  if (missing <= 0) return request;
  if (counts.empty()) {
    request.from_mixture += missing;
    return request;
  }
  using Had = std::pair<double, std::size_t>;  // by a component, for its share; of equal ones the first gets more
  std::priority_queue<Had, std::vector<Had>, std::greater<>> fewest_first;
  const auto for_one = [&](std::size_t k) { return shares.empty() ? 1.0 : 1.0 / shares[k]; };
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (!std::ranges::binary_search(resting, static_cast<Eigen::Index>(k)))
      fewest_first.emplace(for_one(k) * size_with(reused, k, counts[k]), k);
  for (; missing > 0; --missing) {
    const auto [had, k] = fewest_first.top();
    fewest_first.pop();
    ++counts[k];
    fewest_first.emplace(had + for_one(k), k);
  }
  return request;
}

std::vector<double> shares_by_weight(const Eigen::VectorXd& weights, double exponent) {
  constexpr double least = 1e-3;
  std::vector<double> shares(static_cast<std::size_t>(weights.size()));
  std::ranges::transform(weights, shares.begin(),
                         [=](double weight) { return std::max(least, std::pow(weight, exponent)); });
  return shares;
}

SampleRequest lightened(SampleRequest request, const Eigen::VectorXd& weights, std::int64_t most) {
  constexpr double light = 0.02;  // of an equal share
  std::vector<std::int64_t>& counts = request.from_components;
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (weights[static_cast<Eigen::Index>(k)] * static_cast<double>(weights.size()) < light)
      counts[k] = std::min(counts[k], most);
  return request;
}

SampleRequest shared_at_start(SampleRequest request, const std::vector<std::int64_t>& updates, double desired) {
  constexpr double least = 2.0;
  if (std::ranges::any_of(updates, [](std::int64_t received) { return received >= first_updates; })) return request;
  const auto most =
      static_cast<std::int64_t>(std::max(least, std::ceil(desired / static_cast<double>(updates.size()))));
  for (std::int64_t& count : request.from_components) count = std::min(count, most);
  return request;
}

SampleRequest spaced(SampleRequest request, const std::optional<EffectiveSampleSizes>& reused, double desired,
                     const std::vector<std::int64_t>& updates, std::int64_t interval, std::int64_t iteration) {
  constexpr double enough = 2.0;  // times the desired ones
  if (interval <= 1 || !reused || request.from_components.empty()) return request;
  std::vector<std::size_t> asked;
  std::int64_t total = 0;
  for (std::size_t k = 0; k < request.from_components.size(); ++k) {
    std::int64_t& samples = request.from_components[k];
    if (samples > 0) asked.push_back(k);
    const bool has_many = reused->components[static_cast<Eigen::Index>(k)] >= enough * desired;
    const bool has_its_turn = (iteration + static_cast<std::int64_t>(k)) % interval == 0;
    if (has_many && !has_its_turn && updates[k] >= first_updates) samples = 0;
    total += samples;
  }
  if (total == 0 && !asked.empty())
    request.from_components[asked[static_cast<std::size_t>(iteration) % asked.size()]] = 1;
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

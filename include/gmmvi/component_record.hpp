#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace gmmvi {

/// Stands for a reward that is not there.
inline constexpr double no_reward = std::numeric_limits<double>::lowest();

/// What rank 0 knows of a component beside its Gaussian and weight.
struct ComponentRecord {
  std::uint64_t id = 0;
  double stepsize = 0.0;
  std::int64_t updates_received = 0;  ///< refused ones included
  double ridge = 0.0;                 ///< λ of the regression, for estimators that make one
  std::vector<double> rewards;        ///< one an iteration, the newest last
  std::vector<double> weights;        ///< after each of these iterations

  /// no_reward where there is none yet.
  double last_reward() const { return rewards.empty() ? no_reward : rewards.back(); }
  /// Whether the last reward is greater than the one before (the first always is); none without a reward.
  std::optional<bool> reward_improved() const {
    if (rewards.empty()) return std::nullopt;
    return rewards.size() == 1 || rewards.back() > rewards[rewards.size() - 2];
  }
  /// Appends to the histories, of which at least the last `length` entries are kept.
  void remember(double reward, double weight, std::size_t length) {
    rewards.push_back(reward);
    weights.push_back(weight);
    if (rewards.size() < 2 * std::max<std::size_t>(length, 2)) return;
    rewards.erase(rewards.begin(), rewards.end() - static_cast<std::ptrdiff_t>(length));
    weights.erase(weights.begin(), weights.end() - static_cast<std::ptrdiff_t>(length));
  }
};

}  // namespace gmmvi

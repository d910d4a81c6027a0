#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace gmmvi {

/// Stands for a reward that is not there.
inline constexpr double no_reward = std::numeric_limits<double>::lowest();

/// What rank 0 knows of a component beside its Gaussian and weight.
struct ComponentRecord {
  /// How an iteration ended for it.
  struct Outcome {
    double reward;  ///< β log w + E
    double weight;  ///< after it
  };

  /// What its steps promised by the samples that they were made from, and what fresh samples showed of it. Each number
  /// is of the samples that it has: fresh ones have replaced the share `fresh` of what older ones said.
  struct Promise {
    double before = no_reward;  ///< β log w + E before the last step
    double jump = 0.0;          ///< at the rim of the support, that the last reward was computed with
    double outstanding = 0.0;   ///< promised gains that no fresh sample has looked at
    double promised = 0.0;      ///< gains that fresh samples have looked at
    double missing = 0.0;       ///< so much of them was not there
    double fresh = 0.0;         ///< share of its samples, by importance, in the last comparison; 0 where none was made
  };

  std::uint64_t id = 0;
  double stepsize = 0.0;
  std::int64_t updates_received = 0;  ///< refused ones included
  std::int64_t pauses = 0;            ///< updates of the mixture that it slept through
  bool slept = false;                 ///< through the last one
  double ridge = 0.0;                 ///< λ of the regression, for estimators that make one
  std::vector<double> headroom =
      {};  ///< of the batches in flight, the newest last: how many times what it needs it had
  Promise promise = {};
  /// E after the last iterations that it had a part in, the newest last; kept where components may rest.
  std::vector<double> expected_log_ratios = {};
  std::vector<Outcome> history;  ///< one an iteration, the newest last; while it sleeps, its last reward again

  /// Updates of the mixture since its first one, as far as it can be told: those that it received or slept through.
  std::int64_t age() const { return updates_received + pauses; }
  /// no_reward where there is none yet.
  double last_reward() const { return history.empty() ? no_reward : history.back().reward; }
  /// Whether the last reward is greater than the one before (the first always is); none without a reward of its own.
  std::optional<bool> reward_improved() const {
    if (history.empty() || slept) return std::nullopt;
    return history.size() == 1 || history.back().reward > history[history.size() - 2].reward;
  }
  /// Appends to expected_log_ratios, of which the last `length` are kept. What became of E while the component slept is
  /// none of its doing: those of before are counted from where it wakes.
  void remember_expected(double expected_log_ratio, std::size_t length) {
    if (slept && !expected_log_ratios.empty()) {
      const double moved = expected_log_ratio - expected_log_ratios.back();
      for (double& before : expected_log_ratios) before += moved;
      return;
    }
    expected_log_ratios.push_back(expected_log_ratio);
    if (expected_log_ratios.size() > length) expected_log_ratios.erase(expected_log_ratios.begin());
  }
  /// Appends to the history, of which at least the last `length` entries are kept, and the two that
  /// reward_improved() compares.
  void remember(const Outcome& outcome, std::size_t length) {
    history.push_back(outcome);
    const std::size_t kept = std::max<std::size_t>(length, 2);
    if (history.size() < 2 * kept) return;
    history.erase(history.begin(), history.end() - static_cast<std::ptrdiff_t>(kept));
  }
};

}  // namespace gmmvi

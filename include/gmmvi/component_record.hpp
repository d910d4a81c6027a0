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

  /// What steps promised by the samples that they were made from, and what later ones say: how far E was off.
  struct Promise {
    double before = no_reward;  ///< β log w + E before the last step
    double promised = 0.0;      ///< gains, in the mean over the samples' last renewal
    double missing = 0.0;       ///< so much more than fresh samples show
    double renewal = 0.0;       ///< share of its samples, by importance, that was fresh the last time
  };

  std::uint64_t id = 0;
  double stepsize = 0.0;
  std::int64_t updates_received = 0;  ///< refused ones included
  double ridge = 0.0;                 ///< λ of the regression, for estimators that make one
  std::vector<double> headroom =
      {};  ///< of the batches in flight, the newest last: how many times what it needs it had
  Promise promise = {};
  std::vector<Outcome> history;  ///< one an iteration, the newest last

  /// no_reward where there is none yet.
  double last_reward() const { return history.empty() ? no_reward : history.back().reward; }
  /// Whether the last reward is greater than the one before (the first always is); none without a reward.
  std::optional<bool> reward_improved() const {
    if (history.empty()) return std::nullopt;
    return history.size() == 1 || history.back().reward > history[history.size() - 2].reward;
  }
  /// How much of what its steps promised fresh samples have shown, 1 for all of it; none where none told so far.
  std::optional<double> promise_shown() const {
    if (promise.promised == 0.0 && promise.missing == 0.0) return std::nullopt;
    return promise.promised > 0.0 ? 1.0 - promise.missing / promise.promised : -1.0;
  }
  /// Compares what the last step promised with what is known before the next one: β log w + E from samples of which
  /// the share `fresh` is new, by importance.
  void compare_promise(double before, double fresh) {
    promise.renewal = fresh;
    if (promise.before != no_reward && !history.empty()) {
      const double promised = history.back().reward - promise.before, missing = history.back().reward - before;
      if (std::isfinite(promised) && std::isfinite(missing)) {
        promise.promised = (1.0 - fresh) * promise.promised + fresh * promised;
        promise.missing = (1.0 - fresh) * promise.missing + missing;
      }
    }
    promise.before = before;
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

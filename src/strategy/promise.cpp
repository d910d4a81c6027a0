#include "strategy/promise.hpp"

#include <cmath>

namespace gmmvi::strategy {

ComponentRecord::Promise compared(ComponentRecord::Promise promise, double last_reward, const Standing& before) {
  const double promised = last_reward - promise.before, missing = last_reward - before.reward;
  const bool known = promise.before != no_reward && last_reward != no_reward;
  promise.before = before.reward;
  promise.fresh = 0.0;
  if (!known || !std::isfinite(promised) || !std::isfinite(missing)) return promise;
  const double kept = 1.0 - before.fresh, due = promise.outstanding + promised;
  promise.promised = kept * promise.promised + before.fresh * due;
  promise.missing = kept * promise.missing + missing;
  promise.outstanding = kept * due;
  promise.fresh = before.fresh;
  return promise;
}

std::optional<double> shown(const ComponentRecord::Promise& promise) {
  if (promise.promised == 0.0 && promise.missing == 0.0) return std::nullopt;
  return promise.promised > 0.0 ? 1.0 - promise.missing / promise.promised : -1.0;
}

}  // namespace gmmvi::strategy

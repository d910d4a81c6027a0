#pragma once

#include <optional>

#include "gmmvi/component_record.hpp"

// What a component's steps promise by the samples that they are made from, against what later samples show.

namespace gmmvi::strategy {

/// Where a component stands before its step.
struct Standing {
  double reward = 0.0;  ///< β log w + E_k, with the jump at the rim that its last reward was computed with
  double fresh = 0.0;   ///< f, the share of its samples, by importance, that it did not have before
};

/// Compares the last step, which promised p = r' − r and brought the component to `last_reward` r', with the standing
/// b before the next one, of which r' − b is missing. Fresh samples can show f of all that was not yet looked at,
///   due         = outstanding + p,
///   promised    ← (1 − f) promised + f due,
///   missing     ← (1 − f) missing + (r' − b),
///   outstanding ← (1 − f) due,
/// so that missing / promised = 1 − s where every step keeps the share s of its promise. Without finite numbers there
/// is no comparison, and `fresh` of the promise is 0.
ComponentRecord::Promise compared(ComponentRecord::Promise promise, double last_reward, const Standing& before);

/// 1 − missing / promised, 1 for all of what steps promised; −1 where they promised a loss; none where nothing was
/// compared so far.
std::optional<double> shown(const ComponentRecord::Promise& promise);

}  // namespace gmmvi::strategy

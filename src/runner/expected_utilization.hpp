#pragma once

#include <cstdint>
#include <string>

#include "gmmvi/options.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi::runner {

/// How times of evaluations differ: the standard deviation of their logarithm.
constexpr double slightly = 0.3, widely = 1.0;

/// How much of the time evaluations would take of so many slots (a rank has one, or several), in [0, 1], if each batch
/// had `tasks` of them that nobody can divide, `in_flight` batches were asked for at a time, and a slot that is free
/// got the next: by a simulation with log-normal times, without the algebra between batches.
double expected_utilization(int slots, std::int64_t tasks, int in_flight, double spread);

/// What evaluates in a run of `options`.
struct Evaluators {
  int count = 1;  ///< ranks, or teams of them
  const Options& options;
  const Target& target;

  /// Evaluations at a time.
  int places() const { return count * options.evaluation.slots_or_one(); }
  /// Of a batch that gives all places something to do.
  std::int64_t evaluations_to_fill() const { return places() * target.group_size(); }
  /// The samples of such a batch.
  std::int64_t samples_to_fill() const;
  /// Of the target, that so many samples of an iteration take.
  std::int64_t evaluations_of(std::int64_t samples) const;
  /// Of the smallest batch that there can be at the start.
  std::int64_t smallest_batch() const;
  /// In [0, 1]: the share of the places that such batches fill, as many as are in flight.
  double share_filled() const;
  /// "32 ranks", "8 teams of 4 ranks", with their slots.
  std::string name() const;
};

/// What `check` says of it: the first batch, the least that may come later, and what would help. Empty for one place,
/// and for targets whose evaluations are not worth it.
std::string utilization_text(const Evaluators& evaluators, std::int64_t first_batch);
/// What the first lines of a run say of a machine that small batches would leave empty in part; or empty.
std::string unfilled_text(const Evaluators& evaluators);

}  // namespace gmmvi::runner

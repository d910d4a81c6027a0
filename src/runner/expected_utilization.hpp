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

/// What `check` says of it: the first batch, the least that may come later, and what would help. Empty for one slot,
/// and for targets whose evaluations are not worth it.
std::string utilization_text(const Options& options, const Target& target, int ranks, std::int64_t first_batch);

}  // namespace gmmvi::runner

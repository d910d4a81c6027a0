#pragma once

#include <cstdint>
#include <optional>

namespace gmmvi {

/// Gradients of a target that gives none, from differences of its log density: further evaluations beside each sample,
/// which are dealt out, kept and repeated as others are.
struct FiniteDifferencesOptions {
  enum class Scheme {
    none,
    forward,  ///< D further evaluations
    central   ///< 2D of them, of an error that is smaller by far
  };
  Scheme scheme = Scheme::none;
  double step = 1e-4;  ///< > 0; in the solver's space

  /// That a sample of D parameters takes, if its gradient is wanted.
  std::int64_t evaluations(std::int64_t dimension) const {
    if (scheme == Scheme::none) return 1;
    return 1 + (scheme == Scheme::central ? 2 : 1) * dimension;
  }
};

/// How evaluations of the target are dealt out to the ranks, and what becomes of those that fail.
struct EvaluationOptions {
  enum class Scheduling {
    automatic,  ///< dynamic, unless the target says that it is cheap
    fixed,      ///< equal shares beforehand
    on_demand   ///< dynamic: a rank that is free gets the next group
  };
  enum class FailurePolicy {
    reject,  ///< the samples are left out and counted
    abort    ///< the first one ends the run
  };
  /// >= 1; batches that are asked for before the mixture has learnt from the first of them. 1: each is drawn from the
  /// newest mixture; more: from that of so many iterations before, less one, and ranks do not wait for a batch's last
  /// evaluation. Part of what the answer depends on.
  int batches_in_flight = 1;
  /// >= 1; samples that can be evaluated at a time: no batch of an iteration has fewer. Components that have more
  /// samples than they need may take longer steps (StepsizeEvidence::headroom). Absent: batches are as small as
  /// components let them be. Part of what the answer depends on, so it is not taken from the number of ranks.
  std::optional<int> parallel = {};
  /// >= 1; evaluations that a rank makes at a time, of targets that run outside of its process. The answer does not
  /// depend on it. Absent: one; the program makes as many as are worth having.
  std::optional<int> slots = {};
  int slots_or_one() const { return slots.value_or(1); }
  /// >= 1; ranks that make an evaluation together, of targets that work in teams (Teams). The answer does not depend on
  /// it unless the target's numbers do.
  int ranks_per_evaluation = 1;
  Scheduling scheduling = Scheduling::automatic;
  int max_retries = 1;  ///< >= 0; of a group with a failed sample
  FailurePolicy on_failure = FailurePolicy::reject;
  double max_failure_fraction = 0.5;      ///< in [0, 1]; more than this of all evaluations end the run
  std::optional<double> time_limit = {};  ///< seconds of an evaluation, for targets that can be interrupted
  double grace = 30.0;                    ///< >= 0; seconds that running evaluations have when an error ends the run
  FiniteDifferencesOptions finite_differences = {};  ///< not used where the target gives gradients
};

}  // namespace gmmvi

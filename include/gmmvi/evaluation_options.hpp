#pragma once

#include <functional>
#include <memory>
#include <optional>

namespace gmmvi {

namespace evaluation {
class Archive;
}

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
  Scheduling scheduling = Scheduling::automatic;
  int max_retries = 1;  ///< >= 0; of a group with a failed sample
  FailurePolicy on_failure = FailurePolicy::reject;
  double max_failure_fraction = 0.5;      ///< in [0, 1]; more than this of all evaluations end the run
  std::optional<double> time_limit = {};  ///< seconds of an evaluation, for targets that can be interrupted
  /// Asked often while evaluations are dealt out on demand, on every rank. An answer: no new one is to begin, and those
  /// that run have so many seconds. None: goes on.
  std::function<std::optional<double>()> stop_requested = {};
  /// Keeps finished evaluations beyond the process, and has those of an earlier one. None: they are kept in memory
  /// only.
  std::shared_ptr<evaluation::Archive> archive = {};
};

}  // namespace gmmvi

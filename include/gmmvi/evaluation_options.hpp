#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"

namespace gmmvi {

/// A sample whose evaluation gave no value.
struct FailedSample {
  std::uint64_t batch = 0;    ///< SampleId::batch
  std::int64_t position = 0;  ///< in the batch
  int rank = 0;               ///< that evaluated it, or took it from an earlier job
  Eigen::VectorXd sample;     ///< [D]
  std::string reason;         ///< what the first failure of its group said
};

/// How much of a batch is evaluated.
struct BatchProgress {
  std::int64_t size = 0;   ///< samples
  std::int64_t done = 0;   ///< about as many of them are evaluated (groups differ by a sample)
  std::int64_t known = 0;  ///< of those, evaluated by an earlier job
  bool beside = false;     ///< not an iteration's own samples: candidates for components, or for metrics
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
  Scheduling scheduling = Scheduling::automatic;
  int max_retries = 1;  ///< >= 0; of a group with a failed sample
  FailurePolicy on_failure = FailurePolicy::reject;
  double max_failure_fraction = 0.5;      ///< in [0, 1]; more than this of all evaluations end the run
  std::optional<double> time_limit = {};  ///< seconds of an evaluation, for targets that can be interrupted
  double grace = 30.0;                    ///< >= 0; seconds that running evaluations have when an error ends the run
  /// Asked often while evaluations are dealt out on demand, on every rank. An answer: no new one is to begin, and those
  /// that run have so many seconds. None: goes on.
  std::function<std::optional<double>()> stop_requested = {};
  /// Told on rank 0, often, while a batch is dealt out on demand, how much of it is evaluated. May throw Error, as all
  /// ranks then do.
  std::function<void(const BatchProgress&)> report_progress = {};
  /// Told of the failed samples of every batch that has some, in their order; on rank 0. May throw Error, as all ranks
  /// then do.
  std::function<void(const std::vector<FailedSample>&)> report_failures = {};
  /// Keeps finished evaluations beyond the process, and has those of an earlier one. None: they are kept in memory
  /// only.
  std::shared_ptr<Archive> archive = {};
};

}  // namespace gmmvi

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/archive.hpp"
#include "gmmvi/eigen.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi {

class Teams;

/// A sample whose evaluation gave no value, or a point beside it, of finite differences.
struct FailedSample {
  std::uint64_t batch = 0;    ///< SampleId::batch
  std::int64_t position = 0;  ///< of the sample in the batch
  int rank = 0;               ///< that evaluated it, or took it from an earlier job
  Eigen::VectorXd sample;     ///< [D] the sample, or the point
  std::string reason;         ///< what the first failure of its group said
};

/// How much of a batch is evaluated.
struct BatchProgress {
  std::int64_t size = 0;       ///< evaluations: samples, with finite differences those of points beside them, too
  std::int64_t done = 0;       ///< about as many of them are evaluated (groups differ by a sample)
  std::int64_t known = 0;      ///< of those, evaluated by an earlier job
  bool beside = false;         ///< not an iteration's own samples: candidates for components, or for metrics
  std::int64_t in_flight = 0;  ///< batches that are under way, this one included
  std::optional<double> oldest_seconds = {};  ///< that the evaluation has taken that has run for longest, if one runs
};

/// What evaluations need of the program that they are part of, each of which may be left out. The same on every rank,
/// but for what rank 0 alone is told.
struct EvaluationHost {
  /// Asked often while evaluations are dealt out on demand, on every rank. An answer: no new one is to begin, and those
  /// that run have so many seconds. None: goes on.
  std::function<std::optional<double>()> stop_requested = {};
  /// Told on rank 0, often, while a batch is dealt out on demand, how much of it is evaluated. May throw Error, as all
  /// ranks then do.
  std::function<void(const BatchProgress&)> report_progress = {};
  /// Told of the failed samples of every batch that has some, in their order; on rank 0. May throw Error, as all ranks
  /// then do.
  std::function<void(const std::vector<FailedSample>&)> report_failures = {};
  /// Another instance of the target, for a slot: asked for options.slots − 1 times, on all ranks alike. Needed where
  /// there are slots.
  std::function<std::unique_ptr<Target>()> make_target = {};
  /// What this rank's target evaluates by. Needed where there are teams of several ranks.
  const Teams* teams = nullptr;
  /// Keeps finished evaluations beyond the process, and has those of an earlier one. None: they are kept in memory
  /// only.
  std::shared_ptr<Archive> archive = {};
};

}  // namespace gmmvi

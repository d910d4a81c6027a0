#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/gmmvi.hpp"

#include "core/distribution.hpp"
#include "core/flush.hpp"
#include "io/verdict.hpp"

namespace gmmvi::io {

/// Where a run stands, for people and scripts that look at its folder.
struct Status {
  enum class State { running, finished, interrupted, failed };

  State state = State::running;
  std::string reason;      ///< why it ended
  std::string stopped_by;  ///< the same in a word, unless it failed: iterations, max_evaluations, …
  std::string target;      ///< in a few words
  std::string version;
  std::string fingerprint;                             ///< digest of what its mixtures come from
  std::optional<std::int64_t> simulator_changed = {};  ///< the iteration after which it was another one, if ever
  int ranks = 0;                                       ///< 0: not known
  std::int64_t iteration = 0;
  std::optional<std::int64_t> checkpoint;  ///< the iteration that --resume goes on after, if there is one
  std::int64_t evaluations = 0;            ///< of the target, by the algorithm, that it has learnt from
  std::int64_t evaluations_begun = 0;      ///< the same with those of batches in flight
  std::int64_t metrics_evaluations = 0;    ///< for metrics alone
  std::int64_t failures = 0;
  std::int64_t components = 0;
  std::optional<double> elbo_estimate;  ///< from the samples that the last iteration fitted the mixture to: too good
  std::optional<ElboEstimate> elbo;     ///< the last one that was measured
  std::optional<Verdict> verdict;       ///< on the model, at the end of the run
  double wall_seconds = 0.0;
  double algorithm_seconds = 0.0;
  RankSeconds seconds;                                   ///< of all ranks, in this job
  std::optional<core::Distribution> evaluation_seconds;  ///< of a group of samples, in this job
  std::string model_hash;  ///< of model.nc as it is in the folder; empty before there is one
};

/// "running", "finished", "interrupted" or "failed".
const char* name_of(Status::State state);

/// Writes status.json atomically, with the time, the host and the process id. Throws Error (cannot_create).
void write_status(const std::string& path, const Status& status, core::Flush flush = core::Flush::now);

/// The same in the place of the file that is there: for a disk without room for another one. False where it could not
/// be done.
bool overwrite_status(const std::string& path, const Status& status);

/// Writes another ELBO of the same model, and the verdict on it, into the status.json that is there; all else in it
/// stays. Throws Error (data, cannot_create).
void revise_status(const std::string& path, const ElboEstimate& elbo, const Verdict& verdict);

/// Writes into the status.json that is there that the simulator is another one after so many iterations; all else in it
/// stays. Throws Error (data, cannot_create).
void note_changed_simulator(const std::string& path, std::int64_t iteration);

/// What status.json says, and when it was written ("2026-01-31T12:00:00Z"). Throws Error (data).
struct DatedStatus {
  Status status;
  std::string time;
};
DatedStatus read_status(const std::string& path);

}  // namespace gmmvi::io

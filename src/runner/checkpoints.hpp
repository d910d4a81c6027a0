#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"

#include "core/flush.hpp"
#include "evaluation/journal_archive.hpp"
#include "io/checkpoint.hpp"
#include "io/fingerprint.hpp"
#include "runner/options.hpp"

namespace gmmvi::runner {

/// What a run's folder keeps so that the run can go on after any end: in `journal/` every finished or imported
/// evaluation, a file for each rank of each job; in `checkpoints/` the last two checkpoints. Where there is no journal
/// (evaluations are cheap), every checkpoint has the samples beside it. Members are collective.
class Checkpoints {
 public:
  /// In the folder of a run, which every rank has to see. `archive` is that of the solver's evaluation options;
  /// `cheap`: whether the target is; `fingerprint`: what the archive's is made of.
  Checkpoints(std::string folder, const KeepOptions& options, bool cheap,
              std::shared_ptr<evaluation::JournalArchive> archive, Communicator ranks,
              io::Fingerprint fingerprint = {});

  bool has_journal() const { return journal_; }

  /// Reads the journals that are there into the archive, each by one rank, and warns of damaged ones. Throws Error
  /// (data).
  void read_journals() { read_journals(nullptr); }
  /// Begins this job's journals. Throws Error on every rank where one rank cannot write into the folder.
  void begin_job();
  /// Restores a solver that has done nothing yet from the newest checkpoint that can be used, with all samples; returns
  /// it, or none where the run has to begin anew, with what is in the journals. `make` makes another solver like it:
  /// one that could not be restored is of no use. Throws Error (data, configuration) on every rank where the folder
  /// cannot be read, or a file in it has another fingerprint. Those of earlier versions, which have none, are used with
  /// a warning.
  std::optional<io::Checkpoint> restore(Gmmvi& gmmvi, const std::function<Gmmvi()>& make);

  /// Whether rank 0 says that it is time for a checkpoint after this iteration.
  bool is_due(std::int64_t iteration) const;
  /// Writes one. Where that fails the run goes on with those before, and says so. In haste (`Flush::later`) it does not
  /// wait for the disk where there is much to write, that is where the samples are beside it.
  void write(const Gmmvi& gmmvi, io::Checkpoint progress, core::Flush flush);
  /// Rank 0: the iteration of the newest checkpoint that this job has restored or written, if there is one.
  std::optional<std::int64_t> newest() const;
  /// The same after samples were imported: in place of the checkpoint of this iteration, if there is one. The samples
  /// are in this job's journal. Throws Error where it fails, and leaves the one before.
  void write_with_imported(const Gmmvi& gmmvi, io::Checkpoint progress);

 private:
  using Clock = std::chrono::steady_clock;

  std::string path(std::int64_t iteration) const;
  std::string samples_path(std::int64_t iteration, int rank) const;
  bool has_samples(std::int64_t iteration) const;
  void store(const Gmmvi& gmmvi, io::Checkpoint progress, bool with_samples, core::Flush flush);
  void write_samples(const Gmmvi& gmmvi, core::Flush flush) const;
  std::optional<std::string> read(std::int64_t iteration);
  void check(const std::string& path, const std::optional<std::string>& fingerprint);
  void say_what_is_unknown();
  /// `state`: of the checkpoint that is gone on from, if there is one.
  void read_journals(const SolverState* state);
  /// `newest`: whether rank 0 goes on from the newest checkpoint that is there.
  void keep_only_what_is_awaited(const SolverState& state, bool newest);
  void remove_all_but(std::int64_t newest, std::int64_t second) const;
  void remove_samples_without_checkpoint() const;

  std::string folder_;
  KeepOptions options_;
  bool journal_;
  bool samples_beside_;  // whether checkpoints need samples beside them
  Communicator ranks_;
  std::shared_ptr<evaluation::JournalArchive> archive_;
  io::Fingerprint fingerprint_;
  std::string without_fingerprint_;  // a file that this rank has read, if there is one

  // rank 0's
  std::int64_t newest_ = -1, second_ = -1;  // iterations of the checkpoints that are kept
  Clock::time_point written_ = Clock::now();
};

}  // namespace gmmvi::runner

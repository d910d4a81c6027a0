#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/journal_archive.hpp"
#include "io/checkpoint.hpp"
#include "io/fingerprint.hpp"
#include "io/folder_lock.hpp"
#include "runner/checkpoints.hpp"
#include "runner/options.hpp"

namespace gmmvi::runner {

/// What a job that writes into a run's folder holds of it for its lifetime: the lock that keeps other jobs out, the
/// archive of evaluations, and the checkpoints. The order is fixed: the solver is made with archive(), then enter(),
/// then restore() if the run has a past, then begin_job(). Members are collective; errors are the same on every rank.
class Session {
 public:
  /// Of a run of `target` that `fingerprint` tells from others.
  Session(const Target& target, io::Fingerprint fingerprint, const KeepOptions& keep, Communicator ranks);

  /// For EvaluationHost; it keeps nothing before begin_job().
  const std::shared_ptr<evaluation::JournalArchive>& archive() const { return archive_; }

  /// Locks the folder. Throws Error (cannot_create) where another job does not leave it in time.
  void enter(const std::string& folder);
  /// Checkpoints::restore(), in the folder that was entered.
  std::optional<io::Checkpoint> restore(Gmmvi& gmmvi, const std::function<Gmmvi()>& make);
  /// Begins this job's journals.
  void begin_job();

  Checkpoints& checkpoints();

 private:
  KeepOptions keep_;
  bool cheap_;
  io::Fingerprint fingerprint_;
  Communicator ranks_;
  std::shared_ptr<evaluation::JournalArchive> archive_;
  std::optional<io::FolderLock> lock_;  // rank 0's
  std::optional<Checkpoints> checkpoints_;
};

}  // namespace gmmvi::runner

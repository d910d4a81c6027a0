#pragma once

#include <functional>

#include "gmmvi/communicator.hpp"
#include "gmmvi/error.hpp"

namespace gmmvi::comm {

/// An error that every rank throws at the same place, so that all can leave in an orderly way with the same exit code.
/// One rank's error becomes one by on_root().
class CollectiveError : public Error {
  using Error::Error;
};

/// Exit code of a bug: a broken contract, or an exception that is none of ours.
constexpr int bug_exit_code = 70;

/// Runs the program's `body` and returns its exit code, or that of the error that came out of it, after one message for
/// the user. A CollectiveError is reported by rank 0 and returned on every rank. Any other exception ends all ranks at
/// once if there are several, because they may be waiting for this one.
int run_guarded(const Communicator& ranks, const std::function<int()>& body);

/// Ends every rank of the program with `code`, at once and without unwinding; a serial program exits.
[[noreturn]] void end_all_ranks(const Communicator& ranks, int code);

/// The same for all ranks that MPI has started.
[[noreturn]] void end_world(int code);

/// Ends this rank with `code` without unwinding, while the others do the same: for a process that a thread of its own
/// still works in. MPI is finalised unless mpirun is about to kill (`in_haste`), when that would never return.
[[noreturn]] void leave_at_once(int code, bool in_haste);

}  // namespace gmmvi::comm

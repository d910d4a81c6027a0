#pragma once

#include <functional>
#include <string>

namespace gmmvi::comm {

/// While it lives, this thread runs others' code, which must not end the process: an end that looks like success would
/// end all ranks as if they were done. exit(), quick_exit(), _exit() and MPI_Finalize() there, and an exit with code 0
/// by any thread meanwhile, end all ranks with a message and the exit code `unavailable`. Children of a fork are free.
class ForeignCode {
 public:
  ForeignCode();
  ~ForeignCode();
  ForeignCode(const ForeignCode&) = delete;
  ForeignCode& operator=(const ForeignCode&) = delete;
};

/// Call before, from the thread that may use MPI: from then on MPI_Finalize() is watched, too.
void watch_over_foreign_code();

/// Ends all ranks with `message` and the exit code `unavailable`, from any thread: others' code cannot go on. Returns
/// only where that goes on already.
void end_for_foreign_code(const std::string& message);

/// A thread in others' code was left behind: from now on the others may end the process as they like.
void leave_foreign_code();

/// What ends from now on ends by our will.
void allow_end();

/// What this rank does first when that happens, with the message: it may write files, but the thread is any. Empty:
/// nothing.
void before_foreign_end(std::function<void(const std::string& message)> last_words);

}  // namespace gmmvi::comm

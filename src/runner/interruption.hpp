#pragma once

#include <string>

namespace gmmvi::runner {

/// What signals ask of a run.
enum class Interruption {
  none,
  suspend,  ///< SIGUSR1, which a batch system sends before the end of a job, and mpirun passes on and does no more
  end       ///< SIGINT (Ctrl-C), SIGTERM, or SIGHUP unless nohup has it ignored; mpirun then kills within two seconds
};

/// From now on these signals are taken note of; a second SIGINT ends the process at once, as if nobody had asked for
/// this (SIGTERM may come from several sides). The first signal is acknowledged on stderr with `note`, unless that is
/// empty: an iteration may be long. A file that reaches the limit of its size is an error of who writes it.
void listen_for_interruptions(const std::string& note);
/// What has been asked for.
Interruption interruption();

}  // namespace gmmvi::runner

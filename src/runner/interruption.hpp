#pragma once

namespace gmmvi::runner {

/// From now on SIGINT (Ctrl-C), SIGTERM (which mpirun sends when it is interrupted, a second before it kills) and
/// SIGUSR1 (which mpirun passes on and does no more) ask a run to end after its iteration; a second one ends the
/// process at once, as if nobody had asked for this. The first is acknowledged on stderr if `say_so`: an iteration may
/// be long.
void listen_for_interruptions(bool say_so);
/// Whether such a signal came.
bool interrupted();

}  // namespace gmmvi::runner

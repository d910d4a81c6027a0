#pragma once

namespace gmmvi::runner {

/// From now on SIGINT (Ctrl-C) and SIGTERM (which mpirun passes on when it is interrupted) ask a run to end after its
/// iteration; a second one ends the process at once, as if nobody had asked for this.
void listen_for_interruptions();
/// Whether such a signal came.
bool interrupted();

}  // namespace gmmvi::runner

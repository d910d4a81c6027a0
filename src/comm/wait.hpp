#pragma once

#include <mpi.h>

namespace gmmvi::comm {

/// Returns when `request` is complete. MPI's own waiting keeps a core busy, which the ranks that compute need where
/// there are more ranks than cores; so this polls with a Backoff.
void wait(MPI_Request& request);

/// The same for a transfer whose ranks have all arrived: only polls, so that no piece of a large message waits for a
/// sleeper, and lets other processes run between polls.
void wait_busily(MPI_Request& request);

}  // namespace gmmvi::comm

#pragma once

#include <chrono>
#include <span>

#include <mpi.h>

namespace gmmvi::comm {

/// Returns when `request` is complete. MPI's own waiting keeps a core busy, which the ranks that compute need where
/// there are more ranks than cores; so this polls with a Backoff, of which `awake` is the time before its first sleep.
void wait(MPI_Request& request, std::chrono::nanoseconds awake);

/// The same for transfers whose ranks have all arrived: only polls, so that no piece of a large message waits for a
/// sleeper, and lets other processes run between polls.
void wait_busily(std::span<MPI_Request> requests);

}  // namespace gmmvi::comm

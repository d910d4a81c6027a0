#pragma once

#include <chrono>
#include <functional>
#include <span>

#include <mpi.h>

namespace gmmvi::comm {

/// Returns when `request` is complete. MPI's own waiting keeps a core busy, which the ranks that compute need where
/// there are more ranks than cores; so this polls with a Backoff, of which `awake` is the time before its first sleep.
/// Between two looks it runs `errand`.
void wait(MPI_Request& request, std::chrono::nanoseconds awake, const std::function<void()>& errand);

/// The same for transfers whose ranks have all arrived: only polls, so that no piece of a large message waits for a
/// sleeper, and lets other processes run between polls.
void wait_busily(std::span<MPI_Request> requests, const std::function<void()>& errand);

}  // namespace gmmvi::comm

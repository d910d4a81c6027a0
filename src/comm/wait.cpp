#include "comm/wait.hpp"

#include <algorithm>
#include <chrono>
#include <sched.h>
#include <sys/prctl.h>
#include <thread>

namespace gmmvi::comm {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto spinning = 50us;
constexpr std::chrono::nanoseconds longest_sleep = 200us;

/// Linux lets sleeps last 50 microseconds longer than asked for unless told otherwise.
void sleep_precisely(std::chrono::nanoseconds duration) {
  [[maybe_unused]] static const int once = prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
  std::this_thread::sleep_for(duration);
}

bool complete(MPI_Request& request) {
  int flag = 0;
  MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
  return flag != 0;
}

}  // namespace

void wait(MPI_Request& request) {
  const auto start = Clock::now();
  while (!complete(request)) {
    const std::chrono::nanoseconds waited = Clock::now() - start;
    if (waited > spinning)
      sleep_precisely(std::min(waited / 8, longest_sleep));
    else
      sched_yield();
  }
}

void wait_busily(MPI_Request& request) {
  while (!complete(request)) sched_yield();
}

}  // namespace gmmvi::comm

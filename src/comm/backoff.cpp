#include "comm/backoff.hpp"

#include <algorithm>
#include <sched.h>
#include <sys/prctl.h>
#include <thread>

namespace gmmvi::comm {

std::chrono::nanoseconds Backoff::next() const {
  const std::chrono::nanoseconds waited = Clock::now() - start_;
  return waited > awake_ ? std::min(waited / 8, longest_) : std::chrono::nanoseconds(0);
}

void Backoff::pause() const {
  const auto duration = next();
  if (duration.count() == 0) {
    sched_yield();
    return;
  }
  sleep_precisely();
  std::this_thread::sleep_for(duration);
}

void sleep_precisely() {
  [[maybe_unused]] thread_local const int once = prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
}

}  // namespace gmmvi::comm

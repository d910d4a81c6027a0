#include "evaluation/busy_clock.hpp"

namespace gmmvi::evaluation {

double BusyClock::Sum::at(Clock::time_point now) const {
  return seconds + running * std::chrono::duration<double>(now - since).count();
}

void BusyClock::begin(Kind kind) {
  const std::lock_guard lock(mutex_);
  Sum& its = sum(kind);
  const auto now = Clock::now();
  its = {.running = its.running + 1, .seconds = its.at(now), .since = now};
}

void BusyClock::end(Kind kind) {
  const std::lock_guard lock(mutex_);
  Sum& its = sum(kind);
  const auto now = Clock::now();
  its = {.running = its.running - 1, .seconds = its.at(now), .since = now};
}

double BusyClock::seconds(Kind kind, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return sums_[kind == Kind::metrics ? 1 : 0].at(now);
}

}  // namespace gmmvi::evaluation

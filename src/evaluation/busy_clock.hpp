#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "gmmvi/target.hpp"

namespace gmmvi::evaluation {

/// How long evaluations have run on this rank, those that run now up to now: what the rank's other thread does
/// meanwhile takes no time of its own. From any thread.
class BusyClock {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Kind { iteration, metrics };  ///< what evaluations are for

  /// By the SampleId::batch of what is evaluated.
  static Kind kind_of(std::uint64_t batch) {
    return (batch & SampleId::metrics_batch) == 0 ? Kind::iteration : Kind::metrics;
  }

  void begin(Kind kind);
  void end(Kind kind);
  /// Seconds since the beginning; where several evaluations run at once, the sum of theirs.
  double seconds(Kind kind, Clock::time_point now = Clock::now()) const;

 private:
  struct Sum {
    int running = 0;
    double seconds = 0.0;  // up to `since`
    Clock::time_point since = Clock::now();

    double at(Clock::time_point now) const;
  };
  Sum& sum(Kind kind) { return sums_[kind == Kind::metrics ? 1 : 0]; }

  mutable std::mutex mutex_;
  std::array<Sum, 2> sums_;
};

}  // namespace gmmvi::evaluation

#pragma once

#include <chrono>

namespace gmmvi::comm {

/// How long to sleep between looks at something that is to come: not at all for a while, then ever longer with the time
/// already waited.
class Backoff {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Backoff(std::chrono::nanoseconds longest = std::chrono::microseconds(200),
                   std::chrono::nanoseconds awake = std::chrono::microseconds(50))
      : longest_(longest), awake_(awake) {}
  /// The next sleep; 0: only let other threads run.
  std::chrono::nanoseconds next() const;
  /// Sleeps that long.
  void pause() const;
  /// Something came.
  void reset() { start_ = Clock::now(); }

 private:
  std::chrono::nanoseconds longest_, awake_;
  Clock::time_point start_ = Clock::now();
};

/// Lets this thread's sleeps last as long as asked for; Linux adds 50 microseconds unless told otherwise.
void sleep_precisely();

}  // namespace gmmvi::comm

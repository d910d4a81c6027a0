#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "core/untimed.hpp"
#include "evaluation/busy_clock.hpp"

namespace gmmvi::evaluation {

/// The attempts at an evaluation that one thread makes, as another thread sees them that may have to interrupt them.
class Attempts final : public core::Timekeeper {
 public:
  using Clock = std::chrono::steady_clock;

  /// In the evaluating thread, around every attempt.
  void begin(BusyClock::Kind kind = BusyClock::Kind::iteration);
  void end();
  /// In the evaluating thread, in an attempt: what it does meanwhile is not of the time that it has.
  void pause() override;
  void go_on() override;
  /// In the evaluating thread: whether one more attempt may be made after one that failed.
  bool may_go_on() const;
  /// In the evaluating thread: the target has left another floating-point mode behind.
  void note_floating_point();

  /// Calls `interrupt` if the present attempt has had `limit` seconds; none begins before it has returned.
  void interrupt_after(double limit, const std::function<void()>& interrupt) const;
  /// From now on a failed attempt is the last.
  void forbid_more();
  void allow_more();
  /// Whether that ever happened.
  bool floating_point_changed() const;
  /// True once after it happened for the first time.
  bool take_news();
  /// Of all attempts, up to now.
  const BusyClock& busy() const { return busy_; }

 private:
  mutable std::mutex mutex_;
  std::optional<Clock::time_point> begun_;   // later by as long as it was paused
  std::optional<Clock::time_point> paused_;  // since when it is
  int pauses_ = 0;                           // within each other
  BusyClock::Kind kind_ = BusyClock::Kind::iteration;
  bool forbidden_ = false;
  bool floating_point_changed_ = false, news_ = false;
  BusyClock busy_;
};

}  // namespace gmmvi::evaluation

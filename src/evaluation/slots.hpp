#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "gmmvi/target.hpp"

#include "evaluation/attempts.hpp"

namespace gmmvi::evaluation {

/// What evaluates on a rank: instances of the target that may work at the same time, a thread each, and the attempts
/// that each makes. Kept alive by the evaluations that use it, as a thread that is left behind outlives its owner.
class Slots {
 public:
  /// `target`, which must outlive all evaluations, and `count` − 1 more like it from `make`.
  Slots(Target& target, int count, const std::function<std::unique_ptr<Target>()>& make);

  int count() const { return static_cast<int>(slots_.size()); }
  Target& target(int slot) { return *slots_[static_cast<std::size_t>(slot)]->target; }
  Attempts& attempts(int slot) { return slots_[static_cast<std::size_t>(slot)]->attempts; }
  bool interruptible() const;

  // Of all of them, as Attempts has it of one.

  /// Interrupts what is older than `limit` seconds, if it can be.
  void interrupt_after(double limit);
  void forbid_more();
  void allow_more();
  bool floating_point_changed() const;
  bool take_news();
  /// Seconds of attempts up to `now`, in the mean over the slots.
  double busy(BusyClock::Kind kind, BusyClock::Clock::time_point now) const;

 private:
  struct Slot {
    Target* target = nullptr;
    std::unique_ptr<Target> owned = nullptr;  // or none
    Attempts attempts = {};
  };
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace gmmvi::evaluation

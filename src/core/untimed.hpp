#pragma once

namespace gmmvi::core {

/// Who limits the time of what a thread does.
class Timekeeper {
 public:
  virtual ~Timekeeper() = default;
  /// Stops the clock, until as many calls of go_on() set it going again. In the thread that is timed.
  virtual void pause() = 0;
  virtual void go_on() = 0;
};

/// While it lives, what this thread does is timed by that one.
class TimedBy {
 public:
  explicit TimedBy(Timekeeper& timekeeper);
  ~TimedBy();
  TimedBy(const TimedBy&) = delete;
  TimedBy& operator=(const TimedBy&) = delete;

 private:
  Timekeeper* before_;
};

/// While it lives, the clock of this thread stands still, if there is one.
class Untimed {
 public:
  Untimed();
  ~Untimed();
  Untimed(const Untimed&) = delete;
  Untimed& operator=(const Untimed&) = delete;

 private:
  Timekeeper* timekeeper_;
};

}  // namespace gmmvi::core

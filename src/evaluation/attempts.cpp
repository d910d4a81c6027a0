#include "evaluation/attempts.hpp"

#include <utility>

#include "core/contract.hpp"

namespace gmmvi::evaluation {

void Attempts::begin(BusyClock::Kind kind) {
  const std::lock_guard lock(mutex_);
  begun_ = Clock::now();
  kind_ = kind;
  busy_.begin(kind);
}

void Attempts::end() {
  const std::lock_guard lock(mutex_);
  begun_.reset();
  busy_.end(kind_);
}

void Attempts::pause() {
  const std::lock_guard lock(mutex_);
  if (pauses_++ == 0) paused_ = Clock::now();
}

void Attempts::go_on() {
  const std::lock_guard lock(mutex_);
  GMMVI_EXPECT(pauses_ > 0, "paused");
  if (--pauses_ > 0) return;
  if (begun_) *begun_ += Clock::now() - *paused_;
  paused_.reset();
}

bool Attempts::may_go_on() const {
  const std::lock_guard lock(mutex_);
  return !forbidden_;
}

void Attempts::note_floating_point() {
  const std::lock_guard lock(mutex_);
  news_ = news_ || !floating_point_changed_;
  floating_point_changed_ = true;
}

bool Attempts::floating_point_changed() const {
  const std::lock_guard lock(mutex_);
  return floating_point_changed_;
}

bool Attempts::take_news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, false);
}

void Attempts::interrupt_after(double limit, const std::function<void()>& interrupt) const {
  const std::lock_guard lock(mutex_);
  if (begun_ && std::chrono::duration<double>(paused_.value_or(Clock::now()) - *begun_).count() >= limit) interrupt();
}

void Attempts::forbid_more() {
  const std::lock_guard lock(mutex_);
  forbidden_ = true;
}

void Attempts::allow_more() {
  const std::lock_guard lock(mutex_);
  forbidden_ = false;
}

}  // namespace gmmvi::evaluation

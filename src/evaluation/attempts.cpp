#include "evaluation/attempts.hpp"

namespace gmmvi::evaluation {

void Attempts::begin() {
  const std::lock_guard lock(mutex_);
  begun_ = Clock::now();
}

void Attempts::end() {
  const std::lock_guard lock(mutex_);
  begun_.reset();
}

bool Attempts::may_go_on() const {
  const std::lock_guard lock(mutex_);
  return !forbidden_;
}

void Attempts::interrupt_after(double limit, const std::function<void()>& interrupt) const {
  const std::lock_guard lock(mutex_);
  if (begun_ && std::chrono::duration<double>(Clock::now() - *begun_).count() >= limit) interrupt();
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

#include "core/untimed.hpp"

#include <utility>

namespace gmmvi::core {
namespace {

thread_local Timekeeper* of_this_thread = nullptr;

}  // namespace

TimedBy::TimedBy(Timekeeper& timekeeper) : before_(std::exchange(of_this_thread, &timekeeper)) {}

TimedBy::~TimedBy() {
  of_this_thread = before_;
}

Untimed::Untimed() : timekeeper_(of_this_thread) {
  if (timekeeper_ != nullptr) timekeeper_->pause();
}

Untimed::~Untimed() {
  if (timekeeper_ != nullptr) timekeeper_->go_on();
}

}  // namespace gmmvi::core

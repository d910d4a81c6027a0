#include "evaluation/slots.hpp"

#include <algorithm>
#include <utility>

namespace gmmvi::evaluation {

Slots::Slots(Target& target, int count, const std::function<std::unique_ptr<Target>()>& make) {
  slots_.push_back(std::make_unique<Slot>());
  slots_.front()->target = &target;
  while (std::ssize(slots_) < count) {
    auto& slot = slots_.emplace_back(std::make_unique<Slot>());
    slot->owned = make();
    slot->target = slot->owned.get();
  }
}

bool Slots::interruptible() const {
  return slots_.front()->target->interruptible();
}

void Slots::interrupt_after(double limit) {
  if (!interruptible()) return;
  for (const auto& slot : slots_)
    slot->attempts.interrupt_after(limit, [&target = *slot->target] { target.interrupt(); });
}

void Slots::forbid_more() {
  for (const auto& slot : slots_) slot->attempts.forbid_more();
}

void Slots::allow_more() {
  for (const auto& slot : slots_) slot->attempts.allow_more();
}

bool Slots::floating_point_changed() const {
  return std::ranges::any_of(slots_, [](const auto& slot) { return slot->attempts.floating_point_changed(); });
}

bool Slots::take_news() {
  bool news = false;
  for (const auto& slot : slots_) news = slot->attempts.take_news() || news;
  return news;
}

double Slots::busy(BusyClock::Kind kind, BusyClock::Clock::time_point now) const {
  double sum = 0.0;
  for (const auto& slot : slots_) sum += slot->attempts.busy().seconds(kind, now);
  return sum / count();
}

}  // namespace gmmvi::evaluation

#include "evaluation/worker.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <sched.h>
#include <utility>
#include <variant>

#include "comm/backoff.hpp"
#include "core/contract.hpp"
#include "core/thread.hpp"

namespace gmmvi::evaluation {

struct Worker::Shared {
  std::mutex mutex;
  std::condition_variable submitted, came;
  std::deque<Task> queue;
  std::optional<Clock::time_point> running_since;
  std::deque<std::variant<FinishedGroup, std::exception_ptr>> finished;  // or what the task threw
  bool closing = false;
  core::Thread thread;

  // The body of the thread.
  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      submitted.wait(lock, [this] { return closing || !queue.empty(); });
      if (closing) return;  // whatever is queued
      const Task task = std::move(queue.front());
      queue.pop_front();
      running_since = Clock::now();
      lock.unlock();
      std::variant<FinishedGroup, std::exception_ptr> outcome;
      try {
        outcome = task();
      } catch (...) {
        outcome = std::current_exception();
      }
      lock.lock();
      running_since.reset();
      finished.push_back(std::move(outcome));
      came.notify_one();
    }
  }
};

Worker::Worker() : shared_(std::make_shared<Shared>()) {
  shared_->thread = core::Thread(core::generous_stack(), [shared = shared_] { shared->work(); });
}

Worker::~Worker() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->closing = true;
  }
  shared_->submitted.notify_one();
  if (shared_->thread.joinable()) shared_->thread.join();
}

void Worker::submit(Task task) {
  GMMVI_EXPECT(shared_->thread.joinable(), "not abandoned");
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->queue.push_back(std::move(task));
  }
  shared_->submitted.notify_one();
}

std::optional<FinishedGroup> Worker::take_finished() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->finished.empty()) return std::nullopt;
  auto outcome = std::move(shared_->finished.front());
  shared_->finished.pop_front();
  if (const auto* thrown = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*thrown);
  return std::get<FinishedGroup>(std::move(outcome));
}

void Worker::wait(std::chrono::nanoseconds most) {
  if (most.count() == 0) {
    sched_yield();
    return;
  }
  comm::sleep_precisely();
  std::unique_lock lock(shared_->mutex);
  shared_->came.wait_for(lock, most, [this] { return !shared_->finished.empty(); });
}

std::optional<Worker::Clock::time_point> Worker::running_since() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->running_since;
}

void Worker::drop_queued() {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.clear();
}

void Worker::drop_finished() {
  const std::lock_guard lock(shared_->mutex);
  shared_->finished.clear();
}

void Worker::abandon() {
  drop_queued();
  if (shared_->thread.joinable()) shared_->thread.detach();
}

}  // namespace gmmvi::evaluation

#include "evaluation/worker.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <sched.h>
#include <utility>
#include <variant>
#include <vector>

#include "comm/backoff.hpp"
#include "core/contract.hpp"
#include "core/thread.hpp"

namespace gmmvi::evaluation {

struct Worker::Shared {
  struct Queued {
    Task task;
    std::int64_t tag;
  };

  std::mutex mutex;
  std::condition_variable submitted, came;
  std::deque<Queued> queue;
  std::vector<std::optional<Clock::time_point>> running_since;      // by slot
  std::deque<std::variant<Finished, std::exception_ptr>> finished;  // or what the task threw
  bool closing = false;
  std::vector<core::Thread> threads;

  // The body of a slot's thread.
  void work(int slot) {
    auto& since = running_since[static_cast<std::size_t>(slot)];
    std::unique_lock lock(mutex);
    while (true) {
      submitted.wait(lock, [this] { return closing || !queue.empty(); });
      if (closing) return;  // whatever is queued
      const Queued queued = std::move(queue.front());
      queue.pop_front();
      since = Clock::now();
      lock.unlock();
      std::variant<Finished, std::exception_ptr> outcome;
      try {
        outcome = Finished{queued.task(slot), queued.tag};
      } catch (...) {
        outcome = std::current_exception();
      }
      lock.lock();
      since.reset();
      finished.push_back(std::move(outcome));
      came.notify_one();
    }
  }

  void close() {
    {
      const std::lock_guard lock(mutex);
      closing = true;
    }
    submitted.notify_all();
  }
};

Worker::Worker(int slots) : shared_(std::make_shared<Shared>()) {
  shared_->running_since.resize(static_cast<std::size_t>(slots));
  for (int slot = 0; slot < slots; ++slot)
    shared_->threads.emplace_back(core::generous_stack(), [shared = shared_, slot] { shared->work(slot); });
}

Worker::~Worker() {
  shared_->close();
  for (core::Thread& thread : shared_->threads)
    if (thread.joinable()) thread.join();
}

void Worker::submit(Task task, std::int64_t tag) {
  {
    const std::lock_guard lock(shared_->mutex);
    GMMVI_EXPECT(!shared_->closing, "not abandoned");
    shared_->queue.push_back({std::move(task), tag});
  }
  shared_->submitted.notify_one();
}

std::optional<Worker::Finished> Worker::take_finished() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->finished.empty()) return std::nullopt;
  auto outcome = std::move(shared_->finished.front());
  shared_->finished.pop_front();
  if (const auto* thrown = std::get_if<std::exception_ptr>(&outcome)) std::rethrow_exception(*thrown);
  return std::get<Finished>(std::move(outcome));
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
  std::optional<Clock::time_point> earliest;
  for (const auto& since : shared_->running_since)
    if (since && (!earliest || *since < *earliest)) earliest = since;
  return earliest;
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
  shared_->close();
  for (core::Thread& thread : shared_->threads)
    if (thread.joinable()) thread.detach();
}

}  // namespace gmmvi::evaluation

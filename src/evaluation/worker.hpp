#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "gmmvi/archive.hpp"

namespace gmmvi::evaluation {

/// A thread that evaluates one group after another, so that the thread that owns this is free to talk to other ranks.
/// Its stack is large (core/thread.hpp): targets may be simulators that keep arrays there.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<FinishedGroup()>;

  Worker();
  /// Waits for the running task, unless it was abandoned.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Queues a task.
  void submit(Task task);
  /// The next group that has come, in the order of the tasks. Throws, in its place, what a task threw.
  std::optional<FinishedGroup> take_finished();
  /// Returns when a group has come or a task has thrown, at the latest after `most`; 0: lets other threads run.
  void wait(std::chrono::nanoseconds most);
  /// Since when the running task runs, if there is one.
  std::optional<Clock::time_point> running_since() const;
  /// Forgets the tasks that have not begun.
  void drop_queued();
  /// Forgets the groups that have come.
  void drop_finished();
  /// Leaves the running task behind, in a thread of its own that lives until the process ends. What it works with must
  /// live as long. No further task can be submitted.
  void abandon();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gmmvi::evaluation

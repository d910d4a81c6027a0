#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "gmmvi/archive.hpp"

namespace gmmvi::evaluation {

/// Threads that evaluate one group after another, one in each of a number of slots, so that the thread that owns this
/// is free to talk to other ranks. Their stacks are large (core/thread.hpp): targets may be simulators that keep arrays
/// there.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;
  using Task = std::function<FinishedGroup(int slot)>;

  explicit Worker(int slots = 1);
  /// Waits for the running tasks, unless they were abandoned.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Queues a task; what comes of it bears its `tag`. Tasks begin in their order.
  void submit(Task task, std::int64_t tag = 0);
  struct Finished {
    FinishedGroup group;
    std::int64_t tag = 0;
  };
  /// The next group that has come. Throws, in its place, what a task threw.
  std::optional<Finished> take_finished();
  /// Returns when a group has come or a task has thrown, at the latest after `most`; 0: lets other threads run.
  void wait(std::chrono::nanoseconds most);
  /// Since when the task runs that has run for longest, if one runs.
  std::optional<Clock::time_point> running_since() const;
  /// Forgets the tasks that have not begun.
  void drop_queued();
  /// Forgets the groups that have come.
  void drop_finished();
  /// Leaves the running tasks behind, in threads of their own that live until the process ends. What they work with
  /// must live as long. No further task can be submitted.
  void abandon();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gmmvi::evaluation

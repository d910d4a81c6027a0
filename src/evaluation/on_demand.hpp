#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gmmvi/archive.hpp"
#include "gmmvi/communicator.hpp"

#include "comm/mailbox.hpp"
#include "evaluation/attempts.hpp"
#include "evaluation/worker.hpp"

namespace gmmvi::evaluation {

/// Deals out tasks on demand: a rank that is free gets the next one. Rank 0 coordinates and works too, since every
/// rank works in a thread of its own and talks in another. Tasks may end in any order.
class OnDemand {
 public:
  /// Collective.
  explicit OnDemand(const Communicator& ranks);

  /// What is to be done with the tasks 0 … `count`−1, of which every rank knows the same.
  struct Job {
    std::int64_t count = 0;
    std::function<FinishedGroup(std::int64_t task)> evaluate;  ///< in the worker's thread
    std::function<void(FinishedGroup&&)> take;                 ///< what this rank evaluated, in this thread
    std::function<std::optional<double>()> stop;  ///< asked often, on every rank: the seconds that are left, to stop
    std::function<void()> interrupt;              ///< makes the running evaluation end soon; none: it cannot be made to
    std::function<void(std::int64_t done)> report;  ///< told often, on rank 0, how many tasks are done; or none
    std::shared_ptr<Attempts> attempts;             ///< that `evaluate` makes
    double grace_after_errors = 0.0;                ///< seconds that running tasks have when an error stops the job
    std::optional<double> time_limit;               ///< seconds after which a task is interrupted
  };
  enum class End {
    clean,    ///< all tasks are done, none failed or had news, and every rank knows that
    done,     ///< all tasks are done
    stopped,  ///< some are not
  };
  /// Returns when all tasks are done or, after a stop on any rank, when no further one begins and the running ones are
  /// done, interrupted or, when no more seconds are left, left behind. What `take` or `report` throws stops all
  /// ranks, and is thrown here on that rank. Collective; returns the same everywhere.
  End run(const Job& job);

  /// Whether a task was left behind: then its thread still works, and the process can only end at once.
  bool abandoned() const { return abandoned_; }

 private:
  static constexpr double going_on = -1.0;
  struct Message {
    enum class Kind : std::int32_t { work, done, stop, end } kind = Kind::end;
    std::uint64_t job = 0;     // letters of another job than the present are late ones of one that was stopped
    double grace = going_on;   // of a stop and an end: the seconds that are left
    std::int32_t unclean = 0;  // of done: tasks that failed or had news; of an end: whether any
    std::int64_t first = 0;    // of work
    std::int64_t count = 0;    // tasks, of work and done
    double seconds = 0.0;      // of done: in evaluations
    double waited = 0.0;       // of done: before it, for work
  };

  // This rank's own part.
  void take_on(const Job& job, std::int64_t first, std::int64_t count);
  std::optional<Message> collect(const Job& job);
  std::optional<comm::Mailbox<Message>::Letter> fetch();
  void guard_time(const Job& job);
  void wind_up(const Job& job, double grace);
  /// The seconds that running tasks have, if this rank wants to stop.
  std::optional<double> asked_to_stop(const Job& job) const;

  /// Both return the `end` of the job, as all ranks get it.
  Message coordinate(const Job& job);
  Message follow(const Job& job);

  // Rank 0's view of all.
  void note_done(int rank, const Message& done);
  void report(const Job& job);
  void deal(const Job& job);
  std::int64_t chunk(const Job& job) const;
  int depth(const Job& job) const;

  Communicator ranks_;
  comm::Mailbox<Message> mailbox_;
  Worker worker_;
  bool abandoned_ = false;

  // this rank's, of the present job
  std::deque<Message> under_way_;  // chunks, each as the message that it will be when done
  std::int64_t left_in_front_ = 0;
  Worker::Clock::time_point idle_since_;
  std::exception_ptr failed_;
  std::uint64_t job_;  // a running number, the same on every rank, and no number of an earlier OnDemand

  // rank 0's
  std::int64_t next_ = 0, done_ = 0;  // tasks of the present job
  bool any_unclean_ = false;
  std::vector<int> in_flight_;           // chunks by rank
  double longest_ = 0.0;                 // seconds of a chunk, of late
  double seconds_ = 0.0, waited_ = 0.0;  // of all jobs, with the numbers of tasks and chunks
  std::int64_t tasks_ = 0, chunks_ = 0;
};

}  // namespace gmmvi::evaluation

#pragma once

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gmmvi/archive.hpp"
#include "gmmvi/communicator.hpp"

#include "comm/mailbox.hpp"
#include "evaluation/slots.hpp"
#include "evaluation/worker.hpp"

namespace gmmvi::evaluation {

/// Deals out tasks on demand: a rank that has a free slot gets the next one. Rank 0 coordinates and works too, since
/// every rank works in threads of their own and talks in another. Tasks may end in any order. Several jobs may be open:
/// a task of a later one is dealt out when none is left of those before.
class OnDemand {
 public:
  /// What holds for all jobs.
  struct Settings {
    std::function<std::optional<double>()> stop = {};  ///< asked often, on every rank: the seconds left, to stop
    std::shared_ptr<Slots> slots;                      ///< that tasks run in
    int evaluators = 0;                                ///< ranks that get tasks: the first so many
    double grace_after_errors = 0.0;                   ///< seconds that running tasks have when an error stops all
    std::optional<double> time_limit = {};             ///< seconds after which a task is interrupted
  };
  /// Collective.
  OnDemand(const Communicator& ranks, Settings settings);

  /// What is to be done with the tasks 0 … `count`−1, of which every rank knows the same.
  struct Job {
    std::int64_t count = 0;
    bool urgent = false;                                                 ///< its tasks go before those of other jobs
    std::function<FinishedGroup(std::int64_t task, int slot)> evaluate;  ///< in the thread of a slot
    std::function<void(FinishedGroup&&)> take;                           ///< what this rank evaluated, in this thread
    std::function<void(std::int64_t done)> report = {};  ///< told often, on rank 0, how many tasks are done; or none
  };
  enum class End {
    clean,    ///< all tasks are done, none failed or had news, and every rank knows that
    done,     ///< all tasks are done
    stopped,  ///< some are not
  };
  using Number = std::uint64_t;
  /// Opens a job and returns at once. All ranks open the same jobs in the same order, and finish them so.
  Number open(Job job);
  /// Returns when all its tasks are done or, after a stop on any rank, when no further task of any job begins and the
  /// running ones are done, interrupted or, when no more seconds are left, left behind: then no job is open any more.
  /// What `take` or `report` throws stops all ranks, and is thrown here on that rank. Collective; returns the same
  /// everywhere.
  End finish(Number number);
  /// To be called often while jobs are open and this rank does something else: takes what its worker has done, and gets
  /// it new tasks. Not collective, does not wait, and throws nothing.
  void look_after();
  /// Closes all jobs as a stop does that leaves running tasks `grace` seconds. All ranks call it, none waits for
  /// another.
  void close_all(double grace);

  /// Jobs that are open.
  std::size_t jobs() const { return open_.size(); }
  /// Rank 0: when the chunk was dealt out that is the oldest of those that are not done, of all ranks.
  std::optional<Worker::Clock::time_point> oldest() const;
  /// Whether a task was left behind: then its thread still works, and the process can only end at once.
  bool abandoned() const { return abandoned_; }

 private:
  static constexpr double going_on = -1.0;
  struct Message {
    enum class Kind : std::int32_t { work, done, stop, end } kind = Kind::end;
    std::int32_t unclean = 0;  // of done: tasks that failed or had news; of an end: whether any
    Number job = 0;            // of a stop: which finish() it is about
    double grace = going_on;   // of a stop: the seconds that are left
    std::int64_t first = 0;    // task of the chunk, of work and done
    std::int64_t count = 0;    // tasks, of work and done
    double seconds = 0.0;      // of done: in evaluations
    double waited = 0.0;       // of done: before it, for work
  };
  using Letter = comm::Mailbox<Message>::Letter;
  struct Open {
    Job job;
    std::optional<End> end;
    // rank 0's
    std::int64_t next = 0, done = 0;
    bool any_unclean = false;
  };
  // Consecutive tasks that this rank got at once, as the message that it will be when done.
  struct Chunk {
    Message message;
    std::int64_t left = 0;
  };

  // This rank's own part.
  bool advance();
  bool expects_letters() const;
  void take_on(Number number, std::int64_t first, std::int64_t count);
  std::optional<Message> collect();
  void read(const Letter& letter);
  void guard_time();
  void wind_up(double grace);
  /// The seconds that running tasks have, if this rank wants to stop.
  std::optional<double> asked_to_stop() const;
  /// Says so to those whom it concerns.
  void ask_for_stop();

  // Rank 0's view of all.
  void note_done(int rank, const Message& done);
  void report(Number number, Open& open);
  void deal();
  void deal(Number number, Open& open);
  void end(Number number, Open& open);
  std::int64_t chunk(const Open& open) const;
  int depth(const Open& open) const;

  Communicator ranks_;
  comm::Mailbox<Message> mailbox_;
  Settings settings_;
  Worker worker_;
  bool abandoned_ = false;

  // the same on every rank whenever they meet
  std::map<Number, Open> open_;
  Number newest_;         // job; no number is one of an earlier OnDemand
  Number finishes_;       // calls of finish(), counted from a number that no earlier OnDemand has either
  Number finishing_ = 0;  // the job that is waited for, or none

  // this rank's
  std::map<std::int64_t, Chunk> under_way_;  // by tag
  std::int64_t newest_tag_ = 0;
  std::vector<Letter> early_;  // of jobs that this rank has not opened yet
  Worker::Clock::time_point idle_since_;
  std::exception_ptr failed_;
  std::optional<double> stop_;  // rank 0 has stopped all, with that grace
  bool told_ = false;           // rank 0, that this rank wants to stop

  // rank 0's
  struct WantedStop {
    std::uint64_t finish = 0;
    double grace = 0.0;
  };
  WantedStop wanted_stop_;                                                      // by another rank, the last
  std::vector<int> in_flight_;                                                  // chunks by rank
  std::map<std::pair<Number, std::int64_t>, Worker::Clock::time_point> dealt_;  // when: chunks by job and first task
  double longest_ = 0.0;                                                        // seconds of a chunk, of late
  double seconds_ = 0.0, waited_ = 0.0;  // of all jobs, with the numbers of tasks and chunks
  std::int64_t tasks_ = 0, chunks_ = 0;
};

}  // namespace gmmvi::evaluation

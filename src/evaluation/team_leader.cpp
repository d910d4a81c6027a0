#include "evaluation/team_leader.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "comm/backoff.hpp"
#include "evaluation/group.hpp"
#include "evaluation/team_watch.hpp"

namespace gmmvi::evaluation {
namespace {

using Message = TeamChannel::Message;
using namespace std::chrono_literals;

constexpr auto between_looks = 5ms;

/// Looks while this thread evaluates.
class Lookout {
 public:
  explicit Lookout(TeamWatch& watch) : thread_([&watch](const std::stop_token& over) { look(watch, over); }) {}

 private:
  static void look(TeamWatch& watch, const std::stop_token& over) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!over.stop_requested()) {
      watch.look();
      wake.wait_for(lock, over, between_looks, [] { return false; });
    }
  }

  std::jthread thread_;
};

class Busy {
 public:
  explicit Busy(std::atomic<bool>& flag) : flag_(flag) { flag_ = true; }
  ~Busy() { flag_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  std::atomic<bool>& flag_;
};

}  // namespace

TeamLeader::TeamLeader(Target& own, TeamChannel& channel, double grace) : own_(own), channel_(channel), grace_(grace) {}

Evaluation TeamLeader::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                bool want_gradients) {
  const Busy busy(busy_);
  const std::int64_t number = evaluation_ + 1;
  Eigen::MatrixXd shared_samples = samples;
  std::vector<SampleId> shared_ids(ids.begin(), ids.end());
  channel_.post_to_members(
      {.kind = Message::Kind::evaluate, .evaluation = number, .samples = samples.cols(), .gradients = want_gradients});
  evaluation_ = number;  // from now on interrupt() is about this one
  channel_.share(shared_samples, shared_ids);

  TeamWatch watch(channel_, number, grace_, [this] { interrupt_own_part(); });
  Evaluation evaluation;
  std::exception_ptr own_error;
  std::string interrupted_for;  // another rank's error
  try {
    const Lookout lookout(watch);
    evaluation = own_.evaluate(samples, ids, want_gradients);
    watch.own_part_ended("");
  } catch (...) {
    own_error = std::current_exception();
    interrupted_for = watch.error_of_member();
    watch.own_part_ended(reason_of_exception());
  }
  for (const comm::Backoff backoff; !watch.all_ended(); backoff.pause()) watch.look();
  if (own_error && interrupted_for.empty()) std::rethrow_exception(own_error);
  if (const std::string error = watch.error_of_member(); !error.empty()) throw std::runtime_error(error);
  return evaluation;
}

void TeamLeader::interrupt_own_part() {
  const std::lock_guard lock(interrupting_);
  try {
    if (own_.interruptible()) own_.interrupt();
  } catch (...) {
    // it will be called again, from a thread that nobody catches it for
  }
}

void TeamLeader::interrupt() {
  interrupt_own_part();
  const std::int64_t newest = evaluation_;
  if (interrupted_.exchange(newest) == newest) return;
  channel_.post_to_members({.kind = Message::Kind::interrupt, .evaluation = newest});
}

}  // namespace gmmvi::evaluation

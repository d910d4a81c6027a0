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
      watch.look(true);
      wake.wait_for(lock, over, between_looks, [] { return false; });
    }
  }

  std::jthread thread_;
};

}  // namespace

TeamLeader::TeamLeader(Target& own, TeamChannel& channel, double grace) : own_(own), channel_(channel), grace_(grace) {}

Evaluation TeamLeader::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                                bool want_gradients) {
  const std::int64_t number = evaluation_ + 1;
  Eigen::MatrixXd shared_samples = samples;
  std::vector<SampleId> shared_ids(ids.begin(), ids.end());
  channel_.post_to_others(
      {.kind = Message::Kind::evaluate, .evaluation = number, .samples = samples.cols(), .gradients = want_gradients});
  evaluation_ = number;  // from now on interrupt() is about this one
  channel_.share(shared_samples, shared_ids);

  TeamWatch watch(channel_, own_, number, grace_);
  Evaluation evaluation;
  std::exception_ptr own_error;
  try {
    const Lookout lookout(watch);
    evaluation = own_.evaluate(samples, ids, want_gradients);
  } catch (...) {
    own_error = std::current_exception();
    Message done{.kind = Message::Kind::done, .evaluation = number};
    done.set_reason(reason_of_exception());
    channel_.post_to_others(done);
  }
  const bool interrupted_for_another = !watch.error().empty();
  for (const comm::Backoff backoff; !watch.others_are_done(); backoff.pause()) watch.look(false);
  if (own_error && !interrupted_for_another) std::rethrow_exception(own_error);
  if (!watch.error().empty()) throw std::runtime_error(watch.error());
  return evaluation;
}

void TeamLeader::interrupt() {
  own_.interrupt();
  const std::int64_t newest = evaluation_;
  if (interrupted_.exchange(newest) == newest) return;
  channel_.post_to_others({.kind = Message::Kind::interrupt, .evaluation = newest});
}

}  // namespace gmmvi::evaluation

#include "evaluation/team_member.hpp"

#include <chrono>
#include <memory>
#include <vector>

#include "comm/backoff.hpp"
#include "comm/foreign_code.hpp"
#include "core/log.hpp"
#include "evaluation/attempts.hpp"
#include "evaluation/group.hpp"
#include "evaluation/worker.hpp"

namespace gmmvi::evaluation {
namespace {

using Message = TeamChannel::Message;
using namespace std::chrono_literals;

// Many ranks that wait on few cores would keep these busy with looking.
constexpr auto longest_sleep = 1ms;
// A part that ends is seen at once.
constexpr auto between_looks = 5ms;

/// What an evaluation works with.
struct Part {
  Eigen::MatrixXd samples;
  std::vector<SampleId> ids;
  Attempts attempts = {};
};

class Member {
 public:
  Member(TeamChannel& channel, Target& own) : channel_(channel), own_(own) {}

  void take_part(const Message& order) {
    const auto part = std::make_shared<Part>();
    part->samples.resize(own_.dimension(), order.samples);
    part->ids.resize(static_cast<std::size_t>(order.samples));
    channel_.share(part->samples, part->ids);
    worker_.submit([part, &own = own_, gradients = order.gradients](int) {
      FinishedGroup outcome;
      try {
        call(own, part->samples, part->ids, gradients, part->attempts);
      } catch (...) {
        outcome.failure = reason_of_exception();
      }
      return outcome;
    });
    for (bool interrupted = false;;) {
      worker_.wait(between_looks);
      if (const auto outcome = worker_.take_finished()) {
        warn_of_floating_point(part->attempts);
        Message done{.kind = Message::Kind::done, .evaluation = order.evaluation};
        done.set_reason(outcome->group.failure);
        return channel_.post_to_leader(done);
      }
      while (const auto letter = channel_.fetch())
        interrupted = interrupted || letter->content.evaluation == order.evaluation;  // the leader waits for this part
      if (interrupted) interrupt();
    }
  }

 private:
  void interrupt() {
    try {
      if (own_.interruptible()) own_.interrupt();
    } catch (...) {
      // it will be called again, and the leader knows what to do where that does not help
    }
  }

  void warn_of_floating_point(const Attempts& attempts) {
    if (!attempts.floating_point_changed() || warned_) return;
    warned_ = true;
    core::log().warn("{}", floating_point_warning(" of this rank, which serves a team,"));
  }

  TeamChannel& channel_;
  Target& own_;
  Worker worker_;
  bool warned_ = false;
};

}  // namespace

int serve(TeamChannel& channel, Target& own) {
  comm::watch_over_foreign_code();
  Member member(channel, own);
  for (comm::Backoff backoff(longest_sleep);;) {
    const auto letter = channel.fetch();
    if (!letter) {
      backoff.pause();
      continue;
    }
    const Message& message = letter->content;
    if (message.kind == Message::Kind::end) return message.code;
    if (message.kind == Message::Kind::evaluate) member.take_part(message);
    backoff.reset();  // others are late letters
  }
}

}  // namespace gmmvi::evaluation

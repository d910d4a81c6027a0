#include "evaluation/team_member.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "comm/backoff.hpp"
#include "comm/foreign_code.hpp"
#include "core/log.hpp"
#include "evaluation/attempts.hpp"
#include "evaluation/group.hpp"
#include "evaluation/team_watch.hpp"
#include "evaluation/worker.hpp"

namespace gmmvi::evaluation {
namespace {

using Message = TeamChannel::Message;
using namespace std::chrono_literals;

// Many ranks that wait on few cores would keep these busy with looking.
constexpr auto longest_sleep = 1ms;
// A part that ends is seen at once.
constexpr auto between_looks = 5ms;

/// What an evaluation works with, which may have to outlive everything else.
struct Part {
  Eigen::MatrixXd samples;
  std::vector<SampleId> ids;
  Attempts attempts = {};
};

class Member {
 public:
  Member(TeamChannel& channel, Target& own, double grace) : channel_(channel), own_(own), grace_(grace) {}

  /// The leader's last words, if they came before this rank's part was over.
  std::optional<Message> take_part(const Message& order) {
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
    TeamWatch watch(channel_, own_, order.evaluation, grace_);
    while (true) {
      worker_.wait(between_looks);
      if (const auto outcome = worker_.take_finished()) {
        report(order.evaluation, outcome->group.failure);
        warn_of_floating_point(part->attempts);
        return watch.dismissal();
      }
      watch.look(true);
      if (!watch.dismissal()) continue;
      worker_.abandon();
      comm::leave_foreign_code();
      return watch.dismissal();
    }
  }

 private:
  // All hear of an error, the leader alone of an end without one.
  void report(std::int64_t evaluation, const std::string& reason) {
    Message done{.kind = Message::Kind::done, .evaluation = evaluation};
    done.set_reason(reason);
    if (reason.empty())
      channel_.post(0, done);
    else
      channel_.post_to_others(done);
  }

  void warn_of_floating_point(const Attempts& attempts) {
    if (!attempts.floating_point_changed() || warned_) return;
    warned_ = true;
    core::log().warn(
        "warning: an evaluation changed how floating-point numbers are computed with (rounding, traps, or denormal "
        "numbers flushed to zero), and left it so. It is set back after every evaluation; a target that needs such a "
        "mode has to set it in each of them.");
  }

  TeamChannel& channel_;
  Target& own_;
  double grace_;
  Worker worker_;
  bool warned_ = false;
};

}  // namespace

Message serve(TeamChannel& channel, Target& own, double grace) {
  comm::watch_over_foreign_code();
  Member member(channel, own, grace);
  for (comm::Backoff backoff(longest_sleep);;) {
    const auto letter = channel.fetch();
    if (!letter) {
      backoff.pause();
      continue;
    }
    backoff.reset();
    const Message& message = letter->content;
    if (message.kind == Message::Kind::end || message.kind == Message::Kind::leave) return message;
    if (message.kind != Message::Kind::evaluate) continue;  // a late one
    if (const auto dismissal = member.take_part(message)) return *dismissal;
  }
}

}  // namespace gmmvi::evaluation

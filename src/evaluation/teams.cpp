#include "gmmvi/teams.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "comm/mpi_library.hpp"
#include "comm/on_root.hpp"
#include "evaluation/group.hpp"
#include "evaluation/team_channel.hpp"
#include "evaluation/team_leader.hpp"
#include "evaluation/team_member.hpp"

namespace gmmvi {

using Message = evaluation::TeamChannel::Message;

/// A rank's way to its team; leaders have the target that evaluates by it.
class Teams::Channel : public evaluation::TeamChannel {
 public:
  Channel(const Communicator& team, Target& target, double grace)
      : TeamChannel(team), leader(target, *this, grace), targets_own_(team.split(0)) {
    try {
      target.join({.rank = team.rank(), .size = team.size(), .communicator = targets_own_.fortran_handle()});
    } catch (const Error&) {
      throw;
    } catch (...) {
      throw Error("the target cannot join its team: " + evaluation::reason_of_exception(), ExitCode::unavailable);
    }
  }

  evaluation::TeamLeader leader;

 private:
  Communicator targets_own_;
};

namespace {

// The same on every rank.
void check(const Target& target, const EvaluationOptions& options, int ranks) {
  const int size = options.ranks_per_evaluation;
  const auto wrong = [size](const std::string& why) {
    throw comm::CollectiveError(fmt::format("evaluation.ranks_per_evaluation is {}, but {}", size, why),
                                ExitCode::configuration);
  };
  if (!target.works_in_teams())
    wrong(
        "a rank makes the evaluations of this target alone: leave it out (a target says by works_in_teams() that "
        "several ranks can make one)");
  if (ranks < size)
    wrong(fmt::format("there {} {} rank{}: start {} at least, as with mpirun -n {}", ranks == 1 ? "is" : "are", ranks,
                      ranks == 1 ? "" : "s", size, size));
  if (options.slots > 1)
    wrong(fmt::format("evaluation.slots is {}: a team makes one evaluation at a time, so leave one of them out",
                      options.slots));
}

void require_threads(const Communicator& world) {
  const std::vector<int> able = world.all_gather(comm::threads_may_use_mpi() ? 1 : 0);
  if (std::ranges::find(able, 0) == able.end()) return;
  throw comm::CollectiveError(
      fmt::format("evaluation.ranks_per_evaluation is more than 1, for which several threads of a rank have to "
                  "communicate at the same time. {} does not grant that (MPI_THREAD_MULTIPLE): it is built without it, "
                  "or was started without asking for it (MpiScope::Threads::several)",
                  comm::mpi_library()),
      ExitCode::configuration);
}

}  // namespace

Teams::Teams(Target& target, const EvaluationOptions& options, const Communicator& world)
    : target_(target),
      grace_(options.grace),
      rank_(world.rank()),
      ranks_(world.size()),
      size_(options.ranks_per_evaluation),
      count_(world.size() / size_),
      solver_(world) {
  if (size_ == 1) return;
  check(target, options, world.size());
  require_threads(world);
  const int team = rank_ / size_;
  const bool serves = evaluates() && rank_ % size_ != 0;
  solver_ = world.split(serves ? 1 : 0);
  const Communicator own = world.split(evaluates() ? team : rank_);
  comm::attempt_on_all(world, [&] {
    if (evaluates()) channel_ = std::make_unique<Channel>(own, target_, grace_);
  });
}

Teams::~Teams() = default;

void Teams::run(const std::function<void(Target& target, const Communicator& solver)>& body) {
  if (channel_ && !channel_->leads()) {
    const Message last = evaluation::serve(*channel_, target_, grace_);
    if (last.kind == Message::Kind::leave) comm::leave_at_once(last.code, last.in_haste);
    if (last.code != 0) throw comm::CollectiveError("", static_cast<ExitCode>(last.code));
    return;
  }
  Message end{.kind = Message::Kind::end};
  const auto dismiss = [&](int code) {
    end.code = code;
    if (channel_) channel_->post_to_others(end);
  };
  try {
    body(channel_ ? channel_->leader : target_, solver_);
  } catch (const comm::CollectiveError& error) {
    dismiss(static_cast<int>(error.code()));
    throw;
  }
  dismiss(0);
}

void Teams::leave_at_once(int code, bool in_haste) {
  if (channel_) channel_->post_to_others({.kind = Message::Kind::leave, .code = code, .in_haste = in_haste});
  comm::leave_at_once(code, in_haste);
}

}  // namespace gmmvi

#include "gmmvi/teams.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/guard.hpp"
#include "comm/mpi_library.hpp"
#include "comm/on_root.hpp"
#include "core/log.hpp"
#include "evaluation/group.hpp"
#include "evaluation/team_channel.hpp"
#include "evaluation/team_leader.hpp"
#include "evaluation/team_member.hpp"

namespace gmmvi {

using Message = evaluation::TeamChannel::Message;

/// A rank's way to its team; leaders have the target that evaluates by it.
class Teams::Channel : public evaluation::TeamChannel {
 public:
  Channel(const Communicator& team, Target& target, double grace) : TeamChannel(team), leader(target, *this, grace) {}

  evaluation::TeamLeader leader;
};

namespace {

[[noreturn]] void refuse(const EvaluationOptions& options, const std::string& why) {
  throw comm::CollectiveError(
      fmt::format("evaluation.ranks_per_evaluation is {}, but {}", options.ranks_per_evaluation, why),
      ExitCode::configuration);
}

/// What has to be the same on all ranks, as those that serve take no part in what the solver checks.
struct Traits {
  Eigen::Index dimension;
  int works_in_teams, has_gradients;
  friend bool operator==(const Traits&, const Traits&) = default;
};

void check(const Target& target, const EvaluationOptions& options, const Communicator& world) {
  const int size = options.ranks_per_evaluation, ranks = world.size();
  const auto all =
      world.all_gather(Traits{target.dimension(), target.works_in_teams() ? 1 : 0, target.has_gradients() ? 1 : 0});
  for (std::size_t rank = 1; rank < all.size(); ++rank)
    if (all[rank] != all[0])
      refuse(options,
             fmt::format("the targets of ranks 0 and {} differ (dimension {} and {}, teams {} and {}, gradients "
                         "{} and {}): every rank has to make the same",
                         rank, all[0].dimension, all[rank].dimension, all[0].works_in_teams, all[rank].works_in_teams,
                         all[0].has_gradients, all[rank].has_gradients));
  if (all[0].works_in_teams == 0)
    refuse(options,
           "a rank makes the evaluations of this target alone: leave it out (a target says by works_in_teams() that "
           "several ranks can make one)");
  if (ranks < size)
    refuse(options, fmt::format("there {} {} rank{}: start {} at least, as with mpirun -n {}",
                                ranks == 1 ? "is" : "are", ranks, ranks == 1 ? "" : "s", size, size));
  if (options.slots_or_one() > 1)
    refuse(options,
           fmt::format("evaluation.slots is {}: a team makes one evaluation at a time, so leave one of them out",
                       options.slots_or_one()));
}

void require_threads(const EvaluationOptions& options, const Communicator& world) {
  const std::vector<int> able = world.all_gather(comm::threads_may_use_mpi() ? 1 : 0);
  const auto unable = std::ranges::find(able, 0);
  if (unable == able.end()) return;
  refuse(
      options,
      fmt::format("on rank {} MPI does not let several threads communicate at the same time (MPI_THREAD_MULTIPLE): {} "
                  "is built without that, or was started without being asked for it (MpiScope::Threads::several; "
                  "the program asks where it can read the config before MPI starts, from a regular file)",
                  unable - able.begin(), comm::mpi_library()));
}

void join(Target& target, const Communicator& team) {
  static std::vector<Communicator> of_targets;  // a target may use its own in its destructor
  const Communicator& own = of_targets.emplace_back(team.split(0));
  try {
    target.join({.rank = team.rank(), .size = team.size(), .communicator = own.fortran_handle()});
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw Error("the target cannot join its team: " + evaluation::reason_of_exception(), ExitCode::unavailable);
  }
}

}  // namespace

Teams::Teams(Target& target, const EvaluationOptions& options, const Communicator& world)
    : target_(target),
      rank_(world.rank()),
      ranks_(world.size()),
      size_(options.ranks_per_evaluation),
      count_(world.size() / size_),
      alike_(world) {
  if (size_ == 1) return;
  check(target, options, world);
  require_threads(options, world);
  const bool serves = is_in_one() && rank_ % size_ != 0;
  alike_ = world.split(serves ? 1 : 0);
  const Communicator team = world.split(is_in_one() ? rank_ / size_ : rank_);
  if (is_in_one()) channel_ = std::make_unique<Channel>(team, target_, options.grace);
  comm::attempt_on_all(world, [&] {
    if (channel_) join(target_, team);
  });
}

Teams::~Teams() = default;

void Teams::run(const std::function<void(Target& target, const Communicator& solver)>& body) {
  if (channel_ && !channel_->leads()) {
    const int code = evaluation::serve(*channel_, target_);
    if (code != 0) throw comm::CollectiveError("", static_cast<ExitCode>(code));
    return;
  }
  const auto dismiss = [this](int code) {
    if (channel_) channel_->post_to_members({.kind = Message::Kind::end, .code = code});
  };
  try {
    body(channel_ ? channel_->leader : target_, alike_);
  } catch (const comm::CollectiveError& error) {
    end_if_one_is_left(error.what(), static_cast<int>(error.code()));
    dismiss(static_cast<int>(error.code()));
    throw;
  } catch (const Error& error) {
    end_if_busy(error.what(), static_cast<int>(error.code()));
    dismiss(static_cast<int>(error.code()));
    throw;
  } catch (...) {
    end_if_busy(evaluation::reason_of_exception(), comm::bug_exit_code);
    dismiss(comm::bug_exit_code);
    throw;
  }
  end_if_one_is_left("", 0);
  dismiss(0);
}

// This rank alone has an error.
void Teams::end_if_busy(const std::string& error, int code) const {
  if (!channel_ || !channel_->leader.is_busy()) return;
  core::log().error("error: {}", error);
  core::log().flush();
  comm::end_world(code);
}

// A thread that evaluates works with what would be destroyed from here on, and may be within MPI.
void Teams::end_if_one_is_left(const std::string& error, int code) {
  if (size_ == 1) return;
  const auto left = alike_.all_gather(channel_ && channel_->leader.is_busy() ? 1 : 0);
  if (std::ranges::find(left, 1) == left.end()) return;
  if (alike_.is_root() && !error.empty()) core::log().error("error: {}", error);
  core::log().flush();
  alike_.barrier();
  comm::end_world(code);
}

}  // namespace gmmvi

#pragma once

#include <functional>
#include <memory>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi {

/// The ranks of a program in teams of `ranks_per_evaluation`, which make every evaluation together: ranks 0 … T − 1 are
/// the first team, and so on. The solver lives on the first rank of every team, its leader, and on the ranks that are
/// left over where T does not divide their number, which compute but do not evaluate. The others serve their leaders.
/// With T = 1 the solver lives on all ranks.
class Teams {
 public:
  /// `target`, which must outlive the result, joins the team of this rank if that has several ranks. Throws Error, the
  /// same on every rank, where targets cannot, where there are fewer ranks than one team needs, and where MPI does not
  /// let threads communicate at the same time (MpiScope::Threads). Collective.
  Teams(Target& target, const EvaluationOptions& options, const Communicator& world);
  ~Teams();
  Teams(const Teams&) = delete;
  Teams& operator=(const Teams&) = delete;

  /// Calls `body` on the ranks of the solver, with a target that evaluates by the team and with these ranks, whose
  /// first is the first of all; `body` is collective among them. The others serve until it is over, and throw an Error
  /// with the same exit code where it ended with one that its ranks have in common. Collective.
  void run(const std::function<void(Target& target, const Communicator& solver)>& body);
  /// Within `body`, for ranks that has to leave at once because an evaluation could not be ended: all ranks of the
  /// solver call it.
  [[noreturn]] void leave_at_once(int code, bool in_haste);

  /// Whether this rank evaluates, alone or with its team.
  bool evaluates() const { return rank_ < count_ * size_; }
  /// How many evaluations are made at the same time.
  int count() const { return count_; }
  /// Ranks of each.
  int size() const { return size_; }
  /// All ranks, those that fill no team among them.
  int ranks() const { return ranks_; }

  /// Ranks that the solver lives on, of so many.
  static int solver_ranks(int ranks, int ranks_per_evaluation) {
    return ranks / ranks_per_evaluation + ranks % ranks_per_evaluation;
  }

 private:
  class Channel;

  Target& target_;
  double grace_;
  int rank_, ranks_, size_, count_;
  Communicator solver_;
  std::unique_ptr<Channel> channel_;  // none where this rank is alone
};

}  // namespace gmmvi

#pragma once

#include <functional>
#include <memory>
#include <string>

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
  /// same on every rank, where targets cannot or differ, where there are fewer ranks than one team needs, and where MPI
  /// does not let threads communicate at the same time (MpiScope::Threads). Collective.
  Teams(Target& target, const EvaluationOptions& options, const Communicator& world);
  ~Teams();
  Teams(const Teams&) = delete;
  Teams& operator=(const Teams&) = delete;

  /// Calls `body` on the ranks of the solver, with a target that evaluates by the team and with these ranks, whose
  /// first is the first of all; `body` is collective among them. The others serve until it is over, and throw an Error
  /// with the same exit code where it ended with one. Where it leaves an evaluation behind that could not be ended, all
  /// ranks of the program end. Collective.
  void run(const std::function<void(Target& target, const Communicator& solver)>& body);

  /// Whether this rank is of a team, alone or with others.
  bool is_in_one() const { return rank_ < count_ * size_; }
  /// How many evaluations are made at the same time.
  int count() const { return count_; }
  /// Ranks of each.
  int size() const { return size_; }
  /// All ranks, those that fill no team among them.
  int ranks() const { return ranks_; }
  /// On ranks of the solver these, on the others those.
  const Communicator& alike() const { return alike_; }

 private:
  class Channel;
  void end_if_busy(const std::string& error, int code) const;
  void end_if_one_is_left(const std::string& error, int code);

  Target& target_;
  int rank_, ranks_, size_, count_;
  Communicator alike_;
  std::unique_ptr<Channel> channel_;  // none where this rank is alone
};

}  // namespace gmmvi

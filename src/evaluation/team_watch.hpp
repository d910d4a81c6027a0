#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/target.hpp"

#include "evaluation/team_channel.hpp"

namespace gmmvi::evaluation {

/// What a rank of a team hears of the others during an evaluation, and what it does about it. An error of one leaves
/// the others waiting if they need it: then their parts are interrupted or, if they cannot be, all ranks of the program
/// end after `grace` seconds.
class TeamWatch {
 public:
  TeamWatch(TeamChannel& channel, Target& own, std::int64_t evaluation, double grace)
      : channel_(channel), own_(own), evaluation_(evaluation), grace_(grace) {}

  /// To be called often; `own_part_runs`: of this rank.
  void look(bool own_part_runs);
  /// Leaders: whether the parts of all others have ended.
  bool others_are_done() const { return done_ == channel_.size() - 1; }
  /// The first error of another, as "rank 1 of the team: …"; empty if there is none.
  const std::string& error() const { return error_; }
  /// Members: the leader's last words, if they have come meanwhile.
  const std::optional<TeamChannel::Message>& dismissal() const { return dismissal_; }

 private:
  void read(const TeamChannel::Letter& letter);

  TeamChannel& channel_;
  Target& own_;
  std::int64_t evaluation_;
  double grace_;
  int done_ = 0;
  bool interrupted_ = false;
  std::string error_;
  std::chrono::steady_clock::time_point since_;  // the error is known
  std::optional<TeamChannel::Message> dismissal_;
};

}  // namespace gmmvi::evaluation

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "evaluation/team_channel.hpp"

namespace gmmvi::evaluation {

/// What the leader of a team hears of an evaluation, and what it does about it. An error of one rank leaves the others
/// waiting if they need it: so all are interrupted then, and where a part has not ended after `grace` seconds and a few
/// more all ranks of the program end.
class TeamWatch {
 public:
  /// `interrupt`: of the leader's own part; called from the thread that looks.
  TeamWatch(TeamChannel& channel, std::int64_t evaluation, double grace, std::function<void()> interrupt)
      : channel_(channel), evaluation_(evaluation), grace_(grace), interrupt_(std::move(interrupt)) {}

  /// To be called often until all parts have ended.
  void look();
  /// The leader's own part has ended; with an error unless `reason` is empty. From any thread.
  void own_part_ended(const std::string& reason);
  bool all_ended();
  /// The first error of a member, as "rank 1 of the team: …"; empty if there is none.
  std::string error_of_member();

 private:
  void note_error();

  TeamChannel& channel_;
  std::int64_t evaluation_;
  double grace_;
  std::function<void()> interrupt_;

  std::mutex mutex_;
  bool own_ended_ = false;
  int members_ended_ = 0;
  std::string error_, error_of_member_;                         // the first ones
  std::optional<std::chrono::steady_clock::time_point> since_;  // there is an error
};

}  // namespace gmmvi::evaluation

#include "evaluation/team_watch.hpp"

#include <fmt/format.h>

#include "comm/foreign_code.hpp"
#include "core/seconds_since.hpp"

namespace gmmvi::evaluation {

namespace {

constexpr double seconds_to_obey = 5.0;  // whatever the grace: ranks that agree do not end at the same moment

}  // namespace

using Message = TeamChannel::Message;

void TeamWatch::look() {
  std::unique_lock lock(mutex_);
  while (const auto letter = channel_.fetch()) {
    const Message& message = letter->content;
    if (message.kind != Message::Kind::done || message.evaluation != evaluation_) continue;
    ++members_ended_;
    if (message.reason[0] == '\0' || !error_of_member_.empty()) continue;
    error_of_member_ = fmt::format("rank {} of the team: {}", letter->from, message.reason);
    if (error_.empty()) error_ = error_of_member_;
    note_error();
  }
  if (!since_ || (own_ended_ && members_ended_ == channel_.members())) return;
  const bool interrupt = !own_ended_;
  const bool hopeless = core::seconds_since(*since_) >= grace_ + seconds_to_obey;
  const std::string error = error_;
  lock.unlock();
  if (interrupt) interrupt_();
  if (hopeless)
    comm::end_for_foreign_code(
        fmt::format("an evaluation cannot end: {}. Another rank of the team has not ended its part since then, and "
                    "seems to wait for that one. Before one of them throws, the ranks of a team have to agree on it. "
                    "Finished evaluations are kept in the journal, if there is one.",
                    error));
}

void TeamWatch::own_part_ended(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  own_ended_ = true;
  if (reason.empty()) return;
  if (error_.empty()) error_ = reason;
  note_error();
}

bool TeamWatch::all_ended() {
  const std::lock_guard lock(mutex_);
  return own_ended_ && members_ended_ == channel_.members();
}

std::string TeamWatch::error_of_member() {
  const std::lock_guard lock(mutex_);
  return error_of_member_;
}

void TeamWatch::note_error() {
  if (since_) return;
  since_ = std::chrono::steady_clock::now();
  channel_.post_to_members({.kind = Message::Kind::interrupt, .evaluation = evaluation_});
}

}  // namespace gmmvi::evaluation

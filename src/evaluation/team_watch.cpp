#include "evaluation/team_watch.hpp"

#include <fmt/format.h>

#include "comm/foreign_code.hpp"
#include "core/seconds_since.hpp"

namespace gmmvi::evaluation {

void TeamWatch::look(bool own_part_runs) {
  while (const auto letter = channel_.fetch()) read(*letter);
  if (!own_part_runs || (!interrupted_ && error_.empty())) return;
  if (own_.interruptible()) return own_.interrupt();
  if (error_.empty() || core::seconds_since(since_) < grace_) return;
  comm::end_for_foreign_code(
      fmt::format("an evaluation cannot end: {}. Another rank of the team has not ended its part since then, and seems "
                  "to wait for it. Before one of them throws, the ranks of a team have to agree on it. Finished "
                  "evaluations are kept in the journal, if there is one.",
                  error_));
}

// Letters of earlier evaluations are late ones.
void TeamWatch::read(const TeamChannel::Letter& letter) {
  using Kind = TeamChannel::Message::Kind;
  const TeamChannel::Message& message = letter.content;
  if (message.kind == Kind::end || message.kind == Kind::leave) dismissal_ = message;
  if (message.evaluation != evaluation_) return;
  if (message.kind == Kind::interrupt) interrupted_ = true;
  if (message.kind != Kind::done) return;
  ++done_;
  if (message.reason[0] == '\0' || !error_.empty()) return;
  error_ = fmt::format("rank {} of the team: {}", letter.from, message.reason);
  since_ = std::chrono::steady_clock::now();
}

}  // namespace gmmvi::evaluation

#pragma once

#include <optional>

#include "gmmvi/communicator.hpp"

#include "comm/backend.hpp"

namespace gmmvi::comm {

/// Letters of one kind between single ranks, for a coordinator and those who work for it. Small ones: beyond a few
/// hundred bytes MPI delivers only while both sides look after the message.
template <Transportable Content>
class Mailbox {
 public:
  /// One at a time on a communicator.
  explicit Mailbox(const Communicator& ranks) : courier_(ranks.courier()) {}

  /// Returns at once.
  void post(int to, const Content& content) { courier_->post(to, std::as_bytes(std::span(&content, 1))); }

  struct Letter {
    int from;
    Content content;
  };
  /// The next letter that has come, if any; those of one sender come in the order in which it posted them.
  std::optional<Letter> fetch() {
    Letter letter;
    const auto from = courier_->fetch(std::as_writable_bytes(std::span(&letter.content, 1)));
    if (!from) return std::nullopt;
    letter.from = *from;
    return letter;
  }

 private:
  std::unique_ptr<Courier> courier_;
};

}  // namespace gmmvi::comm

#pragma once

#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/target.hpp"

#include "comm/mailbox.hpp"

namespace gmmvi::evaluation {

/// What the ranks of a team say to each other. Its rank 0 leads.
class TeamChannel {
 public:
  struct Message {
    enum class Kind : std::int32_t {
      evaluate,   ///< from the leader: share() follows
      interrupt,  ///< from the leader: the evaluation is to end soon
      done,       ///< its sender's part of the evaluation has ended
      end,        ///< from the leader: there is nothing more to do
      leave       ///< the same, at once, as an evaluation may still be running
    } kind = Kind::end;
    std::int32_t code = 0;        ///< exit code, of end and leave
    std::int64_t evaluation = 0;  ///< which one, of the first three
    std::int64_t samples = 0;     ///< of evaluate
    bool gradients = false;       ///< whether they are wanted, of evaluate
    bool in_haste = false;        ///< of leave
    char reason[300] = {};        ///< of done: the beginning of what the error said, or empty

    void set_reason(const std::string& text) { std::strncpy(reason, text.c_str(), sizeof reason - 1); }
  };
  using Letter = comm::Mailbox<Message>::Letter;

  explicit TeamChannel(const Communicator& team) : team_(team), mailbox_(team) {}

  bool leads() const { return team_.is_root(); }
  int size() const { return team_.size(); }

  // From any thread; neither waits.
  void post(int to, const Message& message);
  void post_to_others(const Message& message);
  std::optional<Letter> fetch();

  /// Gives the leader's samples [D x n] and their numbers [n] to all. Collective, in one thread of every rank.
  void share(Eigen::MatrixXd& samples, std::vector<SampleId>& ids) const;

 private:
  Communicator team_;
  std::mutex mutex_;
  comm::Mailbox<Message> mailbox_;
};

}  // namespace gmmvi::evaluation

#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/target.hpp"

#include "comm/mailbox.hpp"

namespace gmmvi::evaluation {

/// What the leader of a team, its rank 0, and the others say to each other. Members talk to the leader alone, so that
/// what each of them hears comes in the order in which it was said.
class TeamChannel {
 public:
  struct Message {
    enum class Kind : std::int32_t {
      evaluate,   ///< from the leader: share() follows
      interrupt,  ///< from the leader: the evaluation is to end soon
      done,       ///< from a member: its part of the evaluation has ended
      end         ///< from the leader: there is nothing more to do
    } kind = Kind::end;
    std::int32_t code = 0;        ///< exit code, of end
    std::int64_t evaluation = 0;  ///< which one, of all others
    std::int64_t samples = 0;     ///< of evaluate
    bool gradients = false;       ///< whether they are wanted, of evaluate
    char reason[300] = {};        ///< of done: an excerpt of what the error said, or empty

    void set_reason(const std::string& text);
  };
  using Letter = comm::Mailbox<Message>::Letter;

  explicit TeamChannel(const Communicator& team) : team_(team), mailbox_(team) {}

  bool leads() const { return team_.is_root(); }
  int members() const { return team_.size() - 1; }

  // From any thread; none waits.
  void post_to_leader(const Message& message);
  void post_to_members(const Message& message);
  std::optional<Letter> fetch();

  /// Gives the leader's samples [D x n] and their numbers [n] to all. Collective, in one thread of every rank.
  void share(Eigen::MatrixXd& samples, std::vector<SampleId>& ids) const;

 private:
  Communicator team_;
  std::mutex mutex_;
  comm::Mailbox<Message> mailbox_;
};

}  // namespace gmmvi::evaluation

#include "evaluation/team_channel.hpp"

#include <cstring>
#include <span>

#include "core/printable.hpp"

namespace gmmvi::evaluation {

void TeamChannel::Message::set_reason(const std::string& text) {
  const std::string excerpt = core::excerpt(text, sizeof reason - 70);
  std::strncpy(reason, excerpt.c_str(), sizeof reason - 1);
}

void TeamChannel::post_to_leader(const Message& message) {
  const std::lock_guard lock(mutex_);
  mailbox_.post(0, message);
}

void TeamChannel::post_to_members(const Message& message) {
  const std::lock_guard lock(mutex_);
  for (int rank = 1; rank < team_.size(); ++rank) mailbox_.post(rank, message);
}

std::optional<TeamChannel::Letter> TeamChannel::fetch() {
  const std::lock_guard lock(mutex_);
  return mailbox_.fetch();
}

void TeamChannel::share(Eigen::MatrixXd& samples, std::vector<SampleId>& ids) const {
  team_.broadcast(std::span<SampleId>(ids));
  team_.broadcast(std::span<double>(samples.data(), static_cast<std::size_t>(samples.size())));
}

}  // namespace gmmvi::evaluation

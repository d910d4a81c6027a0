#include "evaluation/team_channel.hpp"

#include <span>

namespace gmmvi::evaluation {

void TeamChannel::post(int to, const Message& message) {
  const std::lock_guard lock(mutex_);
  mailbox_.post(to, message);
}

void TeamChannel::post_to_others(const Message& message) {
  for (int rank = 0; rank < team_.size(); ++rank)
    if (rank != team_.rank()) post(rank, message);
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

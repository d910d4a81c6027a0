#include "samples/gather.hpp"

#include <algorithm>
#include <numeric>

namespace gmmvi::samples {

CanonicalGather::CanonicalGather(Communicator communicator, const std::vector<Eigen::Index>& own_positions)
    : communicator_(std::move(communicator)),
      counts_(communicator_.all_gather(own_positions.size())),
      positions_(communicator_.all_gather(std::span<const Eigen::Index>(own_positions), counts_)) {}

CanonicalGather::CanonicalGather(Communicator communicator, std::span<const std::int32_t> holders)
    : communicator_(std::move(communicator)),
      counts_(static_cast<std::size_t>(communicator_.size()), 0),
      positions_(holders.size()) {
  for (const std::int32_t holder : holders) ++counts_[static_cast<std::size_t>(holder)];
  std::vector<std::size_t> next(counts_.size());  // in the order of the ranks
  std::exclusive_scan(counts_.begin(), counts_.end(), next.begin(), std::size_t{0});
  for (std::size_t n = 0; n < holders.size(); ++n)
    positions_[next[static_cast<std::size_t>(holders[n])]++] = static_cast<Eigen::Index>(n);
}

Eigen::MatrixXd CanonicalGather::operator()(const Eigen::MatrixXd& own) const {
  const Eigen::Index rows = own.rows();
  std::vector<std::size_t> counts = counts_;
  for (std::size_t& count : counts) count *= static_cast<std::size_t>(rows);
  Eigen::MatrixXd by_rank(rows, size());
  communicator_.all_gather(std::span<const double>(own.data(), static_cast<std::size_t>(own.size())), counts,
                           std::span<double>(by_rank.data(), static_cast<std::size_t>(by_rank.size())));
  if (std::ranges::is_sorted(positions_)) return by_rank;
  Eigen::MatrixXd all(rows, size());
  for (Eigen::Index n = 0; n < size(); ++n) all.col(positions_[static_cast<std::size_t>(n)]) = by_rank.col(n);
  return all;
}

}  // namespace gmmvi::samples

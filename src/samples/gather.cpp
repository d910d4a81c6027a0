#include "samples/gather.hpp"

#include <algorithm>

namespace gmmvi::samples {

std::vector<Eigen::Index> positions_in(const std::vector<std::int64_t>& all, const std::vector<std::int64_t>& some) {
  std::vector<Eigen::Index> positions;
  positions.reserve(some.size());
  for (const std::int64_t index : some) positions.push_back(std::ranges::lower_bound(all, index) - all.begin());
  return positions;
}

CanonicalGather::CanonicalGather(Communicator communicator, const std::vector<Eigen::Index>& own_positions)
    : communicator_(std::move(communicator)),
      counts_(communicator_.all_gather(own_positions.size())),
      positions_(communicator_.all_gather(std::span<const Eigen::Index>(own_positions), counts_)) {}

Eigen::MatrixXd CanonicalGather::operator()(const Eigen::MatrixXd& own) const {
  const Eigen::Index rows = own.rows();
  std::vector<std::size_t> counts = counts_;
  for (std::size_t& count : counts) count *= static_cast<std::size_t>(rows);
  const std::vector<double> values =
      communicator_.all_gather(std::span<const double>(own.data(), static_cast<std::size_t>(own.size())), counts);
  Eigen::MatrixXd all(rows, size());
  const double* next = values.data();
  for (const Eigen::Index position : positions_) {
    all.col(position) = Eigen::Map<const Eigen::VectorXd>(next, rows);
    next += rows;
  }
  return all;
}

}  // namespace gmmvi::samples

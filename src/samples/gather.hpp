#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"

namespace gmmvi::samples {

/// [`count`] the rank of whose `own_positions` each position is; every one is some rank's. Collective.
std::vector<std::int32_t> holders_of(const std::vector<Eigen::Index>& own_positions, std::int64_t count,
                                     const Communicator& ranks);

/// Brings N samples that are spread over the ranks into canonical order, on every rank. Members are collective.
class CanonicalGather {
 public:
  /// `own_positions`: those of this rank's samples, ascending; of all ranks together they are 0 … N−1.
  CanonicalGather(Communicator communicator, const std::vector<Eigen::Index>& own_positions);
  /// `holders` [N]: the rank that has the sample; the same on every rank. Without communication.
  CanonicalGather(Communicator communicator, std::span<const std::int32_t> holders);
  /// From [rows x n] of the own samples to [rows x N].
  Eigen::MatrixXd operator()(const Eigen::MatrixXd& own) const;

  const Communicator& communicator() const { return communicator_; }
  /// N.
  Eigen::Index size() const { return static_cast<Eigen::Index>(positions_.size()); }
  /// Samples by rank.
  const std::vector<std::size_t>& counts() const { return counts_; }
  /// [N] the position of every sample, in the order of the ranks.
  const std::vector<Eigen::Index>& positions() const { return positions_; }

 private:
  Communicator communicator_;
  std::vector<std::size_t> counts_;
  std::vector<Eigen::Index> positions_;
  std::vector<std::vector<Communicator::Run>> runs_;  // of consecutive positions, of every rank
};

}  // namespace gmmvi::samples

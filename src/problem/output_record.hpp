#pragma once

#include <map>
#include <mutex>
#include <span>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::problem {

/// What simulators have returned, by sample: evaluations pass on log densities only. Shared by the targets of all slots
/// of a rank, whose threads may call it at the same time.
class OutputRecord {
 public:
  /// Of a sample that is evaluated again the last outputs [M] stay.
  void keep(const SampleId& id, const Eigen::VectorXd& outputs);
  /// [`outputs` x n] of the samples at these positions of a batch; NaN where there are none.
  Eigen::MatrixXd of(std::uint64_t batch, std::span<const Eigen::Index> positions, Eigen::Index outputs) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Eigen::VectorXd> by_sample_;  // batch and position
};

}  // namespace gmmvi::problem

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::target {

/// Which rows of a data set the likelihood of a sample is estimated from.
class Minibatches {
 public:
  /// `size` of `rows`, 1 <= size <= rows. `own`: every sample has a minibatch of its own; else all of a batch share
  /// one.
  Minibatches(Eigen::Index rows, Eigen::Index size, bool own, std::uint64_t seed);

  Eigen::Index size() const { return size_; }
  /// Different rows, in random order; the same for the same sample on any rank. Valid until the next call.
  std::span<const Eigen::Index> of(const SampleId& id);
  /// Whether `of(id)` is that of `other`.
  bool same(const SampleId& id, const SampleId& other) const {
    return id.batch == other.batch && (!own_ || id.position == other.position);
  }

 private:
  Eigen::Index size_;
  bool own_;
  std::uint64_t seed_;
  std::vector<Eigen::Index> rows_;  // a permutation; its first size_ entries are the minibatch
};

}  // namespace gmmvi::target

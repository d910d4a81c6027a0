#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gmmvi/evaluations.hpp"

namespace gmmvi {

/// A group of samples whose evaluation has ended.
struct FinishedGroup : Evaluations {
  std::uint64_t batch = 0;  ///< SampleId::batch
  std::int64_t first = 0;   ///< position of its first sample in the batch
  double seconds = 0.0;     ///< that its evaluation took
  std::string failure;      ///< what the first failure said, or empty
};

/// What is kept of finished evaluations beyond the process, and what was kept of earlier ones. One on every rank. What
/// one archive has kept in its life comes back to one rank: where gradients are finite differences, samples with their
/// gradients are kept without outputs if the points that they were made of are there with them.
class Archive {
 public:
  virtual ~Archive() = default;
  /// Keeps a group that has just been evaluated here, so that it survives a kill. Throws Error where it cannot.
  virtual void keep(const FinishedGroup& group) = 0;
  /// The groups of a batch that were evaluated earlier and that this rank has; each is given once. The other ranks may
  /// have others.
  virtual std::vector<FinishedGroup> take(std::uint64_t batch) = 0;
  /// Whether any rank may have earlier groups; the same on every rank.
  virtual bool has_earlier_groups() const = 0;
};

}  // namespace gmmvi

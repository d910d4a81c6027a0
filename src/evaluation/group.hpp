#pragma once

#include <cstdint>
#include <functional>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/attempts.hpp"

namespace gmmvi::evaluation {

/// A batch whose samples are to be evaluated. Its unit is the group: `Target::group_size()` consecutive samples, always
/// evaluated together.
struct EvaluationRequest {
  std::uint64_t batch = 0;  ///< SampleId::batch of its samples
  Eigen::Index size = 0;    ///< samples
  bool want_gradients = false;
  /// Draws the samples `first`, `first` + 1, … of the batch into the columns of `out` [D x n]. From any thread.
  std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out)> draw;
};

/// How many groups a batch of `size` samples has.
Eigen::Index groups_of(Eigen::Index size, Eigen::Index group_size);

/// Evaluates the samples of `group`, which knows its batch and their positions. While one of them fails the group is
/// evaluated again, up to `max_retries` times; what the last time gave counts. `attempts` hears of each.
void evaluate(Target& target, bool want_gradients, int max_retries, Attempts& attempts, FinishedGroup& group);
/// The same for a group of a batch, whose samples are drawn first.
FinishedGroup evaluate_group(Target& target, const EvaluationRequest& request, Eigen::Index group, int max_retries,
                             Attempts& attempts);

}  // namespace gmmvi::evaluation

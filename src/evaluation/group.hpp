#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <Eigen/Core>

#include "gmmvi/archive.hpp"
#include "gmmvi/target.hpp"

#include "evaluation/attempts.hpp"

namespace gmmvi::evaluation {

/// A batch whose samples are to be evaluated. Its unit is the group: consecutive samples, always evaluated together.
/// Where gradients are differences, it is one of points, so many of each sample, which follow one another.
struct EvaluationRequest {
  std::uint64_t batch = 0;             ///< SampleId::batch of its samples
  Eigen::Index size = 0;               ///< samples, or points
  Eigen::Index points_per_sample = 1;  ///< which the SampleId numbers, the sample itself first
  bool want_gradients = false;
  bool beside = false;  ///< for BatchProgress
  /// Draws the samples `first`, `first` + 1, … of the batch into the columns of `out` [D x n]. From any thread.
  std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out)> draw;
};

/// The groups of a batch: as few as `Target::group_size()` allows, and as equal in size as can be, so that ranks with
/// as many groups have as many samples. Of a cheap target, whose groups are dealt out beforehand as a rule, an even
/// number of them. They depend on nothing but the batch's size and the target.
class Groups {
 public:
  Groups(Eigen::Index batch_size, const Target& target);
  Eigen::Index count() const { return count_; }
  /// The position in the batch of a group's first sample.
  Eigen::Index first(Eigen::Index group) const { return batch_size_ * group / count_; }
  Eigen::Index size(Eigen::Index group) const { return first(group + 1) - first(group); }
  /// The group whose first sample has this position, if there is one.
  std::optional<Eigen::Index> starting_at(Eigen::Index position) const;

 private:
  Eigen::Index batch_size_, count_;
};

/// The target's own code, watched over; what it leaves changed in this thread is set back, and `attempts` hears of it.
Evaluation call(Target& target, const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                bool want_gradients, Attempts& attempts);
/// What to say of an evaluation after which something was set back: one `where`, as in " on rank 3".
std::string floating_point_warning(const std::string& where);
/// The text of the exception that is being handled.
std::string reason_of_exception();
/// Evaluates the samples of `group`, which `ids` number. While one of them fails the group is evaluated again, up to
/// `max_retries` times; what the last time gave counts. `attempts` hears of each.
void evaluate(Target& target, std::span<const SampleId> ids, bool want_gradients, int max_retries, Attempts& attempts,
              FinishedGroup& group);
/// One sample, outside of any batch.
FinishedGroup evaluate_point(Target& target, const Eigen::VectorXd& point, SampleId id, bool want_gradient,
                             std::optional<double> time_limit = {});
/// The same for a group of a batch, whose samples are drawn first. Of points none of which is a sample it has no
/// outputs.
FinishedGroup evaluate_group(Target& target, const EvaluationRequest& request, Eigen::Index group, int max_retries,
                             Attempts& attempts);

}  // namespace gmmvi::evaluation

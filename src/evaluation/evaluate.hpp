#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/communicator.hpp"
#include "gmmvi/target.hpp"

namespace gmmvi::evaluation {

/// A batch whose samples are to be evaluated. Its unit is the group: `Target::group_size()` consecutive samples, always
/// evaluated together.
struct EvaluationRequest {
  std::uint64_t batch = 0;  ///< SampleId::batch of its samples
  Eigen::Index size = 0;    ///< samples
  bool want_gradients = false;
  /// Draws the samples `first`, `first` + 1, … of the batch into the columns of `out` [D x n].
  std::function<void(Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out)> draw;
};

/// The part of a batch that this rank evaluated.
struct OwnEvaluations {
  std::vector<Eigen::Index> positions;   ///< [n] in the batch, ascending
  Eigen::MatrixXd samples;               ///< [D x n]
  Eigen::VectorXd log_densities;         ///< [n]; −∞ outside the support, NaN for failures
  Eigen::MatrixXd gradients;             ///< [D x n], 0 where there is none; [D x 0] if they were not asked for
  std::vector<EvaluationStatus> status;  ///< [n]
  std::string first_failure;             ///< what the first failure said
};

/// Evaluates this rank's groups: groups are dealt out in equal shares, consecutive ones to one rank.
OwnEvaluations evaluate(Target& target, const EvaluationRequest& request, const Communicator& communicator);

}  // namespace gmmvi::evaluation

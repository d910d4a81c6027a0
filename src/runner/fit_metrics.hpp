#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"

#include "io/metrics_file.hpp"
#include "math/maximum_mean_discrepancy.hpp"

namespace gmmvi::runner {

/// What a mixture and samples of it tell of the fit, beside the ELBO. Lives on rank 0.
class FitMetrics {
 public:
  /// `target` must outlive the result. Throws Error (data) where the ground truth is of another dimension, and Error
  /// (configuration) where the target's reference moments are.
  FitMetrics(Target& target, std::optional<math::MaximumMeanDiscrepancy> from_ground_truth);

  struct Values {
    std::vector<TargetMetric> target;  ///< its own
    std::optional<double> mmd;         ///< squared maximum mean discrepancy from the ground truth, where there is one
    std::optional<io::MomentErrors> moments = {};  ///< where the target knows its moments
  };
  /// From `samples` samples that are drawn with `seed`.
  Values operator()(const AnyMixture& mixture, std::int64_t samples, std::uint64_t seed) const;

 private:
  Target& target_;
  std::optional<math::MaximumMeanDiscrepancy> from_ground_truth_;
  std::optional<ReferenceMoments> reference_;
};

}  // namespace gmmvi::runner

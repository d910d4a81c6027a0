#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"

#include "math/maximum_mean_discrepancy.hpp"

namespace gmmvi::runner {

/// What samples of a mixture tell of the fit, beside the ELBO. Lives on rank 0.
class FitMetrics {
 public:
  /// `target` must outlive the result. Throws Error (data) where the ground truth is of another dimension.
  FitMetrics(Target& target, std::optional<math::MaximumMeanDiscrepancy> from_ground_truth);

  struct Values {
    std::vector<TargetMetric> target;  ///< its own
    std::optional<double> mmd;         ///< squared maximum mean discrepancy from the ground truth, where there is one
  };
  /// From `samples` samples that are drawn with `seed`.
  Values operator()(const AnyMixture& mixture, std::int64_t samples, std::uint64_t seed) const;

 private:
  Target& target_;
  std::optional<math::MaximumMeanDiscrepancy> from_ground_truth_;
};

}  // namespace gmmvi::runner

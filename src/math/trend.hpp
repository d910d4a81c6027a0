#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace gmmvi::math {

/// Whether a noisy series still grows. Robust: from the medians of at most ten blocks of it, their slope by Theil and
/// Sen, and Kendall's rank correlation with time. All zero for a series without numbers.
struct Trend {
  double gain = 0.0;         ///< by which it grew from its beginning to its end: slope × length
  double recent_gain = 0.0;  ///< the same of its second half alone
  double noise = 0.0;        ///< standard deviation of the blocks about the slope, by their median absolute deviation
  double correlation = 0.0;  ///< −1 (each block below all before) … 1 (above)
  std::int64_t blocks = 0;
};

/// Of `values` [n], all finite, in the order of time.
Trend trend_of(const Eigen::VectorXd& values);

}  // namespace gmmvi::math

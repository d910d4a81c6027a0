#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// The squared maximum mean discrepancy of samples from ground truth (Gretton et al. 2012, the biased estimate), with
/// the kernel exp(−Σ_d (x_d − y_d)² / (α σ_d)); σ_d is the median of the squared differences of coordinate d among the
/// first 1000 samples of the ground truth, every one of them with itself included.
class MaximumMeanDiscrepancy {
 public:
  /// `ground_truth` [D x N], N >= 1, not all alike in any coordinate; `alpha` > 0.
  MaximumMeanDiscrepancy(const Eigen::MatrixXd& ground_truth, double alpha);

  /// Of `samples` [D x M], M >= 1. Takes O(D (M + N) M) time, and memory for some hundred columns of kernel values.
  double operator()(const Eigen::MatrixXd& samples) const;

  Eigen::Index dimension() const { return scaled_truth_.rows(); }

 private:
  Eigen::VectorXd inverse_widths_;  // [D]
  Eigen::MatrixXd scaled_truth_;    // [D x N]
  double truth_with_itself_;        // mean of the kernel
};

}  // namespace gmmvi::math

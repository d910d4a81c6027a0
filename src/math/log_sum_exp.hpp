#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// log Σ_n exp(values_n); −∞ for none or where all are −∞. NaN where one is.
double log_sum_exp(const Eigen::VectorXd& values);

/// Log weights whose exponentials sum to one, none of them below log 1e-30 (before the last normalisation).
Eigen::VectorXd normalized_log_weights(const Eigen::VectorXd& log_weights);

}  // namespace gmmvi::math

#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// ω_n of log importance weights v [N]: exp(v_n − lse v) if self-normalised, else exp(v_n) / N. All zero where every v
/// is −∞.
Eigen::VectorXd importance_weights(const Eigen::VectorXd& log_weights, bool self_normalized);

/// 1 / Σ ω_n² of the self-normalised weights; 0 where there are none.
double effective_sample_size(const Eigen::VectorXd& log_weights);

}  // namespace gmmvi::math

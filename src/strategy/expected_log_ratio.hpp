#pragma once

#include <Eigen/Core>

namespace gmmvi::strategy {

/// E_k = Σ_n ω_kn R_n of one component from its log importance weights v [N] and the log ratios [N].
double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized);

}  // namespace gmmvi::strategy

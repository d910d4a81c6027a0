#pragma once

#include <vector>

#include <Eigen/Core>

namespace gmmvi::strategy {

/// E_k = Σ_n ω_kn R_n of one component from its log importance weights v [N] and the log ratios [N].
double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized);

/// The same where only the samples `inside` the support tell: E of the component cut off at the rim, and c log P, where
/// P is its share inside and c the `jump` (boundary.hpp). How far log p̃ falls elsewhere does not matter.
double expected_log_ratio(const Eigen::VectorXd& log_importance_weights, const Eigen::VectorXd& log_ratios,
                          bool self_normalized, const std::vector<Eigen::Index>& inside, double jump);

/// The share of the self-normalised importance weights that the samples from `first` on have; 0 if all underflow.
double share_from(const Eigen::VectorXd& log_importance_weights, Eigen::Index first);

}  // namespace gmmvi::strategy

#pragma once

#include <optional>

#include <Eigen/Core>

namespace gmmvi::strategy {

/// The weight of a new component, before normalisation.
inline constexpr double new_component_weight = 1e-29;

/// The variance c of the covariance c·I of a new component: its entropy is `mix` · (average entropy of q's components)
/// + (1 − mix) · (the prior's entropy), or the average entropy where there is no prior.
double new_component_variance(Eigen::Index dimension, double average_entropy, std::optional<double> prior_entropy,
                              double mix);

}  // namespace gmmvi::strategy

#pragma once

#include <optional>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"

namespace gmmvi::strategy {

/// The weight of a new component, before normalisation.
inline constexpr double new_component_weight = 1e-29;

/// The variance c of the covariance c·I of a new component: its entropy is `mix` · (average entropy of q's components)
/// + (1 − mix) · (the prior's entropy), or the average entropy where there is no prior.
double new_component_variance(Eigen::Index dimension, double average_entropy, std::optional<double> prior_entropy,
                              double mix);

/// Σ_k r_k(x) Σ_k at `point` x [D], r: responsibilities; none where x is out of the reach of all components: further
/// than √D + 3 standard deviations from those that have a weight. No sample of theirs has been there.
template <class Covariance>
std::optional<Covariance> neighbourhood_covariance(const Mixture<Covariance>& mixture, const Eigen::VectorXd& point);

}  // namespace gmmvi::strategy

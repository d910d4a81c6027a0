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

/// How far a component's samples come, in its standard deviations: of a standard normal distribution in D dimensions
/// next to all is within √D + 3 of the middle.
double reach(Eigen::Index dimension);
template <class Covariance>
bool is_in_reach(const Gaussian<Covariance>& gaussian, const Eigen::VectorXd& point) {
  return gaussian.whiten(point).norm() <= reach(point.size());
}

/// Σ_k r_k(x) Σ_k at `point` x [D], r: responsibilities; none where x is out of the reach of all components that have
/// a weight. No sample of theirs has been there.
template <class Covariance>
std::optional<Covariance> neighbourhood_covariance(const Mixture<Covariance>& mixture, const Eigen::VectorXd& point);

}  // namespace gmmvi::strategy

#pragma once

#include <cstddef>
#include <vector>

#include "gmmvi/gaussian.hpp"

namespace gmmvi::model {

/// Two components are of one mode if their ellipsoids of so many standard deviations touch (math::contact()), or a
/// chain of such components joins them. Between two equal Gaussians that just touch the density falls to a quarter.
inline constexpr double mode_radius = 2.0;

/// A light component does not make two modes one, as a wide one with hardly any mass would otherwise: it needs this
/// share of the mass of the lighter.
inline constexpr double least_bridge = 0.02;

/// The mode of each of K components, with the logs of their masses (in any unit): modes are counted from the heaviest,
/// 0. Depends on the order of components only where masses are equal.
template <class Covariance>
std::vector<std::size_t> group_into_modes(const std::vector<GaussianPointer<Covariance>>& gaussians,
                                          const Eigen::VectorXd& log_masses);

}  // namespace gmmvi::model

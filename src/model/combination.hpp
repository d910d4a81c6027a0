#pragma once

#include <cstddef>
#include <vector>

#include "gmmvi/mixture.hpp"

namespace gmmvi::model {

/// What one of several fits found of a density p̃.
struct Fit {
  AnyMixture mixture;
  double log_mass = 0.0;  ///< log of the mass of p̃ that it found: its evidence, or what stands for it
  double elbo = 0.0;      ///< how good it is; equal numbers where nobody knows
};

/// A fit counts in a mode where it finds at least this share of the mass there that another finds.
inline constexpr double least_share_found = 0.05;

/// Several fits, and what they make together. Fits are in the order given; what is computed does not depend on it.
struct Combination {
  AnyMixture mixture;                           ///< full covariances if one of the fits has them
  double log_mass = 0.0;                        ///< of p̃ that they found together
  Eigen::VectorXd shares;                       ///< [M] of the modes, of sum one, the largest first
  Eigen::MatrixXd weights;                      ///< [M x fits] weight of a fit's own components in the mode
  Eigen::MatrixXd parts;                        ///< [M x fits] how much a fit counts there; rows of sum one
  std::vector<std::vector<std::size_t>> modes;  ///< [fits][K] the mode of each component
  Eigen::Index merged = 0, negligible = 0;      ///< components that others took in, and that were left out
};

/// Z_r q_r is what fit r says p̃ is where it found something, and says nothing of modes that it missed. So in every mode
/// (of the components of all fits, group_into_modes()) the combination is the mean of Z_r q_r over the fits that found
/// it, weighted by exp(ELBO_r), as a better fit says it better; a mean over all fits would halve what one of two
/// missed. Components that fits have in common are merged; those below 1e-12 of the mass are left out.
/// `fits`: at least one, of one dimension.
Combination combine(const std::vector<Fit>& fits);

}  // namespace gmmvi::model

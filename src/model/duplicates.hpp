#pragma once

#include <cstddef>
#include <vector>

#include "math/merging.hpp"

namespace gmmvi::model {

/// Components of different fits are one if making them one costs at most so many nats for each unit of the lighter
/// one's mass: for two of equal mass and covariance, if their means are 0.28 standard deviations apart.
inline constexpr double duplicate_cost = 0.02;

/// A component of one fit, or what was made of components of several.
template <class Covariance>
struct Sourced {
  math::WeightedGaussian<Covariance> component;
  std::vector<std::size_t> fits;  ///< ascending
};

/// Merges components that fits have in common by their moments, the most alike first, and never two of one fit. What
/// was merged comes last.
template <class Covariance>
std::vector<Sourced<Covariance>> merge_duplicates(std::vector<Sourced<Covariance>> components);

}  // namespace gmmvi::model

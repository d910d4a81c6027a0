#pragma once

#include <cstdint>
#include <optional>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi::solver {

/// D numbers of one or D given ones; throws Error naming `key` for any other length.
Eigen::VectorXd per_dimension(const PerDimension& values, Eigen::Index dimension, const char* key);

/// K0 components of equal weight: means ~ N(prior_mean, diag(prior_scale²)), prior_mean itself for K0 = 1; covariances
/// diag(initial_cov). Throws Error where the options do not fit the dimension.
template <class Covariance>
Mixture<Covariance> initial_mixture(const ModelInitialization& options, Eigen::Index dimension, std::uint64_t seed);

/// N(prior_mean, diag(initial_cov)), unless the options say that there is none.
template <class Covariance>
GaussianPointer<Covariance> prior(const ModelInitialization& options, Eigen::Index dimension);

}  // namespace gmmvi::solver

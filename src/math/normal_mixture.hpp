#pragma once

#include <Eigen/Core>

namespace gmmvi::math {

/// Σ_k w_k N(μ_k, σ_k²) of one variable: a marginal of a mixture.
struct NormalMixture {
  Eigen::VectorXd weights;              ///< [K] >= 0, of sum one
  Eigen::VectorXd means;                ///< [K]
  Eigen::VectorXd standard_deviations;  ///< [K] > 0
};

/// Probability of values up to `value`, and of those above it; each is precise where it is small.
double cdf(const NormalMixture& mixture, double value);
double upper_tail(const NormalMixture& mixture, double value);

/// Where the cdf is p, 0 < p < 1, to 1e-12 of the value or of the smallest standard deviation. Where components lie so
/// far apart that the cdf is p, as far as doubles tell, on an interval between them: a point of that interval.
double quantile(const NormalMixture& mixture, double p);

}  // namespace gmmvi::math

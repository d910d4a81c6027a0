#pragma once

#include <optional>

#include "gmmvi/gaussian.hpp"

namespace gmmvi::math {

/// A Gaussian with its share of a mixture's mass.
template <class Covariance>
struct WeightedGaussian {
  GaussianPointer<Covariance> gaussian;
  double weight;  ///< > 0
};

/// One Gaussian for two: with their weight, mean and covariance (its diagonal for diagonal ones).
template <class Covariance>
struct Merged {
  WeightedGaussian<Covariance> gaussian;
  /// ½ [(w_a + w_b) log|Σ| − w_a log|Σ_a| − w_b log|Σ_b|], in nats: the KL divergence of any mixture with the two from
  /// that with the one is not larger (Runnalls, IEEE Trans. Aerosp. Electron. Syst. 43(3), 2007).
  double cost;
};

/// None where it would cost more than `most`, or has no covariance to the precision of doubles.
template <class Covariance>
std::optional<Merged<Covariance>> merge(const WeightedGaussian<Covariance>& a, const WeightedGaussian<Covariance>& b,
                                        double most);

}  // namespace gmmvi::math

#pragma once

#include <limits>

#include "gmmvi/gaussian.hpp"

namespace gmmvi::math {

/// How far two Gaussians are apart: the smallest r for which their ellipsoids of r standard deviations touch, so 0 for
/// one mean and δ/2 for unit covariances δ apart (Perram and Wertheim, J. Comput. Phys. 58, 1985):
///   r² = max_λ λ(1−λ) Δᵀ [(1−λ)Σ_a + λΣ_b]⁻¹ Δ,  0 < λ < 1,  Δ = μ_b − μ_a.
/// It is the same in any linear coordinates, and does not grow with the dimension, as overlap integrals shrink. Where
/// it is `enough` or more the answer may be smaller, but not below `enough`: that is found out early.
template <class Covariance>
double contact(const Gaussian<Covariance>& a, const Gaussian<Covariance>& b,
               double enough = std::numeric_limits<double>::infinity());

}  // namespace gmmvi::math

#include "math/normal_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/toms748_solve.hpp>

#include "core/contract.hpp"

namespace gmmvi::math {
namespace {

constexpr double precision = 1e-12;

double standard_normal_quantile(double p) {
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * p);
}

/// Σ_k w_k Φ(sign · (value − μ_k) / σ_k).
double probability(const NormalMixture& mixture, double value, double sign) {
  double sum = 0.0;
  for (Eigen::Index k = 0; k < mixture.means.size(); ++k) {
    const double standardized = (value - mixture.means[k]) / mixture.standard_deviations[k];
    sum += mixture.weights[k] * 0.5 * std::erfc(-sign * standardized / std::numbers::sqrt2);
  }
  return sum;
}

}  // namespace

double cdf(const NormalMixture& mixture, double value) {
  return probability(mixture, value, 1.0);
}

double upper_tail(const NormalMixture& mixture, double value) {
  return probability(mixture, value, -1.0);
}

double quantile(const NormalMixture& mixture, double p) {
  GMMVI_EXPECT(p > 0.0 && p < 1.0, "a probability");
  // The smaller tail is the precise one; 1 − p is exact where it is used.
  const auto excess = [&](double x) { return p <= 0.5 ? cdf(mixture, x) - p : (1.0 - p) - upper_tail(mixture, x); };
  // Each component has its quantile there, so the mixture's is between the outermost.
  const Eigen::VectorXd each = mixture.means + standard_normal_quantile(p) * mixture.standard_deviations;
  const double lower = each.minCoeff(), upper = each.maxCoeff();
  const double at_lower = excess(lower), at_upper = excess(upper);
  if (at_lower >= 0.0) return lower;
  if (at_upper <= 0.0) return upper;
  const double smallest = mixture.standard_deviations.minCoeff();
  const auto close = [&](double a, double b) {
    return b - a <= precision * std::max(smallest, std::min(std::abs(a), std::abs(b)));
  };
  std::uintmax_t iterations = 200;
  const auto [left, right] =
      boost::math::tools::toms748_solve(excess, lower, upper, at_lower, at_upper, close, iterations);
  return 0.5 * (left + right);
}

}  // namespace gmmvi::math

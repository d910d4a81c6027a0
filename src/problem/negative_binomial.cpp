#include "problem/negative_binomial.hpp"

#include <cmath>

#include <boost/math/special_functions/trigamma.hpp>

#include "problem/quiet_boost.hpp"

namespace gmmvi::problem {
namespace {

/// Right where the count is nearly gamma distributed (a large mean), and where it nearly has Poisson's distribution.
double limit(double mean, double dispersion) {
  const double share = mean / (mean + dispersion);
  constexpr double large = 1e5;  // where 1/φ would cancel all digits
  const double of_gamma = dispersion > large ? 0.5 / (dispersion * dispersion)
                                             : boost::math::trigamma(dispersion, Quiet()) - 1.0 / dispersion;
  return share * share * of_gamma;
}

/// Σ_j P(count > j) / (φ + j)² − mean / (φ (φ + mean)).
double sum(double mean, double dispersion) {
  constexpr double enough = 1e-13;
  constexpr int most = 100000;
  const double share = mean / (mean + dispersion);
  double log_probability = -dispersion * std::log1p(mean / dispersion);
  double beyond = 1.0, total = 0.0;
  for (int j = 0; j < most; ++j) {
    beyond -= std::exp(log_probability);
    if (!(beyond > 0.0)) break;
    const double place = dispersion + j;
    total += beyond / (place * place);
    if (j > mean && beyond / place < enough * total) break;
    log_probability += std::log(place * share / (j + 1.0));
  }
  return total - mean / (dispersion * (dispersion + mean));
}

}  // namespace

double dispersion_information(double mean, double dispersion) {
  constexpr double large_mean = 1000.0, nearly_poisson = 100.0;
  if (!(mean > 0.0)) return 0.0;
  const bool in_limit = mean > large_mean || dispersion > nearly_poisson * (1.0 + mean);
  const double information = in_limit ? limit(mean, dispersion) : sum(mean, dispersion);
  return information > 0.0 ? information : 0.0;
}

}  // namespace gmmvi::problem

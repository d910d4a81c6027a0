#include "math/pareto.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/contract.hpp"
#include "math/log_sum_exp.hpp"

namespace gmmvi::math {
namespace {

constexpr Eigen::Index fewest = 5;  // weights in the tail

Eigen::Index tail_size(Eigen::Index samples) {
  const auto n = static_cast<double>(samples);
  return static_cast<Eigen::Index>(std::ceil(std::min(0.2 * n, 3.0 * std::sqrt(n))));
}

/// The mean of log(1 − θx): the likeliest shape for θ = −shape / scale.
double shape_at(double theta, const Eigen::ArrayXd& x) {
  return (-theta * x).log1p().mean();
}

}  // namespace

// An average of θ over a grid, weighted by the profile likelihood; then a prior that draws the shape of a few
// exceedances to 1/2.
double fit_pareto_shape(const Eigen::VectorXd& exceedances) {
  const Eigen::ArrayXd x = exceedances;
  const auto n = static_cast<double>(x.size());
  GMMVI_GUARD(x.size() >= fewest && x[0] > 0.0, "at least five positive exceedances");
  const auto grid = static_cast<Eigen::Index>(30.0 + std::floor(std::sqrt(n)));
  const double first_quartile = x[static_cast<Eigen::Index>(std::floor(n / 4.0 + 0.5)) - 1];
  Eigen::VectorXd theta(grid), log_likelihood(grid);
  for (Eigen::Index j = 0; j < grid; ++j) {
    const double position = static_cast<double>(j) + 0.5;
    theta[j] = 1.0 / x[x.size() - 1] + (1.0 - std::sqrt(static_cast<double>(grid) / position)) / (3.0 * first_quartile);
    const double shape = shape_at(theta[j], x);
    log_likelihood[j] = n * (std::log(-theta[j] / shape) - shape - 1.0);
  }
  const Eigen::VectorXd weights = (log_likelihood.array() - log_sum_exp(log_likelihood)).exp();
  constexpr double prior_size = 10.0, prior_shape = 0.5;
  return (n * shape_at(weights.dot(theta), x) + prior_size * prior_shape) / (n + prior_size);
}

double pareto_k(const Eigen::VectorXd& log_weights) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Eigen::Index tail = tail_size(log_weights.size());
  if (tail < fewest || !std::isfinite(log_weights.maxCoeff())) return infinity;
  Eigen::VectorXd sorted = log_weights.array() - log_weights.maxCoeff();
  std::sort(sorted.begin(), sorted.end());
  constexpr double smallest = std::numeric_limits<double>::min();
  const double cutoff = std::max(std::exp(sorted[sorted.size() - tail - 1]), smallest);
  Eigen::VectorXd exceedances = sorted.tail(tail).array().exp() - cutoff;
  const auto first = std::upper_bound(exceedances.begin(), exceedances.end(), 0.0);
  exceedances = Eigen::VectorXd(exceedances.tail(exceedances.end() - first));
  const bool usable = exceedances.size() >= fewest && exceedances[exceedances.size() - 1] > exceedances[0];
  return usable ? fit_pareto_shape(exceedances) : infinity;
}

}  // namespace gmmvi::math

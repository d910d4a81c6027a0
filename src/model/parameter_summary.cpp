#include "model/parameter_summary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

#include <boost/math/quadrature/gauss_kronrod.hpp>

namespace gmmvi::model {
namespace {

/// Mean and variance of one variable.
struct Moments {
  double mean, variance;
};

/// x = b ± exp(±u) of a normal u.
Moments of_exponential(const Transform& t, double mean_u, double variance_u) {
  const bool below = std::isfinite(t.lower);
  const double size = std::exp((below ? mean_u : -mean_u) + 0.5 * variance_u);
  return {below ? t.lower + size : t.upper - size, size * size * std::expm1(variance_u)};
}

/// Over nearly all of the mass of a standard normal variable.
double expectation(const auto& of) {
  constexpr double far = 9.0;
  constexpr unsigned halvings = 12;
  constexpr double tolerance = 1e-10;
  const auto integrand = [&](double t) { return of(t) * std::exp(-0.5 * t * t); };
  return boost::math::quadrature::gauss_kronrod<double, 31>::integrate(integrand, -far, far, halvings, tolerance) /
         std::sqrt(2.0 * std::numbers::pi);
}

Moments of_interval(const Transform& t, double mean, double deviation) {
  // From the lower bound on, so that a narrow interval far from 0 keeps its digits.
  const auto above_lower = [&](double v) { return t.to_user(mean + deviation * v) - t.lower; };
  const double offset = expectation(above_lower);
  const double variance = expectation([&](double v) { return std::pow(above_lower(v) - offset, 2); });
  return {t.lower + offset, variance};
}

/// Of a parameter where z is normal.
Moments transformed(const Transform& t, double mean, double deviation) {
  const double mean_u = t.location + t.scale * mean, variance_u = std::pow(t.scale * deviation, 2);
  const bool below = std::isfinite(t.lower), above = std::isfinite(t.upper);
  if (below && above) return of_interval(t, mean, deviation);
  if (below || above) return of_exponential(t, mean_u, variance_u);
  return {mean_u, variance_u};
}

template <class Covariance>
Moments moments_of(const Mixture<Covariance>& mixture, const Eigen::VectorXd& weights, Eigen::Index d,
                   const Transform& transform) {
  std::vector<Moments> components;
  double mean = 0.0, variance = 0.0;
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    const Gaussian<Covariance>& gaussian = mixture.gaussian(k);
    components.push_back(transformed(transform, gaussian.mean()[d], std::sqrt(gaussian.covariance().variance(d))));
    mean += weights[k] * components.back().mean;
  }
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    const Moments& component = components[static_cast<std::size_t>(k)];
    variance += weights[k] * (component.variance + std::pow(component.mean - mean, 2));
  }
  return {mean, variance};
}

}  // namespace

std::vector<ParameterSummary> parameter_summaries(const AnyMixture& mixture, Eigen::Index count,
                                                  const Transforms& transforms) {
  return std::visit(
      [&](const auto& m) {
        const Eigen::VectorXd means = m.mean(), variances = m.marginal_variances(), weights = m.weights();
        std::vector<ParameterSummary> summaries;
        for (Eigen::Index d = 0; d < std::min(count, m.dimension()); ++d) {
          ParameterSummary& summary = summaries.emplace_back();
          const Transform transform = transforms.of(d);
          const Moments moments =
              transforms.none() ? Moments{means[d], variances[d]} : moments_of(m, weights, d, transform);
          summary.mean = moments.mean;
          summary.standard_deviation = std::sqrt(moments.variance);
          std::ranges::transform(summary_probabilities, summary.quantiles.begin(),
                                 [&](double p) { return transform.to_user(m.marginal_quantile(d, p)); });
        }
        return summaries;
      },
      mixture);
}

}  // namespace gmmvi::model

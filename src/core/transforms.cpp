#include "gmmvi/transforms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double sigmoid(double u) {
  return u >= 0.0 ? 1.0 / (1.0 + std::exp(-u)) : std::exp(u) / (1.0 + std::exp(u));
}

/// log(1 + exp(u)).
double softplus(double u) {
  return u > 0.0 ? u + std::log1p(std::exp(-u)) : std::log1p(std::exp(u));
}

/// Measured from the bound that is nearer, so that what lies close to it keeps its digits.
double from_unbounded(const Transform& t, double u) {
  const bool below = std::isfinite(t.lower), above = std::isfinite(t.upper);
  if (below && above) {
    const double width = t.upper - t.lower;
    return u < 0.0 ? t.lower + width * sigmoid(u) : t.upper - width * sigmoid(-u);
  }
  if (below) return t.lower + std::exp(u);
  if (above) return t.upper - std::exp(-u);
  return u;
}

double to_unbounded(const Transform& t, double x) {
  const bool below = std::isfinite(t.lower), above = std::isfinite(t.upper);
  if (below && x <= t.lower) return -infinity;
  if (above && x >= t.upper) return infinity;
  if (below && above) return std::log(x - t.lower) - std::log(t.upper - x);
  if (below) return std::log(x - t.lower);
  if (above) return -std::log(t.upper - x);
  return x;
}

Eigen::MatrixXd by_row(const Eigen::Ref<const Eigen::MatrixXd>& values, const auto& change) {
  Eigen::MatrixXd changed(values.rows(), values.cols());
  for (Eigen::Index n = 0; n < values.cols(); ++n)
    for (Eigen::Index d = 0; d < values.rows(); ++d) changed(d, n) = change(d, n);
  return changed;
}

}  // namespace

double Transform::to_user(double z) const {
  return std::clamp(from_unbounded(*this, location + scale * z), std::nextafter(lower, infinity),
                    std::nextafter(upper, -infinity));
}

bool Transform::rounds_to_bound(double z) const {
  const double x = from_unbounded(*this, location + scale * z);
  return x <= lower || x >= upper;
}

bool Transform::overflows(double z) const {
  return !std::isfinite(from_unbounded(*this, location + scale * z));
}

double Transform::to_solver(double x) const {
  return (to_unbounded(*this, x) - location) / scale;
}

double Transform::log_derivative(double z) const {
  const double u = location + scale * z;
  const bool below = std::isfinite(lower), above = std::isfinite(upper);
  const double log_scale = std::log(scale);
  if (below && above) return log_scale + std::log(upper - lower) - softplus(u) - softplus(-u);
  if (below) return log_scale + u;
  if (above) return log_scale - u;
  return log_scale;
}

double Transform::log_derivative_slope(double z) const {
  const double u = location + scale * z;
  const bool below = std::isfinite(lower), above = std::isfinite(upper);
  if (below && above) return -scale * std::tanh(0.5 * u);
  if (below) return scale;
  if (above) return -scale;
  return 0.0;
}

double Transform::log_derivative_curvature(double z) const {
  if (!std::isfinite(lower) || !std::isfinite(upper)) return 0.0;
  const double tanh = std::tanh(0.5 * (location + scale * z));
  return -0.5 * scale * scale * (1.0 - tanh * tanh);
}

Transform Transforms::of(Eigen::Index d) const {
  return none() ? Transform() : by_parameter_[static_cast<std::size_t>(d)];
}

Eigen::MatrixXd Transforms::to_user(const Eigen::Ref<const Eigen::MatrixXd>& z) const {
  if (none()) return z;
  return by_row(z, [&](auto d, auto n) { return of(d).to_user(z(d, n)); });
}

Eigen::MatrixXd Transforms::to_solver(const Eigen::Ref<const Eigen::MatrixXd>& x) const {
  if (none()) return x;
  return by_row(x, [&](auto d, auto n) { return of(d).to_solver(x(d, n)); });
}

Eigen::VectorXd Transforms::log_volumes(const Eigen::Ref<const Eigen::MatrixXd>& z) const {
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(z.cols());
  if (none()) return sums;
  for (Eigen::Index n = 0; n < z.cols(); ++n)
    for (Eigen::Index d = 0; d < z.rows(); ++d) sums[n] += of(d).log_derivative(z(d, n));
  return sums;
}

Eigen::MatrixXd Transforms::gradients_to_solver(const Eigen::Ref<const Eigen::MatrixXd>& z,
                                                const Eigen::Ref<const Eigen::MatrixXd>& gradients) const {
  if (none()) return gradients;
  return by_row(gradients, [&](auto d, auto n) {
    const Transform t = of(d);
    return gradients(d, n) * std::exp(t.log_derivative(z(d, n))) + t.log_derivative_slope(z(d, n));
  });
}

Eigen::MatrixXd Transforms::gradients_to_user(const Eigen::Ref<const Eigen::MatrixXd>& z,
                                              const Eigen::Ref<const Eigen::MatrixXd>& gradients) const {
  if (none()) return gradients;
  return by_row(gradients, [&](auto d, auto n) {
    const Transform t = of(d);
    return (gradients(d, n) - t.log_derivative_slope(z(d, n))) * std::exp(-t.log_derivative(z(d, n)));
  });
}

// With x' = dx/dz, s = d/dz log x' and c = d²/dz² log x': x'' = x' s, so that d²/dz² [f(x) + log x'] = x'² f'' + x' s
// f'
// + c.
Eigen::MatrixXd Transforms::hessian_to_solver(const Eigen::VectorXd& z, const Eigen::VectorXd& gradient,
                                              const Eigen::MatrixXd& hessian) const {
  if (none()) return hessian;
  Eigen::VectorXd derivatives(z.size()), rest(z.size());
  for (Eigen::Index d = 0; d < z.size(); ++d) {
    const Transform t = of(d);
    derivatives[d] = std::exp(t.log_derivative(z[d]));
    rest[d] = derivatives[d] * t.log_derivative_slope(z[d]) * gradient[d] + t.log_derivative_curvature(z[d]);
  }
  Eigen::MatrixXd changed = derivatives.asDiagonal() * hessian * derivatives.asDiagonal();
  changed.diagonal() += rest;
  return changed;
}

// dz/dx = 1/x', d²z/dx² = −s/x'², and d²/dx² of −log x' is (s² − c)/x'².
Eigen::MatrixXd Transforms::hessian_to_user(const Eigen::VectorXd& z, const Eigen::VectorXd& gradient,
                                            const Eigen::MatrixXd& hessian) const {
  if (none()) return hessian;
  Eigen::VectorXd derivatives(z.size()), rest(z.size());
  for (Eigen::Index d = 0; d < z.size(); ++d) {
    const Transform t = of(d);
    const double slope = t.log_derivative_slope(z[d]);
    derivatives[d] = std::exp(-t.log_derivative(z[d]));
    rest[d] = derivatives[d] * derivatives[d] * (slope * (slope - gradient[d]) - t.log_derivative_curvature(z[d]));
  }
  Eigen::MatrixXd changed = derivatives.asDiagonal() * hessian * derivatives.asDiagonal();
  changed.diagonal() += rest;
  return changed;
}

}  // namespace gmmvi

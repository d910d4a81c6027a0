#include "report/posterior.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <variant>

namespace gmmvi::report {
namespace {

/// A marginal of a mixture: a mixture of normal distributions on the line.
struct Marginal {
  Eigen::ArrayXd weights, means, deviations;  // [K]

  double probability_below(double x) const {
    double sum = 0.0;
    for (Eigen::Index k = 0; k < weights.size(); ++k)
      sum += weights[k] * 0.5 * std::erfc((means[k] - x) / (deviations[k] * std::sqrt(2.0)));
    return sum;
  }

  double quantile(double probability) const {
    double low = (means - 10.0 * deviations).minCoeff();
    double high = (means + 10.0 * deviations).maxCoeff();
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (probability_below(middle) < probability ? low : high) = middle;
    }
    return 0.5 * (low + high);
  }
};

std::vector<Eigen::Index> by_weight(const Eigen::ArrayXd& weights) {
  std::vector<Eigen::Index> order(static_cast<std::size_t>(weights.size()));
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<Eigen::Index>(k);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return weights[a] > weights[b]; });
  return order;
}

Eigen::VectorXd grid(const Marginal& marginal, Eigen::Index points) {
  constexpr std::array deviations = {-4.0, -2.8, -2.0, -1.3, -0.6, 0.0, 0.6, 1.3, 2.0, 2.8, 4.0};
  constexpr double tail = 5e-4, negligible = 1e-3;
  const double low = marginal.quantile(tail), high = marginal.quantile(1.0 - tail);
  const Eigen::VectorXd even = Eigen::VectorXd::LinSpaced(points / 2, low, high);
  std::vector<double> x(even.begin(), even.end());
  for (const Eigen::Index k : by_weight(marginal.weights)) {
    const bool full = static_cast<Eigen::Index>(x.size() + deviations.size()) > points;
    if (full || marginal.weights[k] < negligible) break;
    for (const double z : deviations) x.push_back(marginal.means[k] + z * marginal.deviations[k]);
  }
  std::ranges::sort(x);
  std::erase_if(x, [&](double value) { return value < low || value > high; });
  x.erase(std::unique(x.begin(), x.end()), x.end());
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

void add_to(Eigen::MatrixXd& sum, double weight, const FullCovariance& covariance) {
  const Eigen::Index d = sum.rows();
  const auto factor = covariance.cholesky().topLeftCorner(d, d);
  sum.noalias() += weight * (factor * factor.transpose());
}

void add_to(Eigen::MatrixXd& sum, double weight, const DiagonalCovariance& covariance) {
  sum.diagonal() += weight * covariance.variances().head(sum.rows());
}

/// Σ_k w_k (Σ_k + (μ_k − μ)(μ_k − μ)ᵀ).
template <class Covariance>
Eigen::MatrixXd covariance(const Mixture<Covariance>& mixture, Eigen::Index dimension) {
  const Eigen::VectorXd weights = mixture.weights();
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(dimension);
  for (Eigen::Index k = 0; k < mixture.size(); ++k) mean += weights[k] * mixture.gaussian(k).mean().head(dimension);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(dimension, dimension);
  for (Eigen::Index k = 0; k < mixture.size(); ++k) {
    const Eigen::VectorXd offset = mixture.gaussian(k).mean().head(dimension) - mean;
    sum.noalias() += weights[k] * offset * offset.transpose();
    add_to(sum, weights[k], mixture.gaussian(k).covariance());
  }
  return sum;
}

}  // namespace

Marginals::Marginals(const AnyMixture& mixture, const Transforms& transforms)
    : mixture_(mixture), transforms_(transforms) {
  std::visit(
      [this](const auto& m) {
        weights_ = m.weights();
        means_.resize(m.size(), m.dimension());
        deviations_.resize(m.size(), m.dimension());
        for (Eigen::Index k = 0; k < m.size(); ++k) {
          means_.row(k) = m.gaussian(k).mean();
          deviations_.row(k) = m.gaussian(k).covariance().variances().cwiseSqrt();
        }
      },
      mixture);
}

Curve Marginals::curve(Eigen::Index d, Eigen::Index points) const {
  Eigen::VectorXd x = grid({weights_, means_.col(d), deviations_.col(d)}, points);
  Eigen::VectorXd density =
      std::visit([&](const auto& m) { return m.marginal_log_density(d, x); }, mixture_).array().exp();
  return {std::move(x), std::move(density)};
}

Curve Marginals::user_curve(Eigen::Index d, Eigen::Index points) const {
  Curve curve = this->curve(d, points);
  const Transform transform = transforms_.of(d);
  for (Eigen::Index n = 0; n < curve.x.size(); ++n) {
    curve.density[n] *= std::exp(-transform.log_derivative(curve.x[n]));
    curve.x[n] = transform.to_user(curve.x[n]);
  }
  return curve;
}

Histogram histogram(Eigen::VectorXd values, Eigen::Index bins) {
  std::ranges::sort(values);
  const Eigen::Index left_out = values.size() / 1000;
  const double low = values[left_out], high = values[values.size() - 1 - left_out];
  const double width = high > low ? (high - low) / static_cast<double>(bins) : 1.0;
  Eigen::VectorXd density = Eigen::VectorXd::Zero(bins);
  for (const double value : values) {
    if (value < low || value > high) continue;
    const auto bin = static_cast<Eigen::Index>((value - low) / width);
    density[std::min(bin, bins - 1)] += 1.0 / (static_cast<double>(values.size()) * width);
  }
  return {low, width, std::move(density)};
}

Eigen::MatrixXd correlation(const AnyMixture& mixture, Eigen::Index dimension) {
  const Eigen::MatrixXd sigma = std::visit([&](const auto& m) { return covariance(m, dimension); }, mixture);
  const Eigen::VectorXd scale = sigma.diagonal().array().rsqrt();
  return scale.asDiagonal() * sigma * scale.asDiagonal();
}

std::vector<Pair> strongest_pairs(const Eigen::MatrixXd& strength, std::size_t count) {
  std::vector<Pair> pairs;
  for (Eigen::Index x = 0; x < strength.rows(); ++x)
    for (Eigen::Index y = x + 1; y < strength.cols(); ++y) pairs.push_back({x, y});
  const auto end = pairs.begin() + static_cast<std::ptrdiff_t>(std::min(count, pairs.size()));
  std::partial_sort(pairs.begin(), end, pairs.end(),
                    [&](const Pair& a, const Pair& b) { return strength(a.x, a.y) > strength(b.x, b.y); });
  return {pairs.begin(), end};
}

}  // namespace gmmvi::report

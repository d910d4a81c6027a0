#include "strategy/gauss_newton.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <Eigen/Cholesky>

#include "core/contract.hpp"
#include "math/features.hpp"

namespace gmmvi::strategy {

Quadratic Quadratic::zero(Eigen::Index dimension) {
  return {Eigen::VectorXd::Zero(dimension), Eigen::MatrixXd::Zero(dimension, dimension)};
}

Eigen::VectorXd Quadratic::values(const Eigen::MatrixXd& whitened) const {
  const Eigen::MatrixXd images = 0.5 * (hessian * whitened);
  return (images.cwiseProduct(whitened).colwise().sum()).transpose() + whitened.transpose() * gradient;
}

// Measured from the weighted means, which takes the free constants out.
LinearPredictors linear_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                   const Eigen::MatrixXd& predictors, double ridge) {
  GMMVI_EXPECT(ridge > 0.0, "a ridge");
  const Eigen::VectorXd mean = whitened * weights, mean_predictor = predictors * weights;
  const Eigen::MatrixXd centered = whitened.colwise() - mean;
  const Eigen::MatrixXd weighted = centered * weights.asDiagonal();
  Eigen::MatrixXd matrix = weighted * centered.transpose();
  matrix.diagonal().array() += ridge;
  const Eigen::MatrixXd products = weighted * (predictors.colwise() - mean_predictor).transpose();  // [D x m]
  return linear_predictors(whitened, weights, predictors,
                           Eigen::LLT<Eigen::MatrixXd>(matrix).solve(products).transpose());
}

LinearPredictors linear_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                   const Eigen::MatrixXd& predictors, Eigen::MatrixXd slope) {
  const Eigen::VectorXd at_mean = predictors * weights - slope * (whitened * weights);
  return {at_mean, std::move(slope)};
}

namespace {

// -- Few features: normal equations, in which a sample's leverage ω φᵀA⁻¹φ tells how much it pulls its own prediction.

// The features whose products are the kernel [F x n].
Eigen::MatrixXd kernel_features(Features features, const Eigen::MatrixXd& whitened) {
  const Eigen::Index d = whitened.rows();
  Eigen::MatrixXd all = feature_matrix(features, whitened);
  if (features == Features::squares) all.topRows(d) *= std::numbers::sqrt2 / 2.0;
  if (features == Features::quadratic)
    for (Eigen::Index i = 0, next = 0; i < d; next += d - i, ++i) all.row(next) *= std::numbers::sqrt2 / 2.0;
  return all;
}

Quadratic quadratic_of(Features features, Eigen::Index d, const Eigen::VectorXd& coefficients) {
  Quadratic quadratic = Quadratic::zero(d);
  quadratic.gradient = coefficients.segment(math::second_order_count(features, d), d);
  if (features == Features::squares) quadratic.hessian.diagonal() = std::numbers::sqrt2 * coefficients.head(d);
  if (features != Features::quadratic) return quadratic;
  for (Eigen::Index i = 0, next = 0; i < d; ++i) {
    quadratic.hessian(i, i) = std::numbers::sqrt2 * coefficients[next++];
    for (Eigen::Index j = i + 1; j < d; ++j) quadratic.hessian(i, j) = quadratic.hessian(j, i) = coefficients[next++];
  }
  return quadratic;
}

/// Of values [n], or of several [n x m].
template <class Values>
struct FeatureFit {
  Values coefficients;  // [F], [F x m]
  Values held_out;      // [n], [n x m]
};

/// Features [F x n], weights [n], ridges [F - 1], as the last feature is a free constant.
template <class Values>
std::optional<FeatureFit<Values>> fit(const Eigen::MatrixXd& features, const Eigen::VectorXd& weights,
                                      const Values& values, const Eigen::VectorXd& ridges) {
  const Eigen::VectorXd roots = weights.cwiseSqrt();
  const Eigen::MatrixXd phi = features * roots.asDiagonal();
  const Eigen::Index size = phi.rows();
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(size, size);
  matrix.selfadjointView<Eigen::Lower>().rankUpdate(phi);
  matrix.diagonal().head(size - 1) += ridges;
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> llt(matrix);
  if (llt.info() != Eigen::Success) return std::nullopt;
  const Values rooted = roots.asDiagonal() * values, right_side = phi * rooted;
  const Values coefficients = llt.solve(right_side);
  const Eigen::MatrixXd whitened_features = llt.matrixL().solve(phi);
  const Eigen::VectorXd leverages = whitened_features.cwiseAbs2().colwise().sum().transpose();
  const Values residuals = rooted - phi.transpose() * coefficients;
  return FeatureFit<Values>{coefficients, residuals.array().colwise() / (roots.array() * (1.0 - leverages.array()))};
}

struct Fit {
  Quadratic quadratic;
  Eigen::VectorXd held_out;
};

std::optional<Fit> by_features(Features features, const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                               const Eigen::VectorXd& values, double ridge) {
  const Eigen::MatrixXd phi = kernel_features(features, whitened);
  auto found = fit(phi, weights, values, Eigen::VectorXd::Constant(phi.rows() - 1, ridge));
  if (!found) return std::nullopt;
  return Fit{quadratic_of(features, whitened.rows(), found->coefficients), std::move(found->held_out)};
}

// -- Few samples: the dual. With S = W^½ and M = S K S + λI, the coefficients of the samples are S a, a = M⁻¹ S (y −
// c), and S times the residual of a sample that is left out is a over the diagonal of the inverse of the bordered
// matrix.

std::optional<Fit> by_samples(Features features, const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                              const Eigen::VectorXd& values, double ridge) {
  const Eigen::Index n = weights.size();
  const Eigen::VectorXd roots = weights.cwiseSqrt();
  const Eigen::MatrixXd products = whitened.transpose() * whitened;
  Eigen::MatrixXd matrix = products;
  if (features == Features::quadratic) matrix.array() += 0.5 * products.array().square();
  if (features == Features::squares) {
    const Eigen::MatrixXd squares = whitened.cwiseAbs2();
    matrix += 0.5 * squares.transpose() * squares;
  }
  matrix = roots.asDiagonal() * matrix * roots.asDiagonal();
  matrix.diagonal().array() += ridge;
  const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> llt(matrix);
  if (llt.info() != Eigen::Success) return std::nullopt;
  const Eigen::VectorXd of_values = llt.solve(roots.cwiseProduct(values)), of_ones = llt.solve(roots);
  const double total = roots.dot(of_ones);
  if (!(total > 0.0)) return std::nullopt;
  const Eigen::VectorXd a = of_values - (roots.dot(of_values) / total) * of_ones;
  const Eigen::MatrixXd inverse_factor = llt.matrixL().solve(Eigen::MatrixXd::Identity(n, n));
  const Eigen::ArrayXd inverse_diagonal =
      inverse_factor.cwiseAbs2().colwise().sum().transpose().array() - of_ones.array().square() / total;
  Fit fit{Quadratic::zero(whitened.rows()), a.array() / (roots.array() * inverse_diagonal)};
  const Eigen::MatrixXd weighted = whitened * roots.cwiseProduct(a).asDiagonal();
  fit.quadratic.gradient = weighted.rowwise().sum();
  if (features == Features::quadratic) {
    const Eigen::MatrixXd hessian = weighted * whitened.transpose();
    fit.quadratic.hessian = 0.5 * (hessian + hessian.transpose());  // which rounding does not
  }
  if (features == Features::squares) fit.quadratic.hessian.diagonal() = weighted.cwiseProduct(whitened).rowwise().sum();
  return fit;
}

}  // namespace

std::optional<Correction> correction(Features features, const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                     const Eigen::VectorXd& values, double ridge) {
  GMMVI_EXPECT(ridge > 0.0, "a ridge");
  const double mean = weights.dot(values);
  const Eigen::VectorXd centered = values.array() - mean;
  auto fit = feature_count(features, whitened.rows()) <= weights.size()
                 ? by_features(features, whitened, weights, centered, ridge)
                 : by_samples(features, whitened, weights, centered, ridge);
  if (!fit) return std::nullopt;
  Correction found{std::move(fit->quadratic), std::move(fit->held_out)};
  found.error = weights.dot(found.held_out.cwiseAbs2());
  found.error_of_constant = (weights.array() * (centered.array() / (1.0 - weights.array())).square()).sum();
  return found;
}

// -- Quadratic predictors

Eigen::VectorXd QuadraticPredictors::at(const Eigen::VectorXd& whitened) const {
  Eigen::VectorXd products(bends.cols());
  const Eigen::Index d = whitened.size();
  for (Eigen::Index i = 0, first = 0; i < d; first += d - i, ++i) {
    products.segment(first, d - i) = whitened[i] * whitened.tail(d - i);
    products[first] *= 0.5;
  }
  return linear.at_mean + linear.slope * whitened + bends * products;
}

Eigen::VectorXd QuadraticPredictors::gradient(const Eigen::VectorXd& whitened, const Eigen::VectorXd& weights) const {
  const Eigen::VectorXd bend = bends.transpose() * weights;
  Eigen::VectorXd sum = linear.slope.transpose() * weights;
  const Eigen::Index d = whitened.size();
  for (Eigen::Index i = 0, first = 0; i < d; first += d - i, ++i) {
    sum[i] += bend.segment(first, d - i).dot(whitened.tail(d - i));
    sum.tail(d - i - 1) += whitened[i] * bend.segment(first + 1, d - i - 1);
  }
  return sum;
}

namespace {

constexpr double enough = 0.5;  // effective samples for a feature; with ¼ of them moments are worse

double information_lost(const Eigen::MatrixXd& held_out, const Eigen::VectorXd& weights,
                        const Eigen::VectorXd& information) {
  return weights.dot(held_out.cwiseAbs2() * information);
}

double error_of_linear(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                       const Eigen::MatrixXd& predictors, const Eigen::VectorXd& information, double ridge) {
  const Eigen::MatrixXd phi = feature_matrix(Features::linear, whitened);
  const auto found =
      fit<Eigen::MatrixXd>(phi, weights, predictors.transpose(), Eigen::VectorXd::Constant(whitened.rows(), ridge));
  return found ? information_lost(found->held_out, weights, information) : std::numeric_limits<double>::infinity();
}

}  // namespace

// The features are ½x̂_i² and x̂_ix̂_k, so that coefficients are the entries of B_j.
std::optional<QuadraticPredictors> quadratic_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                                        const Eigen::MatrixXd& predictors,
                                                        const Eigen::VectorXd& information, double ridge,
                                                        double stiffness) {
  GMMVI_EXPECT(ridge > 0.0 && stiffness > 0.0, "a ridge");
  const Eigen::Index d = whitened.rows(), second = math::second_order_count(Features::quadratic, d);
  Eigen::MatrixXd phi = feature_matrix(Features::quadratic, whitened);
  Eigen::VectorXd ridges(second + d);
  ridges.head(second).setConstant(ridge * stiffness);
  ridges.tail(d).setConstant(ridge);
  for (Eigen::Index i = 0, diagonal = 0; i < d; diagonal += d - i, ++i) {
    phi.row(diagonal) *= 0.5;
    ridges[diagonal] *= 0.5;
  }
  const Eigen::VectorXd mean = predictors * weights;  // taken out, so that the constant has no rounding of large ones
  const auto found = fit<Eigen::MatrixXd>(phi, weights, (predictors.colwise() - mean).transpose(), ridges);
  if (!found || !found->coefficients.allFinite()) return std::nullopt;
  const Eigen::MatrixXd coefficients = found->coefficients.transpose();
  return QuadraticPredictors{{mean + coefficients.rightCols(1), coefficients.middleCols(second, d)},
                             coefficients.leftCols(second),
                             information_lost(found->held_out, weights, information),
                             error_of_linear(whitened, weights, predictors, information, ridge)};
}

std::optional<QuadraticPredictors> quadratic_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                                        const Eigen::MatrixXd& predictors,
                                                        const Eigen::VectorXd& information, double ridge) {
  const auto features = static_cast<double>(feature_count(Features::quadratic, whitened.rows()));
  if (!(1.0 >= enough * features * weights.squaredNorm())) return std::nullopt;
  std::optional<QuadraticPredictors> best;
  for (const double stiffness : {100.0, 10.0, 1.0, 0.1}) {
    auto found = quadratic_predictors(whitened, weights, predictors, information, ridge, stiffness);
    if (found && found->error < (best ? best->error : found->error_of_linear)) best = std::move(found);
  }
  return best;
}

double correction_numbers(Features features, Eigen::Index dimension, double count) {
  const auto f = static_cast<double>(feature_count(features, dimension));
  return f <= count ? 2.0 * f * f + 3.0 * f * count : 5.0 * count * count;
}

double quadratic_predictors_numbers(Eigen::Index dimension, double outputs, double count) {
  const auto f = static_cast<double>(feature_count(Features::quadratic, dimension));
  return count < enough * f ? 0.0 : 2.0 * f * f + 3.0 * f * count + outputs * (4.0 * count + 2.0 * f);
}

}  // namespace gmmvi::strategy

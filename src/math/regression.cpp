#include "gmmvi/regression.hpp"

#include <algorithm>
#include <utility>

#include "gmmvi/lanes.hpp"

#include "core/contract.hpp"
#include "math/features.hpp"
#include "math/least_squares.hpp"

namespace gmmvi {
namespace {

// A of −½ xᵀAx in the coordinates of the regression, from the coefficients of the features of second order.
template <class Covariance>
typename Covariance::Symmetric negated_hessian_of(const Regression& regression);

template <>
Eigen::MatrixXd negated_hessian_of<FullCovariance>(const Regression& regression) {
  const Eigen::Index d = regression.first_order().size();
  const Eigen::VectorXd coefficients = regression.second_order();
  Eigen::MatrixXd hessian(d, d);
  for (Eigen::Index i = 0, next = 0; i < d; ++i) {
    hessian(i, i) = -2.0 * coefficients[next++];
    for (Eigen::Index j = i + 1; j < d; ++j) hessian(i, j) = hessian(j, i) = -coefficients[next++];
  }
  return hessian;
}

template <>
Eigen::VectorXd negated_hessian_of<DiagonalCovariance>(const Regression& regression) {
  return -2.0 * regression.second_order();
}

Eigen::VectorXd product(const Eigen::MatrixXd& symmetric, const Eigen::VectorXd& v) {
  return symmetric * v;
}
Eigen::VectorXd product(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& v) {
  return diagonal.cwiseProduct(v);
}

}  // namespace

Eigen::Index feature_count(Features features, Eigen::Index dimension) {
  return math::second_order_count(features, dimension) + dimension + 1;
}

Eigen::MatrixXd feature_matrix(Features features, const Eigen::Ref<const Eigen::MatrixXd>& samples) {
  Eigen::MatrixXd matrix(feature_count(features, samples.rows()), samples.cols());
  for (Eigen::Index n = 0; n < samples.cols(); ++n) math::fill_features(features, samples.col(n), matrix.col(n));
  return matrix;
}

Regression Regression::fit(Features features, const RegressionProblem& problem) {
  const Eigen::Index d = problem.samples.rows(), count = problem.samples.cols();
  GMMVI_GUARD(problem.values.size() == count, "a value for every sample");
  GMMVI_GUARD(problem.weights.size() == 0 || problem.weights.size() == count, "a weight for every sample, or none");
  Eigen::VectorXd weights = problem.weights.size() > 0 ? problem.weights : Eigen::VectorXd::Ones(count);
  // The constant is free, so values may be measured from their mean, which saves digits where they are large.
  const double total = weights.sum();
  const double offset = total > 0.0 ? weights.dot(problem.values) / total : 0.0;
  const math::LeastSquares centered{features,           problem.samples, problem.values.array() - offset,
                                    std::move(weights), problem.ridge,   problem.linear_ridge.value_or(problem.ridge)};
  math::Coefficients solution = math::solve(math::cheapest_solver(centered), centered);

  Regression regression;
  regression.features_ = features;
  regression.dimension_ = d;
  regression.coefficients_ = std::move(solution.values);
  regression.coefficients_[regression.coefficients_.size() - 1] += offset;
  regression.reciprocal_condition_ = solution.reciprocal_condition;
  return regression;
}

Eigen::VectorXd Regression::predict(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  GMMVI_GUARD(samples.rows() == dimension_, "samples of the regression's dimension");
  Eigen::VectorXd values(samples.cols());
  for (Eigen::Index first = 0; first < samples.cols(); first += summed_samples) {
    const Eigen::Index count = std::min(summed_samples, samples.cols() - first);
    values.segment(first, count) =
        feature_matrix(features_, samples.middleCols(first, count)).transpose() * coefficients_;
  }
  return values;
}

Eigen::VectorXd Regression::second_order() const {
  return coefficients_.head(math::second_order_count(features_, dimension_));
}

Eigen::VectorXd Regression::first_order() const {
  return coefficients_.segment(math::second_order_count(features_, dimension_), dimension_);
}

double Regression::constant() const {
  return coefficients_[coefficients_.size() - 1];
}

template <class Covariance>
QuadraticSurrogate<Covariance>::QuadraticSurrogate(Gaussian<Covariance> whitening, Regression regression)
    : whitening_(std::move(whitening)), regression_(std::move(regression)) {}

template <class Covariance>
QuadraticSurrogate<Covariance> QuadraticSurrogate<Covariance>::fit(const Gaussian<Covariance>& whitening,
                                                                   const RegressionProblem& problem) {
  const Eigen::MatrixXd whitened = whitening.whiten(problem.samples);
  return {whitening, Regression::fit(features(),
                                     {whitened, problem.values, problem.weights, problem.ridge, problem.linear_ridge})};
}

template <class Covariance>
Eigen::VectorXd QuadraticSurrogate<Covariance>::predict(const Eigen::Ref<const Eigen::MatrixXd>& samples) const {
  return regression_.predict(whitening_.whiten(samples));
}

template <class Covariance>
typename Covariance::Symmetric QuadraticSurrogate<Covariance>::negated_hessian() const {
  return whitening_.covariance().unwhiten_hessian(whitened_negated_hessian());
}

template <class Covariance>
typename Covariance::Symmetric QuadraticSurrogate<Covariance>::whitened_negated_hessian() const {
  return negated_hessian_of<Covariance>(regression_);
}

template <class Covariance>
Eigen::VectorXd QuadraticSurrogate<Covariance>::gradient_at_mean() const {
  return whitening_.covariance().unwhiten_gradient(whitened_gradient_at_mean());
}

template <class Covariance>
Eigen::VectorXd QuadraticSurrogate<Covariance>::whitened_gradient_at_mean() const {
  return regression_.first_order();
}

template <class Covariance>
Eigen::VectorXd QuadraticSurrogate<Covariance>::linear() const {
  return gradient_at_mean() + product(negated_hessian(), whitening_.mean());
}

template <class Covariance>
double QuadraticSurrogate<Covariance>::constant() const {
  const Eigen::VectorXd& mean = whitening_.mean();
  return regression_.constant() - gradient_at_mean().dot(mean) - 0.5 * mean.dot(product(negated_hessian(), mean));
}

template class QuadraticSurrogate<FullCovariance>;
template class QuadraticSurrogate<DiagonalCovariance>;

}  // namespace gmmvi

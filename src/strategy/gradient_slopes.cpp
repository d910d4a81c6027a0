#include "strategy/gradient_slopes.hpp"

#include <Eigen/Cholesky>

namespace gmmvi::strategy {
namespace {

// B, Bᵀx and sym B: of matrices, and of diagonals.

Eigen::MatrixXd ridge_slopes(Eigen::MatrixXd squares, const Eigen::MatrixXd& products, double ridge) {
  squares.diagonal().array() += ridge;
  return (1.0 + ridge) * squares.llt().solve(products);
}
Eigen::VectorXd ridge_slopes(const Eigen::VectorXd& squares, const Eigen::VectorXd& products, double ridge) {
  return (1.0 + ridge) * products.array() / (squares.array() + ridge);
}

Eigen::VectorXd change(const Eigen::MatrixXd& slopes, const Eigen::VectorXd& x) {
  return slopes.transpose() * x;
}
Eigen::VectorXd change(const Eigen::VectorXd& slopes, const Eigen::VectorXd& x) {
  return slopes.cwiseProduct(x);
}

Eigen::MatrixXd symmetric(const Eigen::MatrixXd& slopes) {
  return 0.5 * (slopes + slopes.transpose());
}
Eigen::VectorXd symmetric(const Eigen::VectorXd& slopes) {
  return slopes;
}

}  // namespace

template <class Covariance>
GradientSlopes<Covariance>::GradientSlopes(Eigen::Index dimension)
    : sample_sum_(Eigen::VectorXd::Zero(dimension)),
      gradient_sum_(Eigen::VectorXd::Zero(dimension)),
      squares_(Covariance::zero(dimension)),
      products_(Covariance::zero(dimension)) {}

template <class Covariance>
void GradientSlopes<Covariance>::add(const Eigen::MatrixXd& samples, const Eigen::MatrixXd& gradients,
                                     const Eigen::VectorXd& weights) {
  const Eigen::MatrixXd weighted = samples * weights.asDiagonal();
  sample_sum_ += weighted.rowwise().sum();
  gradient_sum_ += gradients * weights;
  Covariance::add_outer_products(weighted, samples, squares_);
  Covariance::add_outer_products(weighted, gradients, products_);
  total_ += weights.sum();
  squared_ += weights.squaredNorm();
}

template <class Covariance>
NaturalGradient<Covariance> GradientSlopes<Covariance>::natural_gradient() const {
  const Eigen::Index d = sample_sum_.size();
  if (!(total_ > 0.0)) return {-gradient_sum_, Covariance::zero(d)};  // so far away that all weights underflow
  const Eigen::VectorXd mean = sample_sum_ / total_, gradient = gradient_sum_ / total_;
  Symmetric squares = squares_ / total_, products = products_ / total_;
  Covariance::add_outer_products(-mean, mean, squares);
  Covariance::add_outer_products(-mean, gradient, products);
  const double slopes_of_each = static_cast<double>(Covariance::symmetric_size(d)) / static_cast<double>(d);
  const double ridge = slopes_of_each * squared_ / (total_ * total_);
  const Symmetric slopes = ridge_slopes(squares, products, ridge);
  return {-total_ * (gradient - change(slopes, mean)), -total_ * symmetric(slopes)};
}

template class GradientSlopes<FullCovariance>;
template class GradientSlopes<DiagonalCovariance>;

}  // namespace gmmvi::strategy

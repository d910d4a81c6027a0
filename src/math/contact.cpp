#include "math/contact.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <boost/math/tools/minima.hpp>

namespace gmmvi::math {
namespace {

/// Where L_a⁻¹ makes the first ellipsoid a ball: the covariance of the second, and how far it is away.
template <class Covariance>
struct Whitened {
  typename Covariance::Symmetric covariance;
  Eigen::VectorXd difference;
};

Whitened<FullCovariance> whitened(const Gaussian<FullCovariance>& a, const Gaussian<FullCovariance>& b) {
  const auto l = a.covariance().cholesky().triangularView<Eigen::Lower>();
  const Eigen::MatrixXd factor = l.solve(Eigen::MatrixXd(b.covariance().cholesky()));
  return {factor * factor.transpose(), l.solve(b.mean() - a.mean())};
}

Whitened<DiagonalCovariance> whitened(const Gaussian<DiagonalCovariance>& a, const Gaussian<DiagonalCovariance>& b) {
  const Eigen::ArrayXd scale = a.covariance().cholesky();
  return {(b.covariance().cholesky().array() / scale).square(), (b.mean() - a.mean()).array() / scale};
}

/// In coordinates in which the second ellipsoid has axes, too.
Whitened<DiagonalCovariance> diagonalized(const Whitened<FullCovariance>& pair) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(pair.covariance);
  return {solver.eigenvalues().cwiseMax(0.0), solver.eigenvectors().transpose() * pair.difference};
}

Whitened<DiagonalCovariance> diagonalized(Whitened<DiagonalCovariance> pair) {
  return pair;
}

double squared_at(const Whitened<DiagonalCovariance>& pair, double lambda) {
  return lambda * (1.0 - lambda) *
         (pair.difference.array().square() / ((1.0 - lambda) + lambda * pair.covariance.array())).sum();
}

double squared_half_way(const Whitened<DiagonalCovariance>& pair) {
  return squared_at(pair, 0.5);
}

double squared_half_way(const Whitened<FullCovariance>& pair) {
  const Eigen::LLT<Eigen::MatrixXd> sum(FullCovariance::identity_plus(1.0, pair.covariance));
  return 0.5 * sum.matrixL().solve(pair.difference).squaredNorm();
}

/// The largest r at which they are apart along one coordinate: below the answer, and had for nearly nothing.
template <class Covariance>
double along_coordinates(const Gaussian<Covariance>& a, const Gaussian<Covariance>& b) {
  const Eigen::ArrayXd widths = a.covariance().variances().array().sqrt() + b.covariance().variances().array().sqrt();
  return ((b.mean() - a.mean()).array().abs() / widths).maxCoeff();
}

double largest_squared(const Whitened<DiagonalCovariance>& pair) {
  constexpr int bits = 26;  // of λ, about which the maximum is flat
  std::uintmax_t iterations = 100;
  const auto negated = [&](double lambda) { return -squared_at(pair, lambda); };
  return -boost::math::tools::brent_find_minima(negated, 0.0, 1.0, bits, iterations).second;
}

}  // namespace

template <class Covariance>
double contact(const Gaussian<Covariance>& a, const Gaussian<Covariance>& b, double enough) {
  if (const double r = along_coordinates(a, b); r >= enough) return r;
  const Whitened<Covariance> pair = whitened(a, b);
  if (const double r = std::sqrt(squared_half_way(pair)); r >= enough) return r;
  return std::sqrt(largest_squared(diagonalized(pair)));
}

template double contact(const Gaussian<FullCovariance>&, const Gaussian<FullCovariance>&, double);
template double contact(const Gaussian<DiagonalCovariance>&, const Gaussian<DiagonalCovariance>&, double);

}  // namespace gmmvi::math

#include "math/merging.hpp"

#include <cmath>
#include <memory>
#include <utility>

namespace gmmvi::math {
namespace {

std::optional<FullCovariance> covariance_of(const Eigen::MatrixXd& matrix) {
  return FullCovariance::from_matrix(matrix);
}

std::optional<DiagonalCovariance> covariance_of(const Eigen::VectorXd& variances) {
  return DiagonalCovariance::from_cholesky(variances.cwiseSqrt());
}

/// Below the cost, from the distance of the means along the coordinates alone.
template <class Covariance>
double least_cost(const WeightedGaussian<Covariance>& a, const WeightedGaussian<Covariance>& b) {
  const double weight = a.weight + b.weight, share = a.weight / weight;
  const Eigen::ArrayXd within = share * a.gaussian->covariance().variances().array() +
                                (1.0 - share) * b.gaussian->covariance().variances().array();
  const Eigen::ArrayXd between = (a.gaussian->mean() - b.gaussian->mean()).array().square();
  return 0.5 * weight * std::log1p(share * (1.0 - share) * (between / within).maxCoeff());
}

}  // namespace

template <class Covariance>
std::optional<Merged<Covariance>> merge(const WeightedGaussian<Covariance>& a, const WeightedGaussian<Covariance>& b,
                                        double most) {
  if (least_cost(a, b) > most) return std::nullopt;
  const double weight = a.weight + b.weight, share = a.weight / weight;
  const Covariance &of_a = a.gaussian->covariance(), &of_b = b.gaussian->covariance();
  const Eigen::VectorXd difference = std::sqrt(share * (1.0 - share)) * (a.gaussian->mean() - b.gaussian->mean());
  typename Covariance::Symmetric matrix = share * of_a.matrix() + (1.0 - share) * of_b.matrix();
  Covariance::add_outer_products(difference, difference, matrix);
  auto covariance = covariance_of(matrix);
  if (!covariance) return std::nullopt;
  const double cost = 0.5 * (a.weight * (covariance->log_determinant() - of_a.log_determinant()) +
                             b.weight * (covariance->log_determinant() - of_b.log_determinant()));
  if (cost > most) return std::nullopt;
  Eigen::VectorXd mean = share * a.gaussian->mean() + (1.0 - share) * b.gaussian->mean();
  return Merged<Covariance>{
      {std::make_shared<const Gaussian<Covariance>>(std::move(mean), std::move(*covariance)), weight}, cost};
}

template std::optional<Merged<FullCovariance>> merge(const WeightedGaussian<FullCovariance>&,
                                                     const WeightedGaussian<FullCovariance>&, double);
template std::optional<Merged<DiagonalCovariance>> merge(const WeightedGaussian<DiagonalCovariance>&,
                                                         const WeightedGaussian<DiagonalCovariance>&, double);

}  // namespace gmmvi::math

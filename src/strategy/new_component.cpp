#include "strategy/new_component.hpp"

#include <cmath>
#include <numbers>

namespace gmmvi::strategy {
namespace {

template <class Covariance>
bool is_in_reach_of_one(const Mixture<Covariance>& mixture, const Eigen::VectorXd& point) {
  constexpr double some = 1e-6;
  for (Eigen::Index k = 0; k < mixture.size(); ++k)
    if (mixture.log_weights()[k] > std::log(some) && is_in_reach(mixture.gaussian(k), point)) return true;
  return false;
}

}  // namespace

double reach(Eigen::Index dimension) {
  return std::sqrt(static_cast<double>(dimension)) + 3.0;
}

double new_component_variance(Eigen::Index dimension, double average_entropy, std::optional<double> prior_entropy,
                              double mix) {
  const double entropy = prior_entropy ? mix * average_entropy + (1.0 - mix) * *prior_entropy : average_entropy;
  const double per_dimension = 2.0 * entropy / static_cast<double>(dimension);
  return std::exp(per_dimension - 1.0) / (2.0 * std::numbers::pi);  // H = D/2 (1 + log 2πc)
}

template <class Covariance>
std::optional<Covariance> neighbourhood_covariance(const Mixture<Covariance>& mixture, const Eigen::VectorXd& point) {
  constexpr double negligible = 1e-20;
  if (!is_in_reach_of_one(mixture, point)) return std::nullopt;
  const Eigen::VectorXd responsibilities = mixture.log_responsibilities(point).row(0).array().exp();
  typename Covariance::Symmetric sum = Covariance::zero(point.size());
  for (Eigen::Index k = 0; k < mixture.size(); ++k)
    if (responsibilities[k] > negligible) sum += responsibilities[k] * mixture.gaussian(k).covariance().matrix();
  return Covariance::from_matrix(sum);
}

template std::optional<FullCovariance> neighbourhood_covariance(const Mixture<FullCovariance>&, const Eigen::VectorXd&);
template std::optional<DiagonalCovariance> neighbourhood_covariance(const Mixture<DiagonalCovariance>&,
                                                                    const Eigen::VectorXd&);

}  // namespace gmmvi::strategy

#include "strategy/new_component.hpp"

#include <cmath>
#include <numbers>

namespace gmmvi::strategy {

double new_component_variance(Eigen::Index dimension, double average_entropy, std::optional<double> prior_entropy,
                              double mix) {
  const double entropy = prior_entropy ? mix * average_entropy + (1.0 - mix) * *prior_entropy : average_entropy;
  const double per_dimension = 2.0 * entropy / static_cast<double>(dimension);
  return std::exp(per_dimension - 1.0) / (2.0 * std::numbers::pi);  // H = D/2 (1 + log 2πc)
}

}  // namespace gmmvi::strategy

#include "target/reference_moments.hpp"

#include <utility>

namespace gmmvi::target {

ReferenceMoments moments_of_mixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                                    const std::vector<Eigen::VectorXd>& variances) {
  Eigen::VectorXd mean = means * weights, variance = Eigen::VectorXd::Zero(means.rows());
  for (Eigen::Index k = 0; k < weights.size(); ++k)
    variance.array() +=
        weights[k] * (variances[static_cast<std::size_t>(k)].array() + (means.col(k) - mean).array().square());
  return {.means = std::move(mean), .standard_deviations = variance.cwiseSqrt()};
}

}  // namespace gmmvi::target

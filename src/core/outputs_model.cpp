#include "gmmvi/outputs_model.hpp"

namespace gmmvi {

Eigen::VectorXd OutputsExpansion::gradient(const Eigen::MatrixXd& slope) const {
  Eigen::VectorXd sum = prior_gradient + slope.transpose() * by_predictors;
  if (by_noise.size() > 0) sum += by_noise;
  return sum;
}

Eigen::MatrixXd OutputsExpansion::hessian(const Eigen::MatrixXd& slope) const {
  Eigen::MatrixXd sum = prior_hessian - slope.transpose() * information.asDiagonal() * slope;
  if (by_noise.size() == 0) return sum;
  const Eigen::MatrixXd mixed = slope.transpose() * mixed_information;
  sum -= noise_information + mixed + mixed.transpose();
  return sum;
}

}  // namespace gmmvi

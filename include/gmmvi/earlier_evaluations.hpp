#pragma once

#include <Eigen/Core>

namespace gmmvi {

/// N points at which a target was evaluated before, by whatever means.
struct EarlierEvaluations {
  Eigen::MatrixXd samples;        ///< [D x N] finite
  Eigen::VectorXd log_densities;  ///< [N] log p̃(x), up to the target's own constant; −∞ outside the support
  Eigen::MatrixXd gradients;      ///< [D x N] ∇log p̃(x), 0 where it is not known; or [D x 0]
};

}  // namespace gmmvi

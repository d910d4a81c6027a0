#pragma once

#include <vector>

#include <Eigen/Core>

#include "gmmvi/target.hpp"

namespace gmmvi::target {

/// Of a mixture with `weights` [K] of sum one, `means` [D x K] and K times `variances` [D].
ReferenceMoments moments_of_mixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                                    const std::vector<Eigen::VectorXd>& variances);

}  // namespace gmmvi::target

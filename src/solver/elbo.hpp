#pragma once

#include <Eigen/Core>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::solver {

/// Mean and standard error of log p̃(x_n) − β log q(x_n) [N] over samples of q; those that are not finite are counted
/// and left out.
ElboEstimate monte_carlo_elbo(const Eigen::VectorXd& log_ratios);

}  // namespace gmmvi::solver

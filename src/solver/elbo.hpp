#pragma once

#include <Eigen/Core>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::solver {

/// From log p̃(x_n) [N] (−∞ outside the support, NaN where the evaluation failed) and log q(x_n) [N] at samples of q.
/// The ELBO is the mean of log p̃ − β log q, where q is the mixture cut off at the rim of the support; samples outside
/// and failures are counted.
ElboEstimate monte_carlo_elbo(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                              double temperature);

/// Adds what importance weights make of some coordinates of the samples that the estimate is from: rows of them [d x
/// N], with the same log densities [N].
void add_moments(ElboEstimate& estimate, const Eigen::MatrixXd& samples, const Eigen::VectorXd& target_log_densities,
                 const Eigen::VectorXd& model_log_densities);

/// From the same at samples [N] of any Gaussians, all of whose evaluations gave a value, and the log density [N] there
/// of the mixture of these Gaussians, each weighted by its share of the samples (deterministic mixture weights: Owen
/// and Zhou 2000). The ELBO is a self-normalised mean with the weights q over that mixture, its standard error that of
/// the delta method.
ElboEstimate recycled_elbo(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           const Eigen::VectorXd& background_log_densities, double temperature);

}  // namespace gmmvi::solver

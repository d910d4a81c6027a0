#pragma once

#include <vector>

#include <Eigen/Core>

namespace gmmvi::model {

/// The samples that an iteration works with, in canonical order, with what the target said of them.
struct ActiveBatch {
  Eigen::MatrixXd samples;        ///< [D x N]
  Eigen::VectorXd log_densities;  ///< [N] log p̃(x); −∞ outside the support
  Eigen::MatrixXd gradients;      ///< [D x N] ∇log p̃(x), or empty

  Eigen::Index size() const { return samples.cols(); }
};

/// The newest `kept` samples of `last`, and then those of `added`.
ActiveBatch continued(const ActiveBatch& last, Eigen::Index kept, const ActiveBatch& added);

/// The positions n with a finite log density.
std::vector<Eigen::Index> inside_support(const Eigen::VectorXd& log_densities);

/// R_n = log p̃(x_n) − β log q(x_n) [N]; −∞ stands for the lowest finite log density, of which there is at least one.
Eigen::VectorXd log_ratios(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                           double temperature);

}  // namespace gmmvi::model

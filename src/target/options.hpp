#pragma once

#include <string>
#include <variant>

#include <Eigen/Core>

namespace gmmvi::target {

/// Bayesian logistic regression with a normal prior on intercept and coefficients.
struct LogisticRegressionOptions {
  std::string data;         ///< a file that read_labelled_table() understands
  double prior_std = 10.0;  ///< > 0
};

/// The reference's random mixture: 10 components of equal weight (drawn from the seed of the run).
struct RandomGaussianMixtureOptions {
  Eigen::Index dimension = 20;  ///< >= 1
};

using TargetOptions = std::variant<LogisticRegressionOptions, RandomGaussianMixtureOptions>;

}  // namespace gmmvi::target

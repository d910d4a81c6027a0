#pragma once

#include <vector>

#include <Eigen/Core>

#include "gmmvi/diagonal_covariance.hpp"
#include "gmmvi/full_covariance.hpp"

#include "target/options.hpp"

// The parameters of a mixture as a user gives them. All throw Error (configuration) that says what does not fit.

namespace gmmvi::target {

/// [D x K] of K rows of D numbers; at least one, all as long as the first.
Eigen::MatrixXd given_means(const Rows& means);
/// [K] positive weights; equal ones where none are given.
Eigen::VectorXd given_weights(const std::vector<double>& weights, Eigen::Index components);
/// K symmetric positive definite matrices [D x D]; `what` they are, for messages.
std::vector<FullCovariance> given_covariances(const std::vector<Rows>& matrices, const Eigen::MatrixXd& means,
                                              const char* what);
/// K times [D] positive numbers.
std::vector<DiagonalCovariance> given_variances(const Rows& variances, const Eigen::MatrixXd& means);

}  // namespace gmmvi::target

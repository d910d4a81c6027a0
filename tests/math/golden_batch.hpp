#pragma once

#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "gmmvi/mixture.hpp"

#include "support/golden.hpp"

namespace gmmvi::test {

/// The cases of a golden file whose covariances have the given shape. Fails the test where there are not `expected`.
std::vector<nlohmann::json> cases_of(const nlohmann::json& file, const char* shape, std::size_t expected);
template <class Covariance>
std::vector<nlohmann::json> cases(const nlohmann::json& file, std::size_t expected) {
  return cases_of(file, Covariance::name, expected);
}

/// What golden files say of a matrix of a shape: its rows, or its diagonal.
template <class Covariance>
typename Covariance::Symmetric golden_matrix(const nlohmann::json& numbers);
/// A golden Gaussian from its mean and its Cholesky factor (or standard deviations).
template <class Covariance>
Gaussian<Covariance> golden_gaussian(const nlohmann::json& mean, const nlohmann::json& chol);
/// The mixture of a golden case's inputs (weights, means, chols).
template <class Covariance>
Mixture<Covariance> golden_mixture(const nlohmann::json& inputs);

/// An active batch of a golden case, as the components of its mixture see it.
template <class Covariance>
struct GoldenBatch {
  explicit GoldenBatch(const nlohmann::json& inputs);

  Mixture<Covariance> mixture;
  double temperature;
  Eigen::MatrixXd samples;                 // [D x N]
  std::vector<Eigen::Index> origins;       // [N] the component that each sample was drawn from
  Eigen::VectorXd target_log_densities;    // [N]
  Eigen::MatrixXd target_gradients;        // [D x N], NaN outside the support, or empty
  Eigen::MatrixXd log_importance_weights;  // [N x K] v = ℓ − b
  Eigen::VectorXd mixture_log_weights;     // [N] log q − b
  Eigen::VectorXd log_ratios;              // [N] R
  Eigen::MatrixXd log_ratio_gradients;     // [D x N] G, or empty
  std::vector<Eigen::Index> inside;        // positions of the samples inside the support
};

}  // namespace gmmvi::test

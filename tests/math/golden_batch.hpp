#pragma once

#include <vector>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

#include "gmmvi/mixture.hpp"

#include "support/golden.hpp"

namespace gmmvi::test {

/// The cases of a golden file whose covariances are full. Fails the test where there are not `expected` of them.
std::vector<nlohmann::json> full_cases(const nlohmann::json& file, std::size_t expected);

/// The mixture of a golden case's inputs (weights, means, chols).
Mixture<FullCovariance> golden_mixture(const nlohmann::json& inputs);

/// An active batch of a golden case, as the components of its mixture see it.
struct GoldenBatch {
  explicit GoldenBatch(const nlohmann::json& inputs);

  Mixture<FullCovariance> mixture;
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

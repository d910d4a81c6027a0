#include "math/golden_batch.hpp"

#include <limits>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "math/mixture_density.hpp"
#include "model/active_batch.hpp"

namespace gmmvi::test {

std::vector<nlohmann::json> cases_of(const nlohmann::json& file, const char* shape, std::size_t expected) {
  std::vector<nlohmann::json> found;
  for (const auto& each : file.at("cases"))
    if (each.at("inputs").at("covariance") == shape) found.push_back(each);
  EXPECT_EQ(found.size(), expected) << "golden cases with " << shape << " covariances";
  return found;
}

template <>
Eigen::MatrixXd golden_matrix<FullCovariance>(const nlohmann::json& numbers) {
  return matrix(numbers);
}
template <>
Eigen::VectorXd golden_matrix<DiagonalCovariance>(const nlohmann::json& numbers) {
  return vector(numbers);
}

template <class Covariance>
Gaussian<Covariance> golden_gaussian(const nlohmann::json& mean, const nlohmann::json& chol) {
  return {vector(mean), Covariance::from_cholesky(golden_matrix<Covariance>(chol)).value()};
}

template <class Covariance>
Mixture<Covariance> golden_mixture(const nlohmann::json& inputs) {
  std::vector<GaussianPointer<Covariance>> gaussians;
  for (std::size_t k = 0; k < inputs.at("means").size(); ++k)
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(
        golden_gaussian<Covariance>(inputs.at("means")[k], inputs.at("chols")[k])));
  return {std::move(gaussians), vector(inputs.at("weights"))};
}

template <class Covariance>
GoldenBatch<Covariance>::GoldenBatch(const nlohmann::json& inputs)
    : mixture(golden_mixture<Covariance>(inputs)),
      temperature(inputs.at("beta")),
      samples(matrix_of_columns(inputs.at("x"))),
      origins(inputs.at("mapping")),
      target_log_densities(vector(inputs.at("target_log_density"), -std::numeric_limits<double>::infinity())) {
  const Eigen::VectorXd background = vector(inputs.at("background_log_density"));
  const auto density =
      math::mixture_density(mixture.gaussians(), mixture.log_weights(), samples, math::Gradient::compute);
  log_importance_weights = density.components.colwise() - background;
  mixture_log_weights = density.log_density - background;
  inside = model::inside_support(target_log_densities);
  log_ratios = model::log_ratios(target_log_densities, density.log_density, temperature, inside);
  if (!inputs.contains("target_grad")) return;
  target_gradients = matrix_of_columns(inputs.at("target_grad"));
  log_ratio_gradients = target_gradients - temperature * density.gradient;
}

template Gaussian<FullCovariance> golden_gaussian(const nlohmann::json&, const nlohmann::json&);
template Gaussian<DiagonalCovariance> golden_gaussian(const nlohmann::json&, const nlohmann::json&);
template Mixture<FullCovariance> golden_mixture(const nlohmann::json&);
template Mixture<DiagonalCovariance> golden_mixture(const nlohmann::json&);
template struct GoldenBatch<FullCovariance>;
template struct GoldenBatch<DiagonalCovariance>;

}  // namespace gmmvi::test

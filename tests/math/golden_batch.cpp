#include "math/golden_batch.hpp"

#include <limits>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "math/mixture_density.hpp"
#include "model/active_batch.hpp"

namespace gmmvi::test {

std::vector<nlohmann::json> full_cases(const nlohmann::json& file, std::size_t expected) {
  std::vector<nlohmann::json> cases;
  for (const auto& each : file.at("cases"))
    if (each.at("inputs").at("covariance") == "full") cases.push_back(each);
  EXPECT_EQ(cases.size(), expected) << "golden cases with full covariances";
  return cases;
}

Mixture<FullCovariance> golden_mixture(const nlohmann::json& inputs) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  for (std::size_t k = 0; k < inputs.at("means").size(); ++k)
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(
        vector(inputs.at("means")[k]), FullCovariance::from_cholesky(matrix(inputs.at("chols")[k])).value()));
  return {std::move(gaussians), vector(inputs.at("weights"))};
}

GoldenBatch::GoldenBatch(const nlohmann::json& inputs)
    : mixture(golden_mixture(inputs)),
      temperature(inputs.at("beta")),
      samples(matrix_of_columns(inputs.at("x"))),
      origins(inputs.at("mapping")),
      target_log_densities(vector(inputs.at("target_log_density"), -std::numeric_limits<double>::infinity())) {
  const Eigen::VectorXd background = vector(inputs.at("background_log_density"));
  const auto density =
      math::mixture_density(mixture.gaussians(), mixture.log_weights(), samples, math::Gradient::compute);
  log_importance_weights = density.components.colwise() - background;
  mixture_log_weights = density.log_density - background;
  log_ratios = model::log_ratios(target_log_densities, density.log_density, temperature);
  inside = model::inside_support(target_log_densities);
  if (!inputs.contains("target_grad")) return;
  target_gradients = matrix_of_columns(inputs.at("target_grad"));
  log_ratio_gradients = target_gradients - temperature * density.gradient;
}

}  // namespace gmmvi::test

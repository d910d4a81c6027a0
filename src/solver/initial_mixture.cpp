#include "solver/initial_mixture.hpp"

#include <memory>
#include <string>

#include "gmmvi/error.hpp"

#include "core/random.hpp"

namespace gmmvi::solver {
namespace {

Eigen::VectorXd initial_variances(const ModelInitialization& options, Eigen::Index dimension) {
  if (options.initial_cov) return per_dimension(*options.initial_cov, dimension, "initial_cov");
  return per_dimension(options.prior_scale, dimension, "prior_scale").array().square();
}

}  // namespace

Eigen::VectorXd per_dimension(const PerDimension& values, Eigen::Index dimension, const char* key) {
  if (values.size() == 1) return Eigen::VectorXd::Constant(dimension, values.front());
  if (static_cast<Eigen::Index>(values.size()) == dimension)
    return Eigen::Map<const Eigen::VectorXd>(values.data(), dimension);
  throw Error("model_initialization." + std::string(key) + " has " + std::to_string(values.size()) +
                  " numbers, but the target has " + std::to_string(dimension) +
                  " dimensions: give one number for all of them, or " + std::to_string(dimension),
              ExitCode::configuration);
}

template <class Covariance>
Mixture<Covariance> initial_mixture(const ModelInitialization& options, Eigen::Index dimension, std::uint64_t seed) {
  const Eigen::VectorXd center = per_dimension(options.prior_mean, dimension, "prior_mean");
  const Eigen::VectorXd scale = per_dimension(options.prior_scale, dimension, "prior_scale");
  const auto covariance = Covariance::from_variances(initial_variances(options, dimension));
  const int size = options.num_initial_components;
  std::vector<GaussianPointer<Covariance>> gaussians;
  for (int k = 0; k < size; ++k) {
    Eigen::VectorXd offset = Eigen::VectorXd::Zero(dimension);
    core::Stream stream(seed, core::Purpose::initial_mixture, {.component = static_cast<std::uint64_t>(k)});
    if (size > 1) stream.normal({offset.data(), static_cast<std::size_t>(dimension)});
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(center + scale.cwiseProduct(offset), covariance));
  }
  return Mixture<Covariance>(std::move(gaussians), Eigen::VectorXd::Ones(size));
}

template <class Covariance>
GaussianPointer<Covariance> prior(const ModelInitialization& options, Eigen::Index dimension) {
  if (!options.has_prior) return nullptr;
  return std::make_shared<const Gaussian<Covariance>>(
      per_dimension(options.prior_mean, dimension, "prior_mean"),
      Covariance::from_variances(initial_variances(options, dimension)));
}

template Mixture<FullCovariance> initial_mixture(const ModelInitialization&, Eigen::Index, std::uint64_t);
template Mixture<DiagonalCovariance> initial_mixture(const ModelInitialization&, Eigen::Index, std::uint64_t);
template GaussianPointer<FullCovariance> prior(const ModelInitialization&, Eigen::Index);
template GaussianPointer<DiagonalCovariance> prior(const ModelInitialization&, Eigen::Index);

}  // namespace gmmvi::solver

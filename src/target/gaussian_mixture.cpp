#include "target/gaussian_mixture.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/random.hpp"
#include "math/mixture_density.hpp"

namespace gmmvi::target {
namespace {

GaussianPointer<FullCovariance> component(const Eigen::MatrixXd& means, const std::vector<Eigen::MatrixXd>& covariances,
                                          Eigen::Index k) {
  std::optional<FullCovariance> covariance = FullCovariance::from_matrix(covariances[static_cast<std::size_t>(k)]);
  if (!covariance) {
    throw Error(fmt::format("The covariance of component {} of the target mixture is not positive definite.", k + 1));
  }
  return std::make_shared<const Gaussian<FullCovariance>>(means.col(k), std::move(*covariance));
}

}  // namespace

GaussianMixture::GaussianMixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                                 const std::vector<Eigen::MatrixXd>& covariances)
    : log_weights_((weights / weights.sum()).array().log()) {
  GMMVI_EXPECT(weights.size() > 0 && weights.minCoeff() > 0.0, "weights are positive");
  GMMVI_EXPECT(means.cols() == weights.size() && static_cast<Eigen::Index>(covariances.size()) == weights.size(),
               "one mean and one covariance for every weight");
  for (Eigen::Index k = 0; k < weights.size(); ++k) gaussians_.push_back(component(means, covariances, k));
}

Eigen::MatrixXd GaussianMixture::means() const {
  Eigen::MatrixXd means(dimension(), log_weights_.size());
  for (Eigen::Index k = 0; k < means.cols(); ++k) means.col(k) = gaussians_[static_cast<std::size_t>(k)]->mean();
  return means;
}

std::vector<Eigen::MatrixXd> GaussianMixture::covariances() const {
  std::vector<Eigen::MatrixXd> covariances;
  for (const auto& gaussian : gaussians_) covariances.push_back(gaussian->covariance().matrix());
  return covariances;
}

Evaluation GaussianMixture::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                     std::span<const SampleId> /*ids*/, bool want_gradients) {
  GMMVI_EXPECT(samples.rows() == dimension(), "samples are [D x n]");
  math::MixtureDensity density = math::mixture_density(gaussians_, log_weights_, samples,
                                                       want_gradients ? math::Gradient::compute : math::Gradient::skip);
  Evaluation result{
      .log_densities = std::move(density.log_density), .gradients = std::move(density.gradient), .status = {}};
  // The kernel says nothing of samples that are not finite.
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    if (samples.col(n).allFinite()) continue;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    result.log_densities[n] = samples.col(n).hasNaN() ? std::numeric_limits<double>::quiet_NaN() : -infinity;
  }
  return result;
}

GaussianMixture random_gaussian_mixture(const RandomGaussianMixtureOptions& options, std::uint64_t seed) {
  constexpr Eigen::Index components = 10;
  const Eigen::Index dimension = options.dimension;
  Eigen::MatrixXd means(dimension, components);
  std::vector<Eigen::MatrixXd> covariances;
  for (Eigen::Index k = 0; k < components; ++k) {
    core::Stream stream(seed, core::Purpose::target_instance, {.component = static_cast<std::uint64_t>(k)});
    for (Eigen::Index d = 0; d < dimension; ++d) means(d, k) = 100.0 * stream.uniform() - 50.0;
    Eigen::MatrixXd a(dimension, dimension);
    stream.normal({a.data(), static_cast<std::size_t>(a.size())});
    a *= 0.1 * static_cast<double>(dimension);
    covariances.emplace_back(a.transpose() * a + Eigen::MatrixXd::Identity(dimension, dimension));
  }
  return {Eigen::VectorXd::Constant(components, 1.0 / components), means, covariances};
}

}  // namespace gmmvi::target

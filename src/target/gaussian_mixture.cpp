#include "target/gaussian_mixture.hpp"

#include <memory>
#include <utility>

#include "core/contract.hpp"
#include "core/random.hpp"
#include "target/modes.hpp"
#include "target/reference_moments.hpp"
#include "target/usable.hpp"

namespace gmmvi::target {
namespace {

template <class Covariance>
Covariance random_covariance(core::Stream& stream, Eigen::Index dimension);

template <>
FullCovariance random_covariance(core::Stream& stream, Eigen::Index dimension) {
  Eigen::MatrixXd a(dimension, dimension);
  stream.normal({a.data(), static_cast<std::size_t>(a.size())});
  a *= 0.1 * static_cast<double>(dimension);
  const auto covariance =
      FullCovariance::from_matrix(a.transpose() * a + Eigen::MatrixXd::Identity(dimension, dimension));
  GMMVI_ENSURE(covariance.has_value(), "a matrix whose eigenvalues are at least 1");
  return *covariance;
}

template <>
DiagonalCovariance random_covariance(core::Stream& stream, Eigen::Index dimension) {
  Eigen::VectorXd variances(dimension);
  for (double& variance : variances) variance = 10.0 * stream.uniform();
  return DiagonalCovariance::from_variances(variances);
}

}  // namespace

template <class Covariance>
GaussianMixture<Covariance>::GaussianMixture(const Eigen::VectorXd& weights, math::Gaussians<Covariance> gaussians)
    : log_weights_((weights / weights.sum()).array().log()), gaussians_(std::move(gaussians)) {
  GMMVI_EXPECT(weights.size() > 0 && weights.minCoeff() > 0.0, "weights are positive");
  GMMVI_GUARD(static_cast<Eigen::Index>(gaussians_.size()) == weights.size(), "one Gaussian for every weight");
}

template <class Covariance>
Eigen::MatrixXd GaussianMixture<Covariance>::means() const {
  Eigen::MatrixXd means(dimension(), log_weights_.size());
  for (Eigen::Index k = 0; k < means.cols(); ++k) means.col(k) = gaussians_[static_cast<std::size_t>(k)]->mean();
  return means;
}

template <class Covariance>
Evaluation GaussianMixture<Covariance>::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                                 std::span<const SampleId> /*ids*/, bool want_gradients) {
  GMMVI_GUARD(samples.rows() == dimension(), "samples are [D x n]");
  math::MixtureDensity density = math::mixture_density(gaussians_, log_weights_, samples,
                                                       want_gradients ? math::Gradient::compute : math::Gradient::skip);
  Evaluation result{
      .log_densities = std::move(density.log_density), .gradients = std::move(density.gradient), .status = {}};
  // The kernel says nothing of samples that are not finite.
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    if (const double verdict = verdict_on(samples.col(n)); verdict != 0.0) result.log_densities[n] = verdict;
  return result;
}

template <class Covariance>
std::vector<TargetMetric> GaussianMixture<Covariance>::metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd&) {
  return modes_found(this->means(), means);
}

template <class Covariance>
std::optional<ReferenceMoments> GaussianMixture<Covariance>::reference_moments() const {
  std::vector<Eigen::VectorXd> variances;
  for (const auto& gaussian : gaussians_) variances.push_back(gaussian->covariance().variances());
  return moments_of_mixture(weights(), means(), variances);
}

template <class Covariance>
GaussianMixture<Covariance> random_gaussian_mixture(Eigen::Index dimension, std::uint64_t seed) {
  constexpr Eigen::Index components = 10;
  math::Gaussians<Covariance> gaussians;
  for (Eigen::Index k = 0; k < components; ++k) {
    core::Stream stream(seed, core::Purpose::target_instance, {.component = static_cast<std::uint64_t>(k)});
    Eigen::VectorXd mean(dimension);
    for (double& coordinate : mean) coordinate = 100.0 * stream.uniform() - 50.0;
    gaussians.push_back(
        std::make_shared<const Gaussian<Covariance>>(mean, random_covariance<Covariance>(stream, dimension)));
  }
  return {Eigen::VectorXd::Constant(components, 1.0 / components), std::move(gaussians)};
}

template class GaussianMixture<FullCovariance>;
template class GaussianMixture<DiagonalCovariance>;
template GaussianMixture<FullCovariance> random_gaussian_mixture(Eigen::Index, std::uint64_t);
template GaussianMixture<DiagonalCovariance> random_gaussian_mixture(Eigen::Index, std::uint64_t);

}  // namespace gmmvi::target

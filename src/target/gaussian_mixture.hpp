#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/gaussian.hpp"
#include "gmmvi/target.hpp"

#include "math/mixture_density.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// A Gaussian mixture as a target: its log density is normalised, so the best ELBO is 0.
template <class Covariance>
class GaussianMixture : public Target {
 public:
  /// `weights` [K] > 0, normalised here.
  GaussianMixture(const Eigen::VectorXd& weights, math::Gaussians<Covariance> gaussians);

  Eigen::Index dimension() const override { return gaussians_.front()->dimension(); }
  bool has_gradients() const override { return true; }
  /// A sample with a NaN gets log density NaN; one that is infinite or too far away for a double, −∞.
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return 64; }
  bool cheap() const override { return true; }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override;
  std::optional<ReferenceMoments> reference_moments() const override;

  /// [K]
  Eigen::VectorXd weights() const { return log_weights_.array().exp(); }
  /// [D x K]
  Eigen::MatrixXd means() const;
  const math::Gaussians<Covariance>& gaussians() const { return gaussians_; }

 private:
  Eigen::VectorXd log_weights_;
  math::Gaussians<Covariance> gaussians_;
};

/// The reference's random instances: 10 components of equal weight, means uniform in ±50; full covariances AᵀA + I with
/// A's entries 0.1·N(0, D²), or diagonal ones with variances uniform in [0, 10].
template <class Covariance>
GaussianMixture<Covariance> random_gaussian_mixture(Eigen::Index dimension, std::uint64_t seed);

extern template class GaussianMixture<FullCovariance>;
extern template class GaussianMixture<DiagonalCovariance>;
extern template GaussianMixture<FullCovariance> random_gaussian_mixture(Eigen::Index, std::uint64_t);
extern template GaussianMixture<DiagonalCovariance> random_gaussian_mixture(Eigen::Index, std::uint64_t);

}  // namespace gmmvi::target

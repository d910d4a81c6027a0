#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/full_covariance.hpp"
#include "gmmvi/gaussian.hpp"
#include "gmmvi/target.hpp"

#include "target/options.hpp"

namespace gmmvi::target {

/// A Gaussian mixture as a target: its log density is normalised, so the best ELBO is 0.
class GaussianMixture : public Target {
 public:
  /// `weights` [K] > 0, normalised here; `means` [D x K]; K `covariances` [D x D]. Throws Error where a covariance is
  /// not positive definite.
  GaussianMixture(const Eigen::VectorXd& weights, const Eigen::MatrixXd& means,
                  const std::vector<Eigen::MatrixXd>& covariances);

  Eigen::Index dimension() const override { return gaussians_.front()->dimension(); }
  bool has_gradients() const override { return true; }
  /// A sample with a NaN gets log density NaN; one that is infinite or too far away for a double, −∞.
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;
  Eigen::Index group_size() const override { return 64; }
  bool cheap() const override { return true; }

  /// [K]
  Eigen::VectorXd weights() const { return log_weights_.array().exp(); }
  /// [D x K]
  Eigen::MatrixXd means() const;
  /// K times [D x D]
  std::vector<Eigen::MatrixXd> covariances() const;

 private:
  Eigen::VectorXd log_weights_;
  std::vector<GaussianPointer<FullCovariance>> gaussians_;
};

/// The reference's random instance: 10 components of equal weight, means uniform in ±50, Σ = AᵀA + I with A's entries
/// 0.1·N(0, D²).
GaussianMixture random_gaussian_mixture(const RandomGaussianMixtureOptions& options, std::uint64_t seed);

}  // namespace gmmvi::target

#pragma once

#include <cstdint>

#include <Eigen/Core>

#include "gmmvi/full_covariance.hpp"

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Bayesian linear regression with noise of known standard deviation and independent normal priors of mean 0. Its
/// posterior is normal, and known. With many observations and little noise it is far from the prior and narrow.
/// Parameters: the intercept, then a coefficient for each feature.
class LinearRegression : public BlockwiseTarget {
 public:
  /// `features` [N x F], `responses` [N]; standard deviations > 0. Throws Error (data) where the posterior's covariance
  /// has no Cholesky factor in double precision.
  LinearRegression(const Eigen::MatrixXd& features, const Eigen::VectorXd& responses, double noise_std,
                   double prior_std);

  Eigen::Index dimension() const override { return mean_.size(); }
  std::vector<std::string> parameter_names() const override;
  std::optional<ReferenceMoments> reference_moments() const override;

  /// Of the posterior [D].
  const Eigen::VectorXd& mean() const { return mean_; }
  const FullCovariance& covariance() const { return covariance_; }

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  struct Posterior {
    Eigen::VectorXd mean;
    FullCovariance covariance;
    double log_density_at_mean;  // with that of the responses
  };
  explicit LinearRegression(Posterior posterior);
  static Posterior posterior_of(const Eigen::MatrixXd& features, const Eigen::VectorXd& responses, double noise_std,
                                double prior_std);

  Eigen::VectorXd mean_;
  FullCovariance covariance_;
  double log_density_at_mean_;
  Block centred_, residuals_;  // [lanes x D]
};

/// What the simulated observations are made of.
struct LinearObservations {
  Eigen::MatrixXd features;      ///< [N x F] each a chain x_f = ρ x_{f−1} + √(1 − ρ²) N(0, 1) of variance 1
  Eigen::VectorXd coefficients;  ///< [F + 1] of the prior, the intercept first
  Eigen::VectorXd responses;     ///< [N] with noise
};
LinearObservations simulated_observations(const LinearRegressionOptions& options, std::uint64_t seed);
LinearRegression simulated_linear_regression(const LinearRegressionOptions& options, std::uint64_t seed);

}  // namespace gmmvi::target

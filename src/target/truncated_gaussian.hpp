#pragma once

#include <Eigen/Core>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Independent normal distributions, each truncated to an interval; −∞ outside, where gradients are 0. Normalised, so
/// the evidence is 1. With a large standard deviation it is the uniform distribution in a box.
class TruncatedGaussian : public BlockwiseTarget {
 public:
  explicit TruncatedGaussian(const TruncatedGaussianOptions& options);
  Eigen::Index dimension() const override { return mean_.size(); }

  /// The logarithm of what the densities that are not truncated are divided by; not finite where nothing is left.
  double log_normalizer() const { return log_normalizer_; }
  /// The probability that an untruncated normal distribution gives to the interval from `lower` to `upper`, to nearly
  /// full relative precision.
  static double mass_between(double mean, double standard_deviation, double lower, double upper);

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::VectorXd mean_, standard_deviation_, lower_, upper_;  // [D]
  double log_normalizer_ = 0.0;
};

/// The uniform distribution in a disc; −∞ outside of it, where gradients are 0, as they are inside. Normalised.
class UniformDisc : public BlockwiseTarget {
 public:
  explicit UniformDisc(const UniformDiscOptions& options) : options_(options) {}
  Eigen::Index dimension() const override { return 2; }
  std::optional<ReferenceMoments> reference_moments() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  UniformDiscOptions options_;
};

}  // namespace gmmvi::target

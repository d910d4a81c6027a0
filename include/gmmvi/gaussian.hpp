#pragma once

#include <memory>
#include <utility>

#include "gmmvi/diagonal_covariance.hpp"
#include "gmmvi/eigen.hpp"
#include "gmmvi/full_covariance.hpp"
#include "gmmvi/lanes.hpp"

namespace gmmvi {

/// N(μ, Σ) with a covariance of shape `Covariance`. Immutable, so it can be shared.
template <class Covariance>
class Gaussian {
 public:
  Gaussian(Eigen::VectorXd mean, Covariance covariance);

  Eigen::Index dimension() const { return mean_.size(); }
  const Eigen::VectorXd& mean() const { return mean_; }
  const Covariance& covariance() const { return covariance_; }
  /// In nats.
  double entropy() const;

  /// log N(x; μ, Σ) for the first `samples` of the block, and any numbers for the others; leaves the whitened residuals
  /// L⁻¹(x − μ) in `residuals`. `scratch` and `residuals` are [lanes x D].
  LaneArray log_density(const Block& x, Block& scratch, Block& residuals, Eigen::Index samples = lanes) const;
  /// An upper bound of it (rounding included) from the last `rows` residuals alone; these it leaves, and x − μ. The
  /// last ones say most, since a coordinate has the least room where all others are given.
  LaneArray log_density_bound(Eigen::Index rows, const Block& x, Block& scratch, Block& residuals,
                              Eigen::Index samples = lanes) const;
  /// The log density itself, from what the bound has left: the same as without it, bit for bit.
  LaneArray log_density_within_bound(Eigen::Index rows, const Block& scratch, Block& residuals,
                                     Eigen::Index samples = lanes) const;
  /// x = μ + L z for each sample of the block.
  void sample(const Block& z, Block& x) const;
  /// L⁻¹(x − μ) of the columns of `samples` [D x N]. Every column depends on its own sample only, bit for bit.
  Eigen::MatrixXd whiten(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// log density of coordinate d at `values` [N], the others integrated out.
  Eigen::VectorXd marginal_log_density(Eigen::Index d, const Eigen::VectorXd& values) const;

 private:
  void whiten_block(const Block& x, Block& scratch, Block& residuals, Eigen::Index samples) const;
  LaneArray log_density_of(const Block& residuals) const;

  Eigen::VectorXd mean_;
  Covariance covariance_;
  double log_normalizer_;
};

template <class Covariance>
using GaussianPointer = std::shared_ptr<const Gaussian<Covariance>>;

extern template class Gaussian<FullCovariance>;
extern template class Gaussian<DiagonalCovariance>;

}  // namespace gmmvi

#pragma once

#include <cstdint>

#include <Eigen/Core>

#include "gmmvi/full_covariance.hpp"

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// A log-Gaussian Cox process on a grid of n x n cells of the unit square (Møller, Syversveen, Waagepetersen 1998, with
/// their parameters): a Gaussian process x of mean log 126 − σ²/2 and covariance σ² exp(−distance / (n/33)) in cells,
/// σ² = 1.91, and in each cell a Poisson count of mean exp(x) / n².
class LogGaussianCox : public BlockwiseTarget {
 public:
  /// `counts` [n x n].
  explicit LogGaussianCox(const Eigen::MatrixXd& counts);

  Eigen::Index dimension() const override { return counts_.size(); }
  std::vector<std::string> parameter_names() const override;

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::Index cells_;  // n
  Eigen::VectorXd counts_;
  double log_constant_;  // of prior and counts
  FullCovariance prior_;
  Block centred_, residuals_;  // [lanes x D]
};

/// Counts drawn from the model.
LogGaussianCox simulated_log_gaussian_cox(const LogGaussianCoxOptions& options, std::uint64_t seed);

}  // namespace gmmvi::target

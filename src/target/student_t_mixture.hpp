#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/full_covariance.hpp"

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// A mixture of multivariate Student-t distributions; its log density is normalised, so the best ELBO is 0.
class StudentTMixture : public BlockwiseTarget {
 public:
  /// `weights` [K] > 0, normalised here; `means` [D x K]; K `scales` (Σ, which is not the covariance);
  /// `degrees_of_freedom` > 0.
  StudentTMixture(const Eigen::VectorXd& weights, Eigen::MatrixXd means, std::vector<FullCovariance> scales,
                  double degrees_of_freedom);

  Eigen::Index dimension() const override { return means_.rows(); }
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override;
  /// None where variances are infinite.
  std::optional<ReferenceMoments> reference_moments() const override;

  /// [D x K]
  const Eigen::MatrixXd& means() const { return means_; }
  const std::vector<FullCovariance>& scales() const { return scales_; }

 protected:
  LaneArray log_density(const Block& x, Block* gradient) override;

 private:
  Eigen::Index size() const { return means_.cols(); }
  const FullCovariance& scale(Eigen::Index k) const { return scales_[static_cast<std::size_t>(k)]; }

  Eigen::MatrixXd means_;  // [D x K]
  std::vector<FullCovariance> scales_;
  double degrees_of_freedom_;
  Eigen::VectorXd log_weights_;      // [K]
  Eigen::VectorXd log_normalizers_;  // [K]

  // Workspaces of a block.
  Block components_;              // [lanes x K] log densities
  Block squared_distances_;       // [lanes x K] Mahalanobis
  Block scratch_;                 // [lanes x D]
  std::vector<Block> residuals_;  // K times [lanes x D], whitened
};

/// The reference's random instance (after Lin et al. 2020): ν = 2; 10 components of equal weight, means uniform in ±20
/// (harder: 20, ±25), scale matrices (AᵀA + I)⁻¹ with A's entries 0.1·D·N(0, 1).
StudentTMixture random_student_t_mixture(const RandomStudentTMixtureOptions& options, std::uint64_t seed);

}  // namespace gmmvi::target

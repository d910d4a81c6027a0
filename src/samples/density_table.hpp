#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/sample_db.hpp"

#include "math/mixture_density.hpp"

namespace gmmvi::samples {

/// What is known of the log densities of a rank's own samples, so that none is computed twice: ℓ under the components
/// of the mixture, and for slices of batches lse_m(log c_m + ℓ_m) over the Gaussians m of the slice's samples, which
/// need not be this rank's.
template <class Covariance>
class DensityTable {
 public:
  using Background = typename SampleDB<Covariance>::Background;
  using BackgroundOf = std::function<Background(const BatchSlice& slice)>;

  /// Turns to other samples and slices; what is known of those that stay remains known. In another `generation` of the
  /// database indices mean other samples.
  void move_to(std::uint64_t generation, const std::vector<BatchSlice>& slices,
               typename SampleDB<Covariance>::OwnSamples own);
  const typename SampleDB<Covariance>::OwnSamples& own() const { return own_; }

  /// [n x K] ℓ under `gaussians`; others are forgotten.
  const Eigen::MatrixXd& components(const math::Gaussians<Covariance>& gaussians);
  /// The same, where the numbers have been computed elsewhere: `densities` [n x K].
  void adopt(const math::Gaussians<Covariance>& gaussians, Eigen::MatrixXd densities);
  /// [n] b: log density of the mixture of the Gaussians of these slices, weighted by their numbers of samples. `of` is
  /// asked about slices that are not known.
  Eigen::VectorXd background(const std::vector<BatchSlice>& slices, const BackgroundOf& of);

 private:
  struct SliceDensity {
    BatchSlice slice;
    Background background;
    Eigen::VectorXd log_density;  // [known samples] lse_m(log c_m + ℓ_m)
  };
  using Positions = std::vector<Eigen::Index>;

  void forget();
  Eigen::VectorXd slice_density(const Background& background, const Positions& at) const;
  Eigen::MatrixXd densities(const math::Gaussians<Covariance>& gaussians, const Positions& at) const;
  Positions all() const;

  std::uint64_t generation_ = 0;
  typename SampleDB<Covariance>::OwnSamples own_;
  Positions fresh_components_;  // own samples whose ℓ under gaussians_ is not known yet
  Positions fresh_slices_;      // own samples whose densities under the slices are not known yet
  math::Gaussians<Covariance> gaussians_;
  Eigen::MatrixXd components_;  // [n x K]
  std::vector<SliceDensity> slices_;
};

extern template class DensityTable<FullCovariance>;
extern template class DensityTable<DiagonalCovariance>;

}  // namespace gmmvi::samples

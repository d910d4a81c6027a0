#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/sample_db.hpp"

#include "math/mixture_density.hpp"

namespace gmmvi::samples {

/// What is known of the log densities of a rank's own samples of a window, so that none is computed twice: ℓ under the
/// components of the mixture, and for every slice of the window lse_m(log c_m + ℓ_m) over the Gaussians m of that
/// slice.
template <class Covariance>
class DensityTable {
 public:
  /// Turns to the own samples of another window; what is known of samples in both stays known.
  void move_to(const SampleDB<Covariance>& database, const Window& window,
               typename SampleDB<Covariance>::OwnSamples own);
  const typename SampleDB<Covariance>::OwnSamples& own() const { return own_; }

  /// [n x K] ℓ under `gaussians`; others are forgotten.
  const Eigen::MatrixXd& components(const math::Gaussians<Covariance>& gaussians);
  /// The same, where the numbers have been computed elsewhere: `densities` [n x K].
  void adopt(const math::Gaussians<Covariance>& gaussians, Eigen::MatrixXd densities);
  /// [n] b: log density of the mixture of the window's Gaussians weighted by their numbers of samples.
  Eigen::VectorXd background(const SampleDB<Covariance>& database);

 private:
  struct SliceDensity {
    BatchSlice slice;
    typename SampleDB<Covariance>::Background background;
    Eigen::VectorXd log_density;  // [known samples] lse_m(log c_m + ℓ_m)
  };
  using Positions = std::vector<Eigen::Index>;

  void forget();
  Eigen::VectorXd slice_density(const typename SampleDB<Covariance>::Background& background, const Positions& at) const;
  Eigen::MatrixXd densities(const math::Gaussians<Covariance>& gaussians, const Positions& at) const;
  Positions all() const;

  Window window_;
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

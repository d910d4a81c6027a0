#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/gaussian.hpp"

namespace gmmvi::math {

template <class Covariance>
using Gaussians = std::vector<GaussianPointer<Covariance>>;

/// log densities of a mixture and of its components at N samples. Every number depends on its own sample only, bit for
/// bit: any split of the samples gives the same.
struct MixtureDensity {
  Eigen::MatrixXd components;   ///< [N x K] log N(x_n; μ_k, Σ_k)
  Eigen::VectorXd log_density;  ///< [N] lse_k(log w_k + ℓ_kn)
  Eigen::MatrixXd gradient;     ///< [D x N] of log_density, or empty
};

enum class Gradient : bool { skip, compute };

/// [N] the log density alone, for many samples: nothing else is kept of them.
template <class Covariance>
Eigen::VectorXd mixture_log_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                                    const Eigen::Ref<const Eigen::MatrixXd>& samples);
/// The same, and in `nearest` [N] the component whose log w_k + ℓ_kn is the largest; −1 where none is a number.
template <class Covariance>
Eigen::VectorXd mixture_log_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                                    const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                    std::vector<Eigen::Index>& nearest);

/// [N] the one term log w_k + ℓ_kn of the mixture for k = `components[n]`; −∞ where that is −1.
template <class Covariance>
Eigen::VectorXd mixture_terms(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                              const Eigen::Ref<const Eigen::MatrixXd>& samples,
                              std::span<const Eigen::Index> components);

/// The samples that have component 0, those that have component 1, and so on up to K−1; before them those that have −1.
std::vector<Eigen::Index> by_component(std::span<const Eigen::Index> components, Eigen::Index size);

/// At the columns of `samples` [D x N]; `log_weights` [K]. Components whose responsibility for a sample is below 1e-20
/// are left out of its gradient.
template <class Covariance>
MixtureDensity mixture_density(const Gaussians<Covariance>& gaussians, const Eigen::VectorXd& log_weights,
                               const Eigen::Ref<const Eigen::MatrixXd>& samples, Gradient gradient);

/// [N x K] log N(x_n; μ_k, Σ_k) at the columns of `samples` [D x N].
template <class Covariance>
Eigen::MatrixXd component_log_densities(const Gaussians<Covariance>& gaussians,
                                        const Eigen::Ref<const Eigen::MatrixXd>& samples);

/// [N] lse_k(log_weights_k + components_nk) for `components` [N x K]; −∞ where all terms are.
Eigen::VectorXd mix(const Eigen::Ref<const Eigen::MatrixXd>& components, const Eigen::VectorXd& log_weights);
/// The same for a block of samples, `components` [lanes x K].
LaneArray mix_block(const Block& components, const Eigen::VectorXd& log_weights);
/// Responsibilities with zero in the place of those below 1e-20 and of those that are NaN: what a gradient may leave
/// out.
LaneArray without_negligible(const LaneArray& responsibility);

}  // namespace gmmvi::math

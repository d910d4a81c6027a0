#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/gaussian.hpp"
#include "gmmvi/options.hpp"
#include "gmmvi/outputs_model.hpp"

namespace gmmvi::strategy {

/// What is known of the samples of an iteration beside their log ratios, for estimators that need outputs.
struct OutputsBatch {
  const OutputsModel& model;
  Eigen::Ref<const Eigen::MatrixXd> predictors;     ///< [m x N] of the samples' outputs; NaN where they are not known
  Eigen::Ref<const Eigen::MatrixXd> slopes;         ///< [m D x N] of predictors by x (OutputsModel::slopes), or [0 x N]
  Eigen::Ref<const Eigen::VectorXd> log_densities;  ///< [N] log p̃
  double temperature = 1.0;                         ///< β
  /// [D x n] ∇log q at the columns of samples [D x n]; absent for a mixture of one component.
  std::function<Eigen::MatrixXd(const Eigen::MatrixXd& samples)> mixture_gradients = {};
  Eigen::MatrixXd normals = {};  ///< [D x S] independent standard normal numbers, the same for all components
};

/// The samples of an iteration as every component sees them.
struct EstimationBatch {
  Eigen::Ref<const Eigen::MatrixXd> samples;              ///< [D x N]
  Eigen::Ref<const Eigen::VectorXd> log_ratios;           ///< [N] R
  Eigen::Ref<const Eigen::MatrixXd> log_ratio_gradients;  ///< [D x N] G; [0 x N] if the estimator needs none
  const std::vector<Eigen::Index>& inside;                ///< positions of the samples inside the support
  double jump = 0.0;  ///< c, by how much log p̃ is taken to fall at the rim of the support, in nats; 0: the rim has no
                      ///< force
  const OutputsBatch* outputs = nullptr;  ///< if the estimator needs them
};

/// Expected negated gradient ĝ and Hessian Ĥ of a component, in its whitened coordinates L⁻¹(x − μ), in which they are
/// estimated and every step is made (Covariance::whiten_gradient and whiten_hessian bring ĝ and Ĥ there).
template <class Covariance>
struct NaturalGradient {
  Eigen::VectorXd whitened_gradient;                ///< c = Lᵀĝ [D]
  typename Covariance::Symmetric whitened_hessian;  ///< M = LᵀĤL, [D x D] for full covariances
  double damping = 1.0;  ///< >= 1; no step of a trust region is longer than 1/damping of the full one
};

/// The family of natural-gradient estimators: from weighted samples to the natural gradient of a component. Pure; kept
/// by the component's owner.
template <class Covariance>
class NaturalGradientEstimator {
 public:
  virtual ~NaturalGradientEstimator() = default;
  /// Whether the target has to give gradients.
  virtual bool needs_gradients() const = 0;
  /// Whether it has to say how its outputs make the log density (Target::outputs_model).
  virtual bool needs_outputs() const { return false; }
  /// Whether a component learns only from the samples that were drawn from it in this iteration (then the log
  /// importance weights are 0).
  virtual bool only_own_samples() const = 0;
  /// `log_weights` [N]: log importance weights v of the component; `positions`: the samples to use (ascending, inside
  /// the support or not; at least one inside); `ridge`: the component's λ. Numbers that go wrong are in the result.
  virtual NaturalGradient<Covariance> estimate(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                               const Eigen::VectorXd& log_weights,
                                               const std::vector<Eigen::Index>& positions, double ridge) const = 0;
  /// λ of a new component, and λ after a step that succeeded or was refused; for estimators that have no use for one
  /// it stays 0.
  virtual double initial_ridge() const { return 0.0; }
  virtual double next_ridge(double ridge, bool /*succeeded*/) const { return ridge; }

  static std::unique_ptr<NaturalGradientEstimator> make(const NaturalGradientOptions& options);
};

}  // namespace gmmvi::strategy

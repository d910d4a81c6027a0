#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/gaussian.hpp"

namespace gmmvi {

/// q(x) = Σ_k w_k N(x; μ_k, Σ_k). Every component has an id that is never used again.
template <class Covariance>
class Mixture {
 public:
  struct Component {
    std::uint64_t id;
    GaussianPointer<Covariance> gaussian;
  };

  /// `gaussians` of one dimension, at least one; `weights` [K] > 0, normalised here. Ids are 0 … K−1.
  Mixture(std::vector<GaussianPointer<Covariance>> gaussians, const Eigen::VectorXd& weights);
  /// A mixture as it was: ids and log weights [K] (normalised already) are kept bit for bit, new ids follow the
  /// largest, and are at least `next_id`.
  Mixture(std::vector<Component> components, Eigen::VectorXd log_weights, std::uint64_t next_id = 0);

  Eigen::Index size() const { return static_cast<Eigen::Index>(components_.size()); }
  Eigen::Index dimension() const { return components_.front().gaussian->dimension(); }
  const std::vector<Component>& components() const { return components_; }
  /// The id of the component that is added next.
  std::uint64_t next_id() const { return next_id_; }
  const Gaussian<Covariance>& gaussian(Eigen::Index k) const;
  std::vector<GaussianPointer<Covariance>> gaussians() const;
  const Eigen::VectorXd& log_weights() const { return log_weights_; }
  Eigen::VectorXd weights() const { return log_weights_.array().exp(); }

  /// Sets log weights [K]; they are kept above log 1e-30 and normalised.
  void set_log_weights(const Eigen::VectorXd& log_weights);
  void replace(Eigen::Index k, GaussianPointer<Covariance> gaussian);
  /// Adds a component whose weight is `weight` before normalisation; returns its id.
  std::uint64_t add(GaussianPointer<Covariance> gaussian, double weight);
  /// Removes the components at `indices` (ascending; not all of them) and normalises the weights of the others.
  void remove(const std::vector<Eigen::Index>& indices);

  /// [N x K] log N(x_n; μ_k, Σ_k) at the columns of `samples` [D x N].
  Eigen::MatrixXd component_log_densities(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// [N] log q(x_n).
  Eigen::VectorXd log_density(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  struct DensityAndGradient {
    Eigen::VectorXd log_density;  ///< [N]
    Eigen::MatrixXd gradient;     ///< [D x N] ∇log q(x_n)
  };
  DensityAndGradient log_density_and_gradient(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  /// [N x K] log of the probability that x_n came from component k.
  Eigen::MatrixXd log_responsibilities(const Eigen::Ref<const Eigen::MatrixXd>& samples) const;
  struct Samples {
    Eigen::MatrixXd samples;               ///< [D x N]
    std::vector<std::int32_t> components;  ///< [N] index of the component that each was drawn from, ascending
  };
  /// `count` independent samples of q; the same for the same `seed`.
  Samples sample(Eigen::Index count, std::uint64_t seed) const;
  /// [D x N] `count` samples of component k.
  Eigen::MatrixXd sample_component(Eigen::Index k, Eigen::Index count, std::uint64_t seed) const;
  /// [N] log density of coordinate d at `values` [N], the others integrated out.
  Eigen::VectorXd marginal_log_density(Eigen::Index d, const Eigen::VectorXd& values) const;
  /// Probability that coordinate d is at most `value`.
  double marginal_cdf(Eigen::Index d, double value) const;
  /// Where marginal_cdf(d, ·) is p, 0 < p < 1, to about 1e-12 relative.
  double marginal_quantile(Eigen::Index d, double p) const;
  /// [D] mean of q.
  Eigen::VectorXd mean() const;
  /// [D] variance of every coordinate under q.
  Eigen::VectorXd marginal_variances() const;
  /// [K] entropies of the components, in nats.
  Eigen::VectorXd component_entropies() const;
  /// Σ_k w_k H(N_k).
  double average_entropy() const;

 private:
  std::vector<Component> components_;
  Eigen::VectorXd log_weights_;
  std::uint64_t next_id_ = 0;
};

extern template class Mixture<FullCovariance>;
extern template class Mixture<DiagonalCovariance>;

/// A mixture of any covariance shape.
using AnyMixture = std::variant<Mixture<FullCovariance>, Mixture<DiagonalCovariance>>;

}  // namespace gmmvi

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/gmmvi.hpp"

namespace gmmvi::test {

/// A target whose numbers are a function of one sample.
class PointwiseTarget : public Target {
 public:
  PointwiseTarget(Eigen::Index dimension, Eigen::Index group_size) : dimension_(dimension), group_size_(group_size) {}
  Eigen::Index dimension() const override { return dimension_; }
  bool has_gradients() const override { return true; }
  Eigen::Index group_size() const override { return group_size_; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;

 protected:
  /// log p̃(x); ∇log p̃(x) into `gradient`. May throw.
  virtual double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) = 0;

 private:
  Eigen::Index dimension_, group_size_;
};

/// log N(x; μ, S) + log Z.
class GaussianTarget : public PointwiseTarget {
 public:
  GaussianTarget(Eigen::VectorXd mean, Eigen::MatrixXd covariance, double log_z, Eigen::Index group_size = 1);
  const Eigen::VectorXd& mean() const { return mean_; }
  const Eigen::MatrixXd& covariance() const { return covariance_; }

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override;

 private:
  Eigen::VectorXd mean_;
  Eigen::MatrixXd covariance_, precision_;
  double log_normalizer_;
};

/// A Gaussian target with correlated coordinates and a mean off the prior's, D dimensions.
GaussianTarget correlated_gaussian(Eigen::Index dimension, double log_z = 0.0);

/// Outputs (x1, x2 + x1²/10, x3, …, and half of x1 to x3 together), with standard normal noise around 1, 2, 3, …, and a
/// prior N(0, 9 I). Outputs of every seventh sample are not known.
class BentOutputs : public PointwiseTarget, private OutputsModel {
 public:
  BentOutputs(Eigen::Index dimension, Eigen::Index group_size, bool with_jacobians = false)
      : PointwiseTarget(dimension, group_size), with_jacobians_(with_jacobians) {}
  Eigen::Index outputs() const override { return dimension() + 1; }
  const OutputsModel* outputs_model() const override { return this; }
  bool has_gradients() const override { return false; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override;

 private:
  Eigen::VectorXd simulated(const Eigen::VectorXd& x) const;
  Eigen::MatrixXd jacobian(const Eigen::VectorXd& x) const;
  Eigen::VectorXd data() const { return Eigen::VectorXd::LinSpaced(outputs(), 1.0, static_cast<double>(outputs())); }
  Eigen::Index predictor_count() const override { return outputs(); }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& given) const override {
    return given.topRows(outputs());
  }
  bool has_slopes() const override { return with_jacobians_; }
  Eigen::MatrixXd slopes(const Eigen::Ref<const Eigen::MatrixXd>& given) const override {
    return given.bottomRows(given.rows() - outputs());
  }
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& x) const override;

  bool with_jacobians_;
};

/// Another target in groups of `group_size`, with noise on every log density that depends on the sample's id and on all
/// samples of its group: it shows when a schedule changes ids or groups.
class SensitiveTarget : public Target {
 public:
  SensitiveTarget(std::shared_ptr<Target> target, Eigen::Index group_size)
      : target_(std::move(target)), group_size_(group_size) {}
  Eigen::Index dimension() const override { return target_->dimension(); }
  bool has_gradients() const override { return target_->has_gradients(); }
  Eigen::Index group_size() const override { return group_size_; }
  Eigen::Index outputs() const override { return target_->outputs(); }
  const OutputsModel* outputs_model() const override { return target_->outputs_model(); }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId> ids,
                      bool want_gradients) override;

 private:
  std::shared_ptr<Target> target_;
  Eigen::Index group_size_;
};

/// The codename SEPYFUX's options: Stein, fixed number, mixture-based, iBLR, fixed, direct, fixed.
Options sepyfux(int desired_samples, double component_stepsize, double weight_stepsize);

const Mixture<FullCovariance>& full(const Gmmvi& solver);
/// FNV-1a over the bits of all ids, log weights, means and Cholesky factors.
template <class Covariance>
std::uint64_t hash(const Mixture<Covariance>& mixture);
template <class Covariance>
bool all_finite(const Mixture<Covariance>& mixture);
std::uint64_t hash(const AnyMixture& mixture);
bool all_finite(const AnyMixture& mixture);
/// The ids of all components.
std::vector<std::uint64_t> ids(const AnyMixture& mixture);
/// A mixture of one component N(μ, Σ).
Mixture<FullCovariance> single(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance);

/// KL(N(mean, covariance) ‖ N(mean0, covariance0)).
double kl(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance, const Eigen::VectorXd& mean0,
          const Eigen::MatrixXd& covariance0);

/// All that an iteration shows which must not depend on the ranks.
struct Trace {
  std::vector<std::uint64_t> hashes;  ///< of the mixture after every iteration
  std::vector<double> numbers;        ///< all of every report but the seconds
  friend bool operator==(const Trace&, const Trace&) = default;
};
/// The report without its seconds; an absent ELBO estimate becomes the lowest double.
void append(Trace& trace, const IterationReport& report, const Gmmvi& solver);
/// `iterations` of the solver that `build` makes on `ranks`.
Trace run(const std::function<Gmmvi(const Communicator&)>& build, const Communicator& ranks, int iterations);

}  // namespace gmmvi::test

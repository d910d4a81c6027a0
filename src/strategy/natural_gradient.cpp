#include "gmmvi/strategy/natural_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <boost/math/quadrature/gauss.hpp>

#include "gmmvi/regression.hpp"

#include "core/contract.hpp"
#include "core/overloaded.hpp"
#include "math/importance_weights.hpp"
#include "strategy/boundary.hpp"
#include "strategy/gauss_newton.hpp"
#include "strategy/gradient_slopes.hpp"

namespace gmmvi::strategy {
namespace {

constexpr double negligible = 1e-20;  // of the largest weight

std::vector<Eigen::Index> intersection(const std::vector<Eigen::Index>& a, const std::vector<Eigen::Index>& b) {
  if (a == b) return a;
  std::vector<Eigen::Index> both(std::min(a.size(), b.size()));
  both.resize(static_cast<std::size_t>(std::ranges::set_intersection(a, b, both.begin()).out - both.begin()));
  return both;
}

struct WeightedSamples {
  std::vector<Eigen::Index> positions;
  Eigen::VectorXd weights;  // ω
};

// The samples at `positions` with their importance weights, but for those whose weight is exactly negligible.
WeightedSamples weigh(const std::vector<Eigen::Index>& positions, const Eigen::VectorXd& log_weights,
                      bool self_normalized) {
  const Eigen::VectorXd weights = math::importance_weights(log_weights(positions), self_normalized);
  const double threshold = weights.size() > 0 ? negligible * weights.maxCoeff<Eigen::PropagateNaN>() : 0.0;
  std::vector<Eigen::Index> kept, kept_positions;
  kept.reserve(positions.size());
  kept_positions.reserve(positions.size());
  for (Eigen::Index n = 0; n < weights.size(); ++n) {
    if (weights[n] < threshold) continue;
    kept.push_back(n);
    kept_positions.push_back(positions[static_cast<std::size_t>(n)]);
  }
  return {std::move(kept_positions), weights(kept)};
}

/// Steps that follow the rim are damped, so that they average over iterations: estimates of its force are noisy, the
/// more the more dimensions there are. Measured like `jump_at_rim` on half-lines, boxes and discs.
double damping_at_rim(Eigen::Index dimension) {
  constexpr double most = 100.0;
  return std::min(most, 2.0 * std::pow(static_cast<double>(dimension), 2.5));
}

constexpr double widest = 1e6;  // nats, that a quadratic is fitted to

/// The range of values [n] that a quadratic can be fitted to. Where a start is far too wide they may differ by 10¹⁰⁰,
/// and the fit would be to the worst samples and to rounding. Beyond millions of nats only the better half counts, with
/// some below it.
double useful_range(const Eigen::VectorXd& values) {
  constexpr double below_median = 4.0;  // times what the median is below the greatest
  if (values.size() == 0) return 0.0;
  const double greatest = values.maxCoeff();
  if (!(greatest - values.minCoeff() > widest)) return 0.0;
  Eigen::VectorXd sorted = values;
  const auto median = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), median, sorted.end());
  return std::max(widest, below_median * (greatest - *median));
}

/// Log ratios [n] in that range, made narrower, too, where it is wide: the trust region decides on the step's length.
Eigen::VectorXd within_range(Eigen::VectorXd ratios) {
  const double range = useful_range(ratios);
  if (range == 0.0) return ratios;
  return (ratios.array() - ratios.maxCoeff()).max(-range) * (widest / range);
}

/// Which of the samples lie inside [n], as 1 and 0.
Eigen::VectorXd indicator(const std::vector<Eigen::Index>& inside, const std::vector<Eigen::Index>& positions) {
  Eigen::VectorXd is_inside(static_cast<Eigen::Index>(positions.size()));
  std::ranges::transform(positions, is_inside.begin(),
                         [&](Eigen::Index n) { return std::ranges::binary_search(inside, n) ? 1.0 : 0.0; });
  return is_inside;
}

/// What the rim of the support adds: the natural gradient of J, 0 inside and −c/s outside, s the share inside, so that
/// it is that of c log s. By score-function identities over all samples, whitened: ĝ = −Σ ω (J − J̄) x̂, Ĥ = −Σ ω (J − J̄)
/// (x̂x̂ᵀ − I). Ĥ is shrunk towards a multiple of I by as much of it as is noise (Ledoit, Wolf 2004, A well-conditioned
/// estimator for large-dimensional covariance matrices): otherwise noise stretches the component over the rim.
template <class Covariance>
class ForceOfRim {
 public:
  ForceOfRim(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch, const WeightedSamples& used)
      : gradient_(Eigen::VectorXd::Zero(gaussian.dimension())), hessian_(Covariance::zero(gaussian.dimension())) {
    const Eigen::VectorXd forces = forces_on(batch, used);
    for (Eigen::Index first = 0; first < forces.size(); first += summed_samples) {
      const Eigen::Index count = std::min(summed_samples, forces.size() - first);
      const auto from = used.positions.begin() + first;
      const std::vector<Eigen::Index> block(from, from + count);
      add(gaussian.whiten(batch.samples(Eigen::all, block)), forces.segment(first, count));
    }
  }

  void add_to(NaturalGradient<Covariance>& sum) const {
    const auto d = static_cast<double>(gradient_.size());
    const double mean = trace_ / d;
    const double anisotropy = hessian_.squaredNorm() - d * mean * mean;
    const double noise = noise_ * (1.0 - 1.0 / d);
    const double shrinkage = noise < anisotropy ? noise / anisotropy : 1.0;
    sum.whitened_gradient += gradient_;
    sum.whitened_hessian += (1.0 - shrinkage) * hessian_;
    Covariance::add_identity(shrinkage * mean, sum.whitened_hessian);
    sum.damping = damping_at_rim(gradient_.size());
  }

 private:
  // −ω (J − J̄) [n].
  static Eigen::VectorXd forces_on(const EstimationBatch& batch, const WeightedSamples& used) {
    const Eigen::VectorXd is_inside = indicator(batch.inside, used.positions);
    const double sum = used.weights.sum();
    if (!(sum > 0.0)) return Eigen::VectorXd::Zero(used.weights.size());  // so far away that all weights underflow
    const double share = used.weights.dot(is_inside) / sum;
    const double jump = batch.jump / std::max(share, least_share_inside);
    return -jump * (used.weights.array() * (is_inside.array() - share));
  }

  void add(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& forces) {
    const Eigen::MatrixXd forced = whitened * forces.asDiagonal();
    gradient_ += forced.rowwise().sum();
    Covariance::add_outer_products(forced, whitened, hessian_);
    for (Eigen::Index n = 0; n < forces.size(); ++n) {
      trace_ += forces[n] * whitened.col(n).squaredNorm();
      noise_ += forces[n] * forces[n] * Covariance::squared_distance_from_identity(whitened.col(n));
    }
  }

  Eigen::VectorXd gradient_;
  typename Covariance::Symmetric hessian_;
  double trace_ = 0.0;
  double noise_ = 0.0;  // the variance of all entries of hessian_ together
};

/// ĝ = −Σ ω G, Ĥ = −sym(Σ⁻¹ Σ ω (x − μ) Gᵀ), over the samples inside the support (Stein's lemma; paper, section 3.2),
/// and the force of its rim, of which gradients say nothing. With regression from the slopes of G
/// (gradient_slopes.hpp).
template <class Covariance>
class SteinEstimator final : public NaturalGradientEstimator<Covariance> {
 public:
  explicit SteinEstimator(const SteinOptions& options) : options_(options) {}
  bool needs_gradients() const override { return true; }
  bool only_own_samples() const override { return options_.only_use_own_samples; }

  NaturalGradient<Covariance> estimate(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                       const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& positions,
                                       double /*ridge*/) const override {
    const WeightedSamples used =
        weigh(intersection(positions, batch.inside), log_weights, options_.use_self_normalized_importance_weights);
    const auto size = static_cast<Eigen::Index>(used.positions.size());
    auto estimate = options_.regression           ? by_regression(gaussian, batch, used)
                    : size < gaussian.dimension() ? of_few(gaussian, batch, used)
                                                  : of_many(gaussian, batch, used);
    if (batch.jump > 0.0)
      ForceOfRim(gaussian, batch, weigh(positions, log_weights, options_.use_self_normalized_importance_weights))
          .add_to(estimate);
    return estimate;
  }

 private:
  // Samples as the columns of products: ω (x − μ) and G, [D x n].
  class Columns {
   public:
    Columns(Eigen::Index dimension, Eigen::Index most) : residuals_(dimension, most), gradients_(dimension, most) {}

    // The used samples `first` … `first` + `count` − 1.
    void fill(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch, const WeightedSamples& used,
              Eigen::Index first, Eigen::Index count) {
      count_ = count;
      for (Eigen::Index n = 0; n < count; ++n) {
        const Eigen::Index position = used.positions[static_cast<std::size_t>(first + n)];
        residuals_.col(n) = used.weights[first + n] * (batch.samples.col(position) - gaussian.mean());
        gradients_.col(n) = batch.log_ratio_gradients.col(position);
      }
    }
    auto residuals() const { return residuals_.leftCols(count_); }
    auto gradients() const { return gradients_.leftCols(count_); }

   private:
    Eigen::MatrixXd residuals_, gradients_;
    Eigen::Index count_ = 0;
  };

  // Fewer than D: whitens the samples, and not their sum.
  static NaturalGradient<Covariance> of_few(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                            const WeightedSamples& used) {
    Columns columns(gaussian.dimension(), used.weights.size());
    columns.fill(gaussian, batch, used, 0, used.weights.size());
    return {-gaussian.covariance().whiten_gradient(columns.gradients() * used.weights),
            gaussian.covariance().whitened_stein_hessian(columns.residuals(), columns.gradients())};
  }

  // Sums up Σ ω G and Σ ω (x − μ) Gᵀ, summed_samples at a time.
  static NaturalGradient<Covariance> of_many(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                             const WeightedSamples& used) {
    const Eigen::Index d = gaussian.dimension(), size = used.weights.size();
    Eigen::VectorXd gradient = Eigen::VectorXd::Zero(d);
    typename Covariance::Symmetric outer_products = Covariance::zero(d);
    Columns columns(d, std::min(summed_samples, size));
    for (Eigen::Index first = 0; first < size; first += summed_samples) {
      const Eigen::Index count = std::min(summed_samples, size - first);
      columns.fill(gaussian, batch, used, first, count);
      gradient += columns.gradients() * used.weights.segment(first, count);
      Covariance::add_outer_products(columns.residuals(), columns.gradients(), outer_products);
    }
    return {-gaussian.covariance().whiten_gradient(gradient),
            gaussian.covariance().whitened_stein_hessian(outer_products)};
  }

  // From slopes, summed up over summed_samples at a time.
  static NaturalGradient<Covariance> by_regression(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                                   const WeightedSamples& used) {
    GradientSlopes<Covariance> slopes(gaussian.dimension());
    for (Eigen::Index first = 0; first < used.weights.size(); first += summed_samples) {
      const Eigen::Index count = std::min(summed_samples, used.weights.size() - first);
      const auto from = used.positions.begin() + first;
      const std::vector<Eigen::Index> block(from, from + count);
      Eigen::MatrixXd gradients = batch.log_ratio_gradients(Eigen::all, block);
      for (Eigen::Index n = 0; n < count; ++n)
        gradients.col(n) = gaussian.covariance().whiten_gradient(gradients.col(n));
      slopes.add(gaussian.whiten(batch.samples(Eigen::all, block)), gradients, used.weights.segment(first, count));
    }
    return slopes.natural_gradient();
  }

  SteinOptions options_;
};

/// ĝ and Ĥ of a quadratic surrogate of the log ratios, from ridge regression in the component's whitened coordinates
/// (Abdolmaleki et al. 2015; paper, section 3.2). Samples outside the support are left out, and the rim has its force.
template <class Covariance>
class MoreEstimator final : public NaturalGradientEstimator<Covariance> {
 public:
  explicit MoreEstimator(const MoreOptions& options) : options_(options) {}
  bool needs_gradients() const override { return false; }
  bool only_own_samples() const override { return options_.only_use_own_samples; }

  NaturalGradient<Covariance> estimate(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                       const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& positions,
                                       double ridge) const override {
    const bool rim = batch.jump > 0.0;
    const WeightedSamples all = weigh(positions, log_weights, options_.use_self_normalized_importance_weights);
    const WeightedSamples used =
        rim ? weigh(intersection(positions, batch.inside), log_weights, options_.use_self_normalized_importance_weights)
            : all;
    const Eigen::MatrixXd samples = batch.samples(Eigen::all, used.positions);
    const auto surrogate = QuadraticSurrogate<Covariance>::fit(
        gaussian, {samples, within_range(batch.log_ratios(used.positions)), used.weights, ridge, linear_ridge(ridge)});
    NaturalGradient<Covariance> estimate{-surrogate.whitened_gradient_at_mean(), surrogate.whitened_negated_hessian()};
    if (rim) ForceOfRim(gaussian, batch, all).add_to(estimate);
    return estimate;
  }

  double initial_ridge() const override { return options_.initial_l2_regularizer; }
  double next_ridge(double ridge, bool succeeded) const override {
    const double initial = options_.initial_l2_regularizer;
    constexpr double largest = 1e-6;  // unless the initial one is larger
    return succeeded ? std::max(0.5 * ridge, initial) : std::min(std::max(largest, initial), 10.0 * ridge);
  }

 private:
  // What refused steps have added to the ridge is added to this one, too. In this order, so that not a bit of a small
  // one is lost in a large one.
  double linear_ridge(double ridge) const {
    if (!options_.linear_l2_regularizer) return ridge;
    return *options_.linear_l2_regularizer + (ridge - options_.initial_l2_regularizer);
  }

  MoreOptions options_;
};

/// ĝ and Ĥ of a surrogate of log p̃ by way of a target's outputs (strategy/gauss_newton.hpp), and of the mixture by
/// samples that cost nothing. Samples outside the support are left out, and the rim has its force; those whose outputs
/// are not known count in the correction alone.
template <class Covariance>
class GaussNewtonEstimator final : public NaturalGradientEstimator<Covariance> {
 public:
  explicit GaussNewtonEstimator(const GaussNewtonOptions& options) : options_(options) {}
  bool needs_gradients() const override { return false; }
  bool needs_outputs() const override { return true; }
  bool only_own_samples() const override { return options_.only_use_own_samples; }

  NaturalGradient<Covariance> estimate(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                                       const Eigen::VectorXd& log_weights, const std::vector<Eigen::Index>& positions,
                                       double /*ridge*/) const override {
    GMMVI_EXPECT(batch.outputs != nullptr, "outputs");
    const bool self_normalized = options_.use_self_normalized_importance_weights;
    const WeightedSamples used = weigh(intersection(positions, batch.inside), log_weights, self_normalized);
    if (const double total = used.weights.sum(); !(total > 0.0))  // so far away that all weights underflow: no step
      return {Eigen::VectorXd::Constant(gaussian.dimension(), total), Covariance::zero(gaussian.dimension())};
    const Quadratic surrogate = surrogate_of(gaussian, batch, used);
    const Quadratic mixture = mixture_of(gaussian, *batch.outputs);
    const double temperature = batch.outputs->temperature;
    NaturalGradient<Covariance> estimate{temperature * mixture.gradient - surrogate.gradient,
                                         shaped(temperature * mixture.hessian - surrogate.hessian)};
    if (batch.jump > 0.0) {
      const WeightedSamples all = weigh(positions, log_weights, self_normalized);
      if (reaches_the_rim(batch, all)) ForceOfRim(gaussian, batch, all).add_to(estimate);
    }
    return estimate;
  }

 private:
  // Steps that follow the rim are damped: not where a first, wide batch saw it, and nothing of the component is there.
  static bool reaches_the_rim(const EstimationBatch& batch, const WeightedSamples& all) {
    constexpr double least_share = 0.02;  // so much costs 0.02 nats
    return all.weights.dot(indicator(batch.inside, all.positions)) < (1.0 - least_share) * all.weights.sum();
  }

  static constexpr double negligible_in_correction = 1e-10;  // of the largest weight
  static constexpr Features features = QuadraticSurrogate<Covariance>::features();

  // As far as the shape stores it, and symmetric in spite of rounding.
  static typename Covariance::Symmetric shaped(const Eigen::MatrixXd& hessian) {
    typename Covariance::Symmetric sum = Covariance::zero(hessian.rows());
    Covariance::add_outer_products(0.5 * (hessian + hessian.transpose()),
                                   Eigen::MatrixXd::Identity(hessian.rows(), hessian.cols()), sum);
    return sum;
  }

  // Lᵀ times every column.
  static Eigen::MatrixXd whitened_gradients(const Gaussian<Covariance>& gaussian, const Eigen::MatrixXd& gradients) {
    Eigen::MatrixXd whitened(gradients.rows(), gradients.cols());
    for (Eigen::Index n = 0; n < gradients.cols(); ++n)
      whitened.col(n) = gaussian.covariance().whiten_gradient(gradients.col(n));
    return whitened;
  }

  // What is known of a component's samples whose outputs are known.
  struct Known {
    std::vector<Eigen::Index> positions;  // in the batch
    Eigen::MatrixXd whitened;             // [D x n]
    Eigen::VectorXd weights;              // [n], sum to one, unless there are none
  };

  static Known known_of(const OutputsBatch& outputs, const WeightedSamples& used, const Eigen::MatrixXd& whitened) {
    std::vector<Eigen::Index> known, positions;
    for (std::size_t n = 0; n < used.positions.size(); ++n) {
      if (!outputs.predictors.col(used.positions[n]).allFinite()) continue;
      if (!outputs.slopes.col(used.positions[n]).allFinite()) continue;
      known.push_back(static_cast<Eigen::Index>(n));
      positions.push_back(used.positions[n]);
    }
    const Eigen::VectorXd weights = used.weights(known);
    const double total = weights.sum();
    return {std::move(positions), whitened(Eigen::all, known), total > 0.0 ? weights / total : weights};
  }

  // A surrogate of log p̃ around the component, and what it says of the samples [n], but for a constant.
  struct Surrogate {
    Quadratic quadratic;
    Eigen::VectorXd values;
  };

  Quadratic surrogate_of(const Gaussian<Covariance>& gaussian, const EstimationBatch& batch,
                         const WeightedSamples& used) const {
    const OutputsBatch& outputs = *batch.outputs;
    const Eigen::MatrixXd whitened = gaussian.whiten(batch.samples(Eigen::all, used.positions));
    const Known known = known_of(outputs, used, whitened);
    std::optional<Surrogate> by_outputs = bent(gaussian, outputs, known, used, whitened);
    if (!by_outputs)
      if (auto linearized = gauss_newton(gaussian, outputs, known)) {
        Eigen::VectorXd values = linearized->values(whitened);
        by_outputs = Surrogate{*std::move(linearized), std::move(values)};
      }
    if (by_outputs && !options_.correction) return by_outputs->quadratic;
    const Eigen::VectorXd log_densities = outputs.log_densities(used.positions);
    const auto found = correction_of(by_outputs ? log_densities - by_outputs->values : log_densities, used, whitened);
    Quadratic surrogate = by_outputs ? std::move(by_outputs->quadratic) : Quadratic::zero(gaussian.dimension());
    if (!found || (by_outputs && !found->predicts())) return surrogate;
    surrogate.gradient += found->quadratic.gradient;
    surrogate.hessian += found->quadratic.hessian;
    return surrogate;
  }

  // None where no outputs are known, or nothing is at the mean.
  std::optional<Quadratic> gauss_newton(const Gaussian<Covariance>& gaussian, const OutputsBatch& outputs,
                                        const Known& known) const {
    if (!(known.weights.sum() > 0.0)) return std::nullopt;
    const auto [at_mean, slope] = linear(gaussian, outputs, known.positions, known.whitened, known.weights);
    const auto expansion = outputs.model.expansion(at_mean, gaussian.mean());
    if (!expansion) return std::nullopt;
    return whitened_expansion(gaussian, *expansion, slope);
  }

  // By predictors that are quadratic: expectations of the gradient and of the Hessian of the log density that they
  // make, whatever that is a function of. Values by its integral, where a sample counts. None where linear predictors
  // do as well, or too much is outside of the support.
  std::optional<Surrogate> bent(const Gaussian<Covariance>& gaussian, const OutputsBatch& outputs, const Known& known,
                                const WeightedSamples& used, const Eigen::MatrixXd& whitened) const {
    const bool by_jacobians = outputs.slopes.rows() > 0 && options_.use_jacobians;
    if (!options_.quadratic_outputs || by_jacobians || !(known.weights.sum() > 0.0)) return std::nullopt;
    const Eigen::MatrixXd predictors = outputs.predictors(Eigen::all, known.positions);
    const auto at_mean = outputs.model.expansion(predictors * known.weights, gaussian.mean());
    if (!at_mean) return std::nullopt;
    const auto found = quadratic_predictors(known.whitened, known.weights, predictors, at_mean->information,
                                            options_.linear_l2_regularizer);
    if (!found) return std::nullopt;
    const auto gradient = [&](const Eigen::VectorXd& at) { return gradient_at(gaussian, outputs.model, *found, at); };
    auto expected = expectation(gradient, outputs.normals);
    if (!expected) return std::nullopt;
    Eigen::VectorXd values = expected->values(whitened);
    Surrogate surrogate{*std::move(expected), std::move(values)};
    if (!options_.correction) return surrogate;
    const double threshold = negligible_in_correction * used.weights.maxCoeff();
    for (Eigen::Index n = 0; n < whitened.cols(); ++n)
      if (used.weights[n] >= threshold) surrogate.values[n] = rise(gradient, whitened.col(n));
    if (!surrogate.values.allFinite()) return std::nullopt;
    return surrogate;
  }

  // Of the log density, by x̂ [D]. None outside of the support.
  static std::optional<Eigen::VectorXd> gradient_at(const Gaussian<Covariance>& gaussian, const OutputsModel& model,
                                                    const QuadraticPredictors& predictors,
                                                    const Eigen::VectorXd& whitened) {
    const auto expansion =
        model.expansion(predictors.at(whitened), gaussian.mean() + gaussian.covariance().color(whitened));
    if (!expansion) return std::nullopt;
    Eigen::VectorXd by_x = expansion->prior_gradient;
    if (expansion->by_noise.size() > 0) by_x += expansion->by_noise;
    Eigen::VectorXd sum =
        gaussian.covariance().whiten_gradient(by_x) + predictors.gradient(whitened, expansion->by_predictors);
    if (!sum.allFinite()) return std::nullopt;
    return sum;
  }

  // E u and sym E x̂uᵀ of gradients u, over pairs x̂ = ±z: by Stein's lemma the expectations of gradient and Hessian.
  template <class Gradient>
  static std::optional<Quadratic> expectation(const Gradient& gradient, const Eigen::MatrixXd& normals) {
    constexpr double enough = 0.9;  // of the pairs
    Quadratic sum = Quadratic::zero(normals.rows());
    Eigen::Index pairs = 0;
    for (const auto& z : normals.colwise()) {
      const auto ahead = gradient(z), behind = gradient(-z);
      if (!ahead || !behind) continue;
      ++pairs;
      sum.gradient += *ahead + *behind;
      sum.hessian += z * (*ahead - *behind).transpose();
    }
    if (pairs == 0 || static_cast<double>(pairs) < enough * static_cast<double>(normals.cols())) return std::nullopt;
    const auto count = static_cast<double>(2 * pairs);
    return Quadratic{sum.gradient / count, (sum.hessian + sum.hessian.transpose()) / (2.0 * count)};
  }

  // From the mean to x̂, along the straight line. NaN where that leaves the support.
  template <class Gradient>
  static double rise(const Gradient& gradient, const Eigen::VectorXd& whitened) {
    return boost::math::quadrature::gauss<double, 5>::integrate(
        [&](double share) {
          const auto u = gradient(share * whitened);
          return u ? u->dot(whitened) : std::numeric_limits<double>::quiet_NaN();
        },
        0.0, 1.0);
  }

  // Of samples at `positions` [n], whose whitened places are [D x n].
  LinearPredictors linear(const Gaussian<Covariance>& gaussian, const OutputsBatch& outputs,
                          const std::vector<Eigen::Index>& positions, const Eigen::MatrixXd& whitened,
                          const Eigen::VectorXd& weights) const {
    const Eigen::MatrixXd predictors = outputs.predictors(Eigen::all, positions);
    if (outputs.slopes.rows() == 0 || !options_.use_jacobians)
      return linear_predictors(whitened, weights, predictors, options_.linear_l2_regularizer);
    const Eigen::VectorXd mean_slope = outputs.slopes(Eigen::all, positions) * weights;
    const Eigen::MatrixXd by_x = mean_slope.reshaped(predictors.rows(), whitened.rows());
    return linear_predictors(whitened, weights, predictors, whitened_gradients(gaussian, by_x.transpose()).transpose());
  }

  // The slope is whitened already.
  static std::optional<Quadratic> whitened_expansion(const Gaussian<Covariance>& gaussian, OutputsExpansion expansion,
                                                     const Eigen::MatrixXd& slope) {
    const auto whiten = [&](Eigen::MatrixXd& hessian) {
      hessian = whitened_gradients(gaussian, whitened_gradients(gaussian, hessian).transpose());
    };
    expansion.prior_gradient = gaussian.covariance().whiten_gradient(expansion.prior_gradient);
    whiten(expansion.prior_hessian);
    if (expansion.by_noise.size() > 0) {
      expansion.by_noise = gaussian.covariance().whiten_gradient(expansion.by_noise);
      whiten(expansion.noise_information);
      expansion.mixed_information = whitened_gradients(gaussian, expansion.mixed_information.transpose()).transpose();
    }
    Quadratic quadratic{expansion.gradient(slope), expansion.hessian(slope)};
    if (!quadratic.gradient.allFinite() || !quadratic.hessian.allFinite()) return std::nullopt;
    return quadratic;
  }

  // Of what the surrogate leaves of log p̃ [n].
  static std::optional<Correction> correction_of(Eigen::VectorXd rest, const WeightedSamples& used,
                                                 const Eigen::MatrixXd& whitened) {
    const double threshold = negligible_in_correction * used.weights.maxCoeff();
    if (const double range = useful_range(rest); range > 0.0) rest = rest.cwiseMax(rest.maxCoeff() - range);
    std::vector<Eigen::Index> kept;
    for (Eigen::Index n = 0; n < rest.size(); ++n)
      if (used.weights[n] >= threshold) kept.push_back(n);
    Eigen::VectorXd weights = used.weights(kept);
    weights /= weights.sum();
    const auto f = static_cast<double>(feature_count(features, whitened.rows()));
    return correction(features, whitened(Eigen::all, kept), weights, rest(kept), f * weights.squaredNorm());
  }

  // E∇log q and E∇²log q under the component, whitened, from pairs x̂ = ±z. With u = Lᵀ∇log q + x̂, which is 0 where q is
  // the component itself, they are E u and −I + sym E x̂uᵀ (Stein's lemma).
  static Quadratic mixture_of(const Gaussian<Covariance>& gaussian, const OutputsBatch& outputs) {
    const Eigen::Index d = gaussian.dimension();
    Quadratic mixture = Quadratic::zero(d);
    mixture.hessian.diagonal().setConstant(-1.0);
    if (!outputs.mixture_gradients) return mixture;
    const Eigen::Index pairs = outputs.normals.cols();
    Eigen::MatrixXd whitened(d, 2 * pairs);
    whitened << outputs.normals, -outputs.normals;
    Eigen::MatrixXd samples(d, 2 * pairs);
    for (Eigen::Index n = 0; n < samples.cols(); ++n)
      samples.col(n) = gaussian.mean() + gaussian.covariance().color(Eigen::VectorXd(whitened.col(n)));
    const Eigen::MatrixXd u = whitened_gradients(gaussian, outputs.mixture_gradients(samples)) + whitened;
    const Eigen::MatrixXd products = whitened * u.transpose() / static_cast<double>(2 * pairs);
    mixture.gradient = u.rowwise().mean();
    mixture.hessian += 0.5 * (products + products.transpose());
    return mixture;
  }

  GaussNewtonOptions options_;
};

}  // namespace

template <class Covariance>
std::unique_ptr<NaturalGradientEstimator<Covariance>> NaturalGradientEstimator<Covariance>::make(
    const NaturalGradientOptions& options) {
  using Made = std::unique_ptr<NaturalGradientEstimator<Covariance>>;
  return std::visit(
      core::Overloaded{
          [](const SteinOptions& stein) -> Made { return std::make_unique<SteinEstimator<Covariance>>(stein); },
          [](const MoreOptions& more) -> Made { return std::make_unique<MoreEstimator<Covariance>>(more); },
          [](const GaussNewtonOptions& o) -> Made { return std::make_unique<GaussNewtonEstimator<Covariance>>(o); },
      },
      options);
}

template class NaturalGradientEstimator<FullCovariance>;
template class NaturalGradientEstimator<DiagonalCovariance>;

}  // namespace gmmvi::strategy

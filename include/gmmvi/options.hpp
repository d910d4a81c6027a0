#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "gmmvi/eigen.hpp"
#include "gmmvi/evaluation_options.hpp"

namespace gmmvi {

/// A number for every dimension, or D numbers.
using PerDimension = std::vector<double>;

/// A number of samples, or a multiple of the number of dimensions D.
class SampleCount {
 public:
  SampleCount(int count) : count_(count) {}  // NOLINT(google-explicit-constructor): a number is one
  /// `factor` > 0.
  static SampleCount times_dimension(double factor) {
    SampleCount samples(0);
    samples.factor_ = factor;
    return samples;
  }

  /// In D dimensions: the number, or max(least, ⌈factor · D⌉).
  std::int64_t in(Eigen::Index dimension, int least = 10) const {
    constexpr double most = 1e9, rounding = 1.0 - 1e-12;  // 1.1 · 50 is 55, not a little more
    if (!factor_) return count_;
    const double samples = std::ceil(*factor_ * static_cast<double>(dimension) * rounding);
    return static_cast<std::int64_t>(std::clamp(samples, static_cast<double>(least), most));
  }
  /// The number; 0 for a multiple of the dimension.
  int count() const { return count_; }
  /// Of the dimension; none for a number.
  std::optional<double> factor() const { return factor_; }
  friend bool operator==(const SampleCount&, const SampleCount&) = default;

 private:
  int count_;
  std::optional<double> factor_;
};

/// How the first mixture is made: means ~ N(prior_mean, diag(prior_scale²)), covariances diag(initial_cov).
struct ModelInitialization {
  bool use_diagonal_covs = false;
  int num_initial_components = 1;                ///< >= 1
  PerDimension prior_mean = {0.0};               ///< length 1 or D
  PerDimension prior_scale = {1.0};              ///< > 0; standard deviations
  std::optional<PerDimension> initial_cov = {};  ///< > 0; variances; absent: prior_scale²
  bool has_prior = true;                         ///< false (`initial_cov: null`): the adapter has no prior to go by
};

// The seven families. Each closed set of options is a variant, so that a missing case does not compile.

/// S: first order, from gradients of the target (paper, section 3.2).
struct SteinOptions {
  bool only_use_own_samples = false;
  bool use_self_normalized_importance_weights = true;
  bool regression = false;  ///< whether the Hessian is that of a linear function fitted to the gradients
};
/// Z: zero order, from a quadratic surrogate of the log ratios (MORE, Abdolmaleki et al. 2015).
struct MoreOptions {
  bool only_use_own_samples = false;
  bool use_self_normalized_importance_weights = true;
  double initial_l2_regularizer = 1e-12;  ///< >= 0; the ridge that every component starts with, and its least
  /// >= 0; the ridge of the features of first order; absent: initial_l2_regularizer
  std::optional<double> linear_l2_regularizer = {};
};
/// L: zero order, from a linear surrogate of a simulator's outputs, whose likelihood and prior are known
/// (Gauss-Newton); and a quadratic surrogate of what that leaves. Where the simulator gives the outputs' Jacobians, the
/// linear surrogate has their mean instead of a regression.
struct GaussNewtonOptions {
  bool only_use_own_samples = false;
  bool use_self_normalized_importance_weights = true;
  double linear_l2_regularizer = 0.01;  ///< > 0; the ridge of the outputs' surrogates, in whitened coordinates
  bool correction = true;               ///< whether what they leave is looked at
  bool use_jacobians = true;            ///< whether a simulator that has gradients is asked for those of its outputs
  /// Whether the surrogates are quadratic where there are samples enough for it, and it says more of samples that are
  /// left out.
  bool quadratic_outputs = false;
};
using NaturalGradientOptions = std::variant<SteinOptions, MoreOptions, GaussNewtonOptions>;

/// A: adds and deletes components (VIPS).
struct AdaptiveComponentsOptions {
  /// What a new component starts with: a round covariance by the entropies of the others and of the prior; or that of
  /// the components about it, where it is in their reach.
  enum class InitialCovariance { entropy, neighbourhood };
  /// When a component is added: after every add_iters iterations; or where it is needed: once the ELBO estimate does
  /// not grow any more, where the target has mass that the mixture lacks. Other modes are looked for after five
  /// iterations already, as soon as two are known.
  enum class Additions { regular, needed };
  int del_iters = 100;                                                                 ///< >= 3
  int add_iters = 30;                                                                  ///< >= 1
  int max_components = 1000;                                                           ///< >= 1
  std::vector<double> thresholds_for_add_heuristic = {5000, 1000, 500, 200, 100, 50};  ///< > 0, not empty
  double min_weight_for_del_heuristic = 1e-6;                                          ///< in [0, 1]
  std::int64_t num_database_samples = 100000;                                          ///< >= 0
  std::int64_t num_prior_samples = 0;  ///< >= 0; > 0 if there are no database samples
  /// >= 0; after every component that is added by a threshold so many by one that depends on the dimension: where the
  /// mixture's samples get few.
  int nearby_additions = 0;
  InitialCovariance initial_covariance = InitialCovariance::entropy;
  double initial_weight = 1e-29;  ///< in (0, 1); of components that start with the covariance of their neighbourhood
  Additions additions = Additions::regular;
};
/// E: the number of components stays.
struct FixedComponentsOptions {};
using ComponentAdapterOptions = std::variant<AdaptiveComponentsOptions, FixedComponentsOptions>;

/// M: every component gets the samples that it lacks (VIPS).
struct ComponentBasedSelectionOptions {
  SampleCount desired_samples_per_component = 100;  ///< >= 1
  double ratio_reused_samples_to_desired = 2.0;     ///< >= 0
  /// In [0, 1): components of less weight get no new samples, but for their first updates, or where more weight would
  /// pay and it is their turn. They learn from the samples of others; where these say nothing of them, they stay as
  /// they are. Greater than 0: many first components share the samples that one wants, two each at least.
  double negligible_weight = 0.0;
  /// In [0, 1]; what components have of a wide batch (EvaluationOptions::parallel) is in proportion to their weights to
  /// this power. 0: they have as much.
  double weight_exponent = 0.0;
  /// In (0, 1]; of the desired samples, those that a component without weight gets in an iteration at most.
  double share_of_light_components = 1.0;
  int least_desired_samples = 10;  ///< >= 1; where the desired ones are a multiple of the dimension
  /// >= 1; from a new sample of a component that has twice as many effective samples as it wants to its next, in
  /// iterations. Such a component learns from those that it has, which costs nothing.
  int sample_iters = 1;
};
/// P: the mixture gets the samples that it lacks (Lin et al.).
struct MixtureBasedSelectionOptions {
  SampleCount desired_samples_per_component = 100;  ///< >= 1
  double ratio_reused_samples_to_desired = 0.0;     ///< >= 0
  int least_desired_samples = 10;                   ///< >= 1; where the desired ones are a multiple of the dimension
};
using SampleSelectorOptions = std::variant<ComponentBasedSelectionOptions, MixtureBasedSelectionOptions>;

/// T: the largest natural-gradient step whose KL divergence from the old component is within the stepsize.
struct TrustRegionUpdateOptions {
  /// >= 1; no step is longer than 1 / damping of the full natural-gradient step: η >= damping · β. Averages out noise
  /// where the stepsize does not bind.
  double damping = 1.0;
};
/// Y: improved Bayesian learning rule (Lin, Schmidt, Khan 2020).
struct IblrUpdateOptions {};
/// I: the plain natural-gradient step.
struct DirectUpdateOptions {};
using ComponentUpdaterOptions = std::variant<TrustRegionUpdateOptions, IblrUpdateOptions, DirectUpdateOptions>;

/// R, N: grows while the reward does.
struct ImprovementBasedStepsizeOptions {
  double initial_stepsize = 1.0;      ///< >= 0
  double min_stepsize = 0.001;        ///< > 0
  double max_stepsize = 1.0;          ///< >= min_stepsize
  double stepsize_inc_factor = 1.15;  ///< >= 1
  double stepsize_dec_factor = 0.85;  ///< in (0, 1]

  bool bounds_are_ordered() const { return min_stepsize <= max_stepsize; }
};
/// D, G: initial / (1 + t^annealing_exponent).
struct DecayingStepsizeOptions {
  double initial_stepsize = 1.0;     ///< >= 0
  double annealing_exponent = 0.55;  ///< > 0
};
/// F, X: always the same; 0 freezes.
struct FixedStepsizeOptions {
  double initial_stepsize = 1.0;  ///< >= 0
};
/// C: grows while fresh samples show what the steps promised, shrinks where they do not. Stepsizes are nats for trust
/// regions, and multiples of the full step for the others, where configurations begin with a max_stepsize of 1.
struct PredictedImprovementStepsizeOptions {
  double initial_stepsize = 0.2;  ///< >= 0
  double min_stepsize = 0.01;     ///< > 0
  double max_stepsize = 5.0;      ///< >= min_stepsize

  bool bounds_are_ordered() const { return min_stepsize <= max_stepsize; }
};
using ComponentStepsizeOptions = std::variant<ImprovementBasedStepsizeOptions, DecayingStepsizeOptions,
                                              FixedStepsizeOptions, PredictedImprovementStepsizeOptions>;
using WeightStepsizeOptions =
    std::variant<ImprovementBasedStepsizeOptions, DecayingStepsizeOptions, FixedStepsizeOptions>;
/// What configurations begin with where it is not the default of the type: F, C without a trust region, and N.
inline constexpr FixedStepsizeOptions fixed_component_stepsize = {.initial_stepsize = 1e-5};
inline constexpr PredictedImprovementStepsizeOptions predicted_improvement_of_lengths = {.max_stepsize = 1.0};
inline constexpr ImprovementBasedStepsizeOptions improvement_based_weight_stepsize = {.min_stepsize = 0.0001};

/// O: the largest step of the weights whose KL divergence is within the stepsize.
struct TrustRegionWeightOptions {
  bool use_self_normalized_importance_weights = true;
};
/// U: log w + (stepsize / temperature) · expected log ratio.
struct DirectWeightOptions {
  bool use_self_normalized_importance_weights = true;
};
using WeightUpdaterOptions = std::variant<TrustRegionWeightOptions, DirectWeightOptions>;

/// All that decides the sequence of mixtures, and how the target is evaluated on the way. SAMTRON with the reference's
/// defaults unless said otherwise.
struct Options {
  /// Those of a preset (`expensive`, `expensive_without_gradients`, `expensive_with_outputs`, or the path of a YAML
  /// file), for a target of that many parameters; for what it leaves open those above. Throws Error (configuration)
  /// where it cannot be read.
  static Options preset(const std::string& name, Eigen::Index dimension);

  std::uint64_t seed = 0;
  double temperature = 1.0;  ///< β > 0
  bool use_sample_database = true;
  std::optional<std::int64_t> max_database_size = 10000000;  ///< >= 1; absent: unlimited
  ModelInitialization model_initialization;
  NaturalGradientOptions natural_gradient = SteinOptions{};
  ComponentAdapterOptions component_adapter = AdaptiveComponentsOptions{};
  SampleSelectorOptions sample_selector = ComponentBasedSelectionOptions{};
  ComponentUpdaterOptions component_updater = TrustRegionUpdateOptions{};
  ComponentStepsizeOptions component_stepsize = ImprovementBasedStepsizeOptions{};
  WeightUpdaterOptions weight_updater = TrustRegionWeightOptions{};
  WeightStepsizeOptions weight_stepsize = improvement_based_weight_stepsize;
  EvaluationOptions evaluation;
};

}  // namespace gmmvi

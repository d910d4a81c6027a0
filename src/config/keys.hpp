#pragma once

#include <array>
#include <string_view>

#include "gmmvi/options.hpp"

#include "config/codename.hpp"
#include "config/range.hpp"
#include "runner/options.hpp"
#include "target/options.hpp"

// Every key once, with its type and range. `Visitor` is a Section, which fills the options, or a Writer, which prints
// them.

namespace gmmvi::config {

template <class Visitor>
void keys(Visitor& v, Options& o) {
  v.integer("seed", o.seed, at_least(0));
  v.number("temperature", o.temperature, greater_than(0));
  v.boolean("use_sample_database", o.use_sample_database);
  v.integer("max_database_size", o.max_database_size, at_least(1));
}

template <class Visitor>
void keys(Visitor& v, ModelInitialization& o) {
  v.boolean("use_diagonal_covs", o.use_diagonal_covs);
  v.integer("num_initial_components", o.num_initial_components, at_least(1));
  v.per_dimension("prior_mean", o.prior_mean, anything());
  v.per_dimension("prior_scale", o.prior_scale, greater_than(0));
  v.per_dimension("initial_cov", o.initial_cov, o.has_prior, greater_than(0));
}

template <class Visitor>
void keys(Visitor& v, SteinOptions& o) {
  v.boolean("only_use_own_samples", o.only_use_own_samples);
  v.boolean("use_self_normalized_importance_weights", o.use_self_normalized_importance_weights);
}
template <class Visitor>
void keys(Visitor& v, MoreOptions& o) {
  v.boolean("only_use_own_samples", o.only_use_own_samples);
  v.boolean("use_self_normalized_importance_weights", o.use_self_normalized_importance_weights);
  v.number("initial_l2_regularizer", o.initial_l2_regularizer, at_least(0));
}

template <class Visitor>
void keys(Visitor& v, AdaptiveComponentsOptions& o) {
  v.integer("del_iters", o.del_iters, at_least(3));
  v.integer("add_iters", o.add_iters, at_least(1));
  v.integer("max_components", o.max_components, at_least(1));
  v.numbers("thresholds_for_add_heuristic", o.thresholds_for_add_heuristic, greater_than(0));
  v.number("min_weight_for_del_heuristic", o.min_weight_for_del_heuristic, between(0, 1));
  v.integer("num_database_samples", o.num_database_samples, at_least(0));
  v.integer("num_prior_samples", o.num_prior_samples, at_least(0));
}
template <class Visitor>
void keys(Visitor&, FixedComponentsOptions&) {}

template <class Visitor, class Selection>
void selection_keys(Visitor& v, Selection& o) {
  v.integer("desired_samples_per_component", o.desired_samples_per_component, at_least(1));
  v.number("ratio_reused_samples_to_desired", o.ratio_reused_samples_to_desired, at_least(0));
}
template <class Visitor>
void keys(Visitor& v, ComponentBasedSelectionOptions& o) {
  selection_keys(v, o);
}
template <class Visitor>
void keys(Visitor& v, MixtureBasedSelectionOptions& o) {
  selection_keys(v, o);
}

template <class Visitor>
void keys(Visitor& v, TrustRegionUpdateOptions& o) {
  v.number("damping", o.damping, at_least(1));
}
template <class Visitor>
void keys(Visitor&, IblrUpdateOptions&) {}
template <class Visitor>
void keys(Visitor&, DirectUpdateOptions&) {}

template <class Visitor>
void keys(Visitor& v, ImprovementBasedStepsizeOptions& o) {
  v.number("initial_stepsize", o.initial_stepsize, at_least(0));
  v.number("min_stepsize", o.min_stepsize, greater_than(0));
  v.number("max_stepsize", o.max_stepsize, greater_than(0));
  v.number("stepsize_inc_factor", o.stepsize_inc_factor, at_least(1));
  v.number("stepsize_dec_factor", o.stepsize_dec_factor, greater_than_up_to(0, 1));
}
template <class Visitor>
void keys(Visitor& v, DecayingStepsizeOptions& o) {
  v.number("initial_stepsize", o.initial_stepsize, at_least(0));
  v.number("annealing_exponent", o.annealing_exponent, greater_than(0));
}
template <class Visitor>
void keys(Visitor& v, FixedStepsizeOptions& o) {
  v.number("initial_stepsize", o.initial_stepsize, at_least(0));
}

template <class Visitor>
void keys(Visitor& v, TrustRegionWeightOptions& o) {
  v.boolean("use_self_normalized_importance_weights", o.use_self_normalized_importance_weights);
}
template <class Visitor>
void keys(Visitor& v, DirectWeightOptions& o) {
  v.boolean("use_self_normalized_importance_weights", o.use_self_normalized_importance_weights);
}

/// Calls visit(family, its variant) for all seven.
template <class Visit>
void for_each_family(Options& o, Visit visit) {
  const std::array<Family, 7>& all = families();
  visit(all[0], o.natural_gradient);
  visit(all[1], o.component_adapter);
  visit(all[2], o.sample_selector);
  visit(all[3], o.component_updater);
  visit(all[4], o.component_stepsize);
  visit(all[5], o.weight_updater);
  visit(all[6], o.weight_stepsize);
}

/// `target.type`, in the order of TargetOptions.
inline constexpr std::array<std::string_view, 2> target_types = {"logistic_regression", "random_gaussian_mixture"};

template <class Visitor>
void keys(Visitor& v, target::LogisticRegressionOptions& o) {
  v.input_file("data", o.data);
  v.number("prior_std", o.prior_std, greater_than(0));
}
template <class Visitor>
void keys(Visitor& v, target::RandomGaussianMixtureOptions& o) {
  v.integer("num_dimensions", o.dimension, at_least(1));
}

/// The sections `gmmvi_runner_config`, `run` and `output`.
template <class Visitor>
void sections(Visitor& v, runner::RunOptions& run, runner::OutputOptions& output) {
  v.section("gmmvi_runner_config",
            [&](auto& s) { s.integer("log_metrics_interval", run.log_metrics_interval, at_least(1)); });
  v.section("run", [&](auto& s) {
    s.integer("iterations", run.iterations, at_least(0));
    s.integer("max_evaluations", run.max_evaluations, at_least(1));
    s.number("max_seconds", run.max_seconds, greater_than(0));
    s.integer("metrics_samples", run.metrics_samples, at_least(0));
  });
  v.section("output", [&](auto& s) { s.text("directory", output.directory); });
}

}  // namespace gmmvi::config

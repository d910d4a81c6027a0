#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "gmmvi/options.hpp"

#include "config/alternative.hpp"
#include "config/range.hpp"
#include "config/word.hpp"
#include "runner/options.hpp"
#include "target/options.hpp"

// Every key once, with its type, its range and what it means (with its unit). `Visitor` is a Section, which fills the
// options, or a Writer, which prints them, with comments if wanted.

namespace gmmvi::config {

template <class Visitor>
void keys(Visitor& v, Options& o) {
  v.integer("seed", o.seed, at_least(0), "seed of all random numbers");
  v.number("temperature", o.temperature, greater_than(0),
           "β of E[log p] + β · entropy: 1 fits the target itself, more spreads the mixture");
  v.boolean("use_sample_database", o.use_sample_database,
            "whether samples are kept for later iterations and new components; false: the newest batch only");
  v.integer("max_database_size", o.max_database_size, between(1, 1e15),
            "samples; every second one is deleted where there would be more; null: no limit");
}

template <class Visitor>
void keys(Visitor& v, ModelInitialization& o) {
  v.boolean("use_diagonal_covs", o.use_diagonal_covs, "whether covariances are diagonal; false: full");
  v.integer("num_initial_components", o.num_initial_components, count_from(1), "components of the first mixture");
  v.per_dimension("prior_mean", o.prior_mean, anything(),
                  "where initial means are drawn around; one is put right there");
  v.per_dimension("prior_scale", o.prior_scale, greater_than(0), "standard deviation of the initial means");
  v.per_dimension("initial_cov", o.initial_cov, o.has_prior, greater_than(0),
                  "initial variances; left out: prior_scale²; null: that, but no prior");
}

/// In the section of ModelInitialization.
template <class Visitor>
void initial_model_key(Visitor& v, std::string& path) {
  v.optional_input_file("model", path, "a model.nc to start from; then only the prior is taken from this section");
}

template <class Visitor>
void self_normalization(Visitor& v, bool& self_normalized) {
  v.boolean("use_self_normalized_importance_weights", self_normalized,
            "whether importance weights are divided by their sum; false: by the number of samples");
}

template <class Visitor, class Estimation>
void estimation_keys(Visitor& v, Estimation& o) {
  v.boolean("only_use_own_samples", o.only_use_own_samples,
            "whether a component learns only from its own samples of the iteration, not from all");
  self_normalization(v, o.use_self_normalized_importance_weights);
}
template <class Visitor>
void keys(Visitor& v, SteinOptions& o) {
  estimation_keys(v, o);
  v.boolean("regression", o.regression,
            "whether Hessians are slopes of a ridge regression of the gradients: less noise from few samples");
}
template <class Visitor>
void keys(Visitor& v, MoreOptions& o) {
  estimation_keys(v, o);
  v.number("initial_l2_regularizer", o.initial_l2_regularizer, at_least(0),
           "the ridge that a component's regression starts with, and the least that it has later");
  v.number("linear_l2_regularizer", o.linear_l2_regularizer, at_least(0),
           "ridge of the linear features; null: initial_l2_regularizer");
}

template <class Visitor>
void keys(Visitor& v, GaussNewtonOptions& o) {
  estimation_keys(v, o);
  v.number("linear_l2_regularizer", o.linear_l2_regularizer, greater_than(0),
           "the ridge of the outputs' linear surrogates, in whitened coordinates");
  v.boolean("correction", o.correction,
            "whether a quadratic surrogate of what these leave of the log density is added where it predicts");
  v.boolean("use_jacobians", o.use_jacobians,
            "whether a simulator that gives the Jacobian of its outputs (target.gradients) is asked for it, which then "
            "takes the place of the regression");
  v.boolean("quadratic_outputs", o.quadratic_outputs,
            "whether outputs' surrogates are quadratic where there are samples enough and that predicts better");
}

using InitialCovariance = AdaptiveComponentsOptions::InitialCovariance;
inline constexpr std::array<Word<InitialCovariance>, 2> initial_covariance_words = {
    {{InitialCovariance::entropy, "entropy"}, {InitialCovariance::neighbourhood, "neighbourhood"}}};
using Additions = AdaptiveComponentsOptions::Additions;
inline constexpr std::array<Word<Additions>, 2> additions_words = {
    {{Additions::regular, "regular"}, {Additions::needed, "needed"}}};

template <class Visitor>
void keys(Visitor& v, AdaptiveComponentsOptions& o) {
  v.integer("del_iters", o.del_iters, count_from(3),
            "iterations over which progress is measured; younger than 5/3 of them, none is deleted");
  v.integer("add_iters", o.add_iters, count_from(1), "iterations from one new component to the next");
  v.integer("max_components", o.max_components, count_from(1), "components from which on none is added");
  v.numbers("thresholds_for_add_heuristic", o.thresholds_for_add_heuristic, greater_than(0),
            "how far below its peak the mixture's log density is cut off, in nats, in turn");
  v.number("min_weight_for_del_heuristic", o.min_weight_for_del_heuristic, between(0, 1),
           "components stay that had this weight, or rewards for it, in that time");
  v.integer("num_database_samples", o.num_database_samples, count_from(0),
            "samples of the database among which the mean of a new component is chosen");
  v.integer("num_prior_samples", o.num_prior_samples, count_from(0),
            "fresh samples of the prior among which it is chosen, too; each costs an evaluation");
  v.integer("nearby_additions", o.nearby_additions, count_from(0),
            "components that are added where the mixture's samples get few, after each that is by a threshold");
  v.choice("initial_covariance", o.initial_covariance, initial_covariance_words,
           "of a new component: round, by the entropies of the others and the prior, or that of those about it");
  v.number("initial_weight", o.initial_weight, between(1e-30, 0.5),
           "of a component that starts with the covariance of its neighbourhood");
  v.choice("additions", o.additions, additions_words,
           "when components are added: after every add_iters iterations, or only where they are needed: when the ELBO "
           "estimate does not grow any more, and sooner where there are several modes");
}
template <class Visitor>
void keys(Visitor&, FixedComponentsOptions&) {}

template <class Visitor, class Selection>
void selection_keys(Visitor& v, Selection& o, const char* desired) {
  v.sample_count("desired_samples_per_component", o.desired_samples_per_component, desired);
  v.number("ratio_reused_samples_to_desired", o.ratio_reused_samples_to_desired, between(0, 1e6),
           "samples of earlier iterations that are used again, in multiples of the desired ones");
}
template <class Visitor, class Selection>
void least_desired_samples(Visitor& v, Selection& o) {
  v.integer("least_desired_samples", o.least_desired_samples, count_from(1),
            "desired samples at least, where they are a multiple of the dimensions");
}
template <class Visitor>
void keys(Visitor& v, ComponentBasedSelectionOptions& o) {
  selection_keys(v, o, "effective samples that every component gets, reused ones included");
  v.number("negligible_weight", o.negligible_weight, between(0, 1),
           "components of less get no new samples, but for their first updates, or where more weight would pay");
  v.number("weight_exponent", o.weight_exponent, between(0, 1),
           "wide batches (evaluation.parallel) are shared out by weights to this power; 0: equally");
  v.number("share_of_light_components", o.share_of_light_components, greater_than_up_to(0, 1),
           "at most this part of the desired samples is new in an iteration for a component without weight");
  v.integer("sample_iters", o.sample_iters, count_from(1),
            "iterations from one new sample to the next of a component that has twice the desired effective ones");
  least_desired_samples(v, o);
}
template <class Visitor>
void keys(Visitor& v, MixtureBasedSelectionOptions& o) {
  selection_keys(v, o, "effective samples that the whole mixture gets, reused ones included");
  least_desired_samples(v, o);
}

template <class Visitor>
void keys(Visitor& v, TrustRegionUpdateOptions& o) {
  v.number("damping", o.damping, at_least(1),
           "no step is longer than 1/damping of the full one: averages out noise of small batches");
}
template <class Visitor>
void keys(Visitor&, IblrUpdateOptions&) {}
template <class Visitor>
void keys(Visitor&, DirectUpdateOptions&) {}

template <class Visitor>
void initial_stepsize(Visitor& v, double& stepsize) {
  v.number("initial_stepsize", stepsize, at_least(0),
           "the first stepsize: a KL bound in nats (trust-region), or a length (others); 0 freezes");
}
template <class Visitor>
void keys(Visitor& v, ImprovementBasedStepsizeOptions& o) {
  initial_stepsize(v, o.initial_stepsize);
  v.number("min_stepsize", o.min_stepsize, greater_than(0), "the stepsize never shrinks below");
  v.number("max_stepsize", o.max_stepsize, greater_than(0),
           "the stepsize never grows above, but see evaluation.parallel; at least min_stepsize");
  v.number("stepsize_inc_factor", o.stepsize_inc_factor, at_least(1), "the stepsize times this after an improvement");
  v.number("stepsize_dec_factor", o.stepsize_dec_factor, greater_than_up_to(0, 1), "the stepsize times this otherwise");
}
template <class Visitor>
void keys(Visitor& v, DecayingStepsizeOptions& o) {
  initial_stepsize(v, o.initial_stepsize);
  v.number_or_empty("annealing_exponent", o.annealing_exponent, greater_than(0),
                    "the stepsize after t updates is initial_stepsize / (1 + t^annealing_exponent)");
}
template <class Visitor>
void keys(Visitor& v, PredictedImprovementStepsizeOptions& o) {
  initial_stepsize(v, o.initial_stepsize);
  v.number("min_stepsize", o.min_stepsize, greater_than(0), "the stepsize never shrinks below");
  v.number("max_stepsize", o.max_stepsize, greater_than(0),
           "the stepsize never grows above; nats (trust-region), or a multiple of the full step (others: 1.0 unless "
           "said otherwise); at least min_stepsize");
}
template <class Visitor>
void keys(Visitor& v, FixedStepsizeOptions& o) {
  initial_stepsize(v, o.initial_stepsize);
}

template <class Visitor>
void keys(Visitor& v, TrustRegionWeightOptions& o) {
  self_normalization(v, o.use_self_normalized_importance_weights);
}
template <class Visitor>
void keys(Visitor& v, DirectWeightOptions& o) {
  self_normalization(v, o.use_self_normalized_importance_weights);
}

template <class Visitor, class Regression>
void minibatch_size(Visitor& v, Regression& o) {
  v.integer("batch_size", o.batch_size, count_from(1), "observations in a minibatch; null: all of them, always");
}
template <class Visitor>
void minibatch_keys(Visitor& v, target::LogisticRegressionOptions& o) {
  minibatch_size(v, o);
  v.integer("size_test_set", o.size_test_set, count_from(0), "so many of the last observations are left out");
  v.boolean("use_own_batch_per_sample", o.use_own_batch_per_sample,
            "whether every sample has a minibatch of its own; false: one for all samples of an iteration");
}
inline std::string_view type_name(const target::LogisticRegressionOptions&) {
  return "logistic_regression";
}
template <class Visitor>
void keys(Visitor& v, target::LogisticRegressionOptions& o) {
  v.input_file("data", o.data, "a row an observation, the label 0 or 1 in the last column, a header or none; CSV");
  v.number("prior_std", o.prior_std, greater_than(0), "standard deviation of the prior of all coefficients");
  v.boolean("center", o.center,
            "whether features are taken less their mean, before they are divided by their standard deviation");
  minibatch_keys(v, o);
}
template <class Visitor, class Random>
void random_instance(Visitor& v, Random& o) {
  v.integer("num_dimensions", o.dimension, count_from(1), "parameters; the instance is drawn from the seed");
}
inline std::string_view type_name(const target::RandomGaussianMixtureOptions&) {
  return "random_gaussian_mixture";
}
template <class Visitor>
void keys(Visitor& v, target::RandomGaussianMixtureOptions& o) {
  random_instance(v, o);
  v.boolean("diagonal", o.diagonal, "whether its covariances are diagonal");
}
template <class Visitor, class Given>
void given_mixture(Visitor& v, Given& o) {
  v.nested_numbers("weights", o.weights, greater_than(0), "one for each component; null: equal ones");
  v.nested_numbers("means", o.means, anything(), "a list for each component");
}
inline std::string_view type_name(const target::GaussianMixtureOptions&) {
  return "gaussian_mixture";
}
template <class Visitor>
void keys(Visitor& v, target::GaussianMixtureOptions& o) {
  v.optional_input_file("model", o.model, "a model.nc, instead of the parameters below");
  given_mixture(v, o);
  v.nested_numbers("covariances", o.covariances, anything(), "a symmetric matrix for each component, a list of rows");
  v.nested_numbers("variances", o.variances, greater_than(0), "a list for each component, instead of covariances");
}
inline std::string_view type_name(const target::RandomStudentTMixtureOptions&) {
  return "random_student_t_mixture";
}
template <class Visitor>
void keys(Visitor& v, target::RandomStudentTMixtureOptions& o) {
  random_instance(v, o);
  v.boolean("harder_setting", o.harder_setting, "20 components in ±25, instead of 10 in ±20");
}
inline std::string_view type_name(const target::StudentTMixtureOptions&) {
  return "student_t_mixture";
}
template <class Visitor>
void keys(Visitor& v, target::StudentTMixtureOptions& o) {
  v.number("degrees_of_freedom", o.degrees_of_freedom, greater_than(0), "the smaller, the heavier the tails");
  given_mixture(v, o);
  v.nested_numbers("scales", o.scales, anything(), "a symmetric scale matrix for each component, a list of rows");
}
inline std::string_view type_name(const target::PlanarRobotOptions&) {
  return "planar_robot";
}
template <class Visitor>
void keys(Visitor& v, target::PlanarRobotOptions& o) {
  v.one_of("goals", o.goals, {1, 4}, "points that the end effector may be at");
}
template <class Visitor>
void network_keys(Visitor& v, target::NeuralNetworkOptions& o) {
  v.number("prior_std", o.prior_std, greater_than(0), "standard deviation of the prior of all weights and biases");
  v.number("likelihood_scaling", o.likelihood_scaling, greater_than(0), "multiplies likelihood and prior");
  minibatch_size(v, o);
}
inline std::string_view type_name(const target::NeuralNetworkOptions&) {
  return "neural_network";
}
template <class Visitor>
void keys(Visitor& v, target::NeuralNetworkOptions& o) {
  v.input_file("data", o.data, "a row an observation, what is to be predicted in the last column; CSV");
  v.boolean("classification", o.classification, "whether that is a class (a whole number); false: a number");
  v.integers("hidden_units", o.hidden_units, between(1, 1e6), "sigmoid units of every hidden layer");
  network_keys(v, o);
}
inline std::string_view type_name(const target::FunnelOptions&) {
  return "funnel";
}
template <class Visitor>
void keys(Visitor& v, target::FunnelOptions& o) {
  v.integer("num_dimensions", o.dimension, count_from(2), "parameters");
}
inline std::string_view type_name(const target::RosenbrockOptions&) {
  return "rosenbrock";
}
template <class Visitor>
void keys(Visitor& v, target::RosenbrockOptions& o) {
  v.integer("num_dimensions", o.dimension, count_from(1), "parameters; 2: the banana");
  v.number("a", o.a, greater_than(0), "1/(2a) is the variance of the first parameter");
  v.number("b", o.b, greater_than(0), "1/(2b) is that of the others around the square of the one before");
}
inline std::string_view type_name(const target::LogGaussianCoxOptions&) {
  return "log_gaussian_cox";
}
template <class Visitor>
void keys(Visitor& v, target::LogGaussianCoxOptions& o) {
  v.optional_input_file("data", o.data, "counts of a square grid, a row a line; CSV; null: drawn from the seed");
  v.integer("cells", o.cells, between(1, 10000), "along each side of the grid, where counts are drawn");
}
inline std::string_view type_name(const target::BrownianMotionOptions&) {
  return "brownian_motion";
}
template <class Visitor>
void keys(Visitor& v, target::BrownianMotionOptions& o) {
  v.integer("steps", o.steps, count_from(3), "of time; the middle third is not observed; drawn from the seed");
}
inline std::string_view type_name(const target::SirEpidemicOptions&) {
  return "sir_epidemic";
}
template <class Visitor>
void keys(Visitor& v, target::SirEpidemicOptions& o) {
  v.input_file("data", o.data, "a row a day, how many are ill in the last column; CSV");
  v.number("population", o.population, at_least(1), "people, ill or not");
}
inline std::string_view type_name(const target::LinearRegressionOptions&) {
  return "linear_regression";
}
template <class Visitor>
void keys(Visitor& v, target::LinearRegressionOptions& o) {
  v.integer("features", o.features, between(1, 10000), "coefficients beside the intercept");
  v.integer("observations", o.observations, between(1, 1e6), "rows of data, which are drawn from the seed");
  v.number("correlation", o.correlation, between(-0.999, 0.999), "of each feature with the next");
  v.number("noise_std", o.noise_std, greater_than(0), "standard deviation of the noise, which is known");
  v.number("prior_std", o.prior_std, greater_than(0),
           "standard deviation of the prior of intercept and coefficients, which the true ones are drawn from");
}
inline std::string_view type_name(const target::HierarchicalOptions&) {
  return "hierarchical";
}
template <class Visitor>
void keys(Visitor& v, target::HierarchicalOptions& o) {
  v.optional_input_file("data", o.data,
                        "a row a group, the effect that was measured in it and its standard error in the last two "
                        "columns; CSV; null: the eight schools");
  v.boolean("centred", o.centred, "whether parameters are the groups' effects; false: (effect − mu) / tau");
  v.number("mean_std", o.mean_std, greater_than(0), "standard deviation of the prior of mu, the mean of the effects");
  v.number("spread_scale", o.spread_scale, greater_than(0), "scale of the half-Cauchy prior of tau, their spread");
}
inline std::string_view type_name(const target::EllipticOptions&) {
  return "elliptic";
}
template <class Visitor>
void keys(Visitor& v, target::EllipticOptions& o) {
  v.integer("num_dimensions", o.dimension, between(1, 200),
            "terms of the unknown field; its moments are known for 10, 30 and 100");
  v.boolean("gradients", o.gradients, "whether it offers them; false: as a simulator without");
}
inline std::string_view type_name(const target::TruncatedGaussianOptions&) {
  return "truncated_gaussian";
}
template <class Visitor>
void keys(Visitor& v, target::TruncatedGaussianOptions& o) {
  v.integer("num_dimensions", o.dimension, at_least(1), "parameters, independent of each other");
  v.per_dimension("mean", o.mean, anything(), "of the normal distributions before they are truncated");
  v.per_dimension("standard_deviation", o.standard_deviation, greater_than(0),
                  "the same; if it is large, the distribution is uniform");
  bool bounded = o.lower.has_value();
  v.per_dimension("lower", o.lower, bounded, anything(), "the least value that is possible; null: none");
  bounded = o.upper.has_value();
  v.per_dimension("upper", o.upper, bounded, anything(), "the greatest value that is possible; null: none");
}
inline std::string_view type_name(const target::UniformDiscOptions&) {
  return "uniform_disc";
}
template <class Visitor>
void keys(Visitor& v, target::UniformDiscOptions& o) {
  v.numbers("center", o.center, anything(), "two numbers");
  v.number("radius", o.radius, greater_than(0), "inside of it the density is the same everywhere, outside 0");
}
template <class Visitor>
void keys(Visitor& v, target::SleepingFailures& o) {
  v.number("exception", o.exception, between(0, 1), "the share of the groups whose evaluation throws");
  v.number("not_a_number", o.not_a_number, between(0, 1), "the share that returns NaN");
  v.number("wrong_shape", o.wrong_shape, between(0, 1), "the share that returns a log density too few");
  v.number("hang", o.hang, between(0, 1),
           "the share that sleeps until a time limit interrupts it, without one for ever");
  v.number("transient", o.transient, between(0, 1),
           "of the groups that fail, the share that a process evaluates when it tries again");
}
inline std::string_view type_name(const target::OwnOptions&) {
  return "own";
}
template <class Visitor>
void keys(Visitor& v, target::OwnOptions& o) {
  v.text("name", o.name, "what the program calls its own target");
}
inline std::string_view type_name(const target::SleepingOptions&) {
  return "sleeping";
}
template <class Visitor>
void keys(Visitor& v, target::SleepingOptions& o) {
  v.target("around", o.around, "The target that is evaluated: any other");
  v.number("seconds", o.seconds, greater_than_up_to(0, 1e9), "how long the evaluation of a group takes in the mean");
  v.number("spread", o.spread, between(0, 1), "seconds are uniform within this fraction of their mean");
  v.number("sigma", o.sigma, between(0, 10),
           "instead, seconds are log-normal with this standard deviation of their logarithm");
  v.number("dependence", o.dependence, between(-100, 100),
           "d: seconds times exp(d tanh(x1)) / cosh(d), x1 of the group's first sample: more where x1 is large");
  v.integer("group_size", o.group_size, count_from(1), "samples that are evaluated together, at most");
  v.section("failures", "How evaluations fail, together at most 1", [&](auto& s) { keys(s, o.failures); });
  v.optional_text("log", o.log,
                  "a file that gets a line `batch position` for every evaluation that begins; null: none");
}

// ---- simulators outside

using Returns = external::Returns;
inline constexpr std::array<Word<Returns>, 3> returns_words = {{{Returns::log_density, "log_density"},
                                                                {Returns::log_likelihood, "log_likelihood"},
                                                                {Returns::outputs, "outputs"}}};
using Differences = FiniteDifferencesOptions::Scheme;
inline constexpr std::array<Word<Differences>, 3> differences_words = {
    {{Differences::none, "none"}, {Differences::forward, "forward"}, {Differences::central, "central"}}};
inline constexpr std::array<Word<external::ProcessOptions::Mode>, 2> mode_words = {
    {{external::ProcessOptions::Mode::server, "server"}, {external::ProcessOptions::Mode::once, "once"}}};
inline constexpr std::array<Word<external::ProcessOptions::Channel>, 2> channel_words = {
    {{external::ProcessOptions::Channel::standard, "standard"},
     {external::ProcessOptions::Channel::descriptors, "descriptors"}}};
inline constexpr std::array<Word<external::ProcessOptions::Keep>, 3> keep_words = {
    {{external::ProcessOptions::Keep::failures, "failures"},
     {external::ProcessOptions::Keep::all, "all"},
     {external::ProcessOptions::Keep::none, "none"}}};

template <class Visitor>
void program_keys(Visitor& v, external::ProgramOptions& o) {
  v.text_map("environment", o.environment,
             "variables that it gets; {slot} and {rank} stand for the numbers of the slot and the rank");
  v.number("kill_grace", o.kill_grace, at_least(0), "seconds from SIGTERM to SIGKILL where it has to end");
  v.number("start_limit", o.start_limit, greater_than(0), "seconds until it must have said that it is ready");
  v.integer(
      "slots", o.slots, between(1, 10000),
      "evaluations at a time without mpirun, where evaluation.slots does not say how many; null: as many as there "
      "are cores");
}
template <class Visitor>
void options_key(Visitor& v, std::string& options) {
  v.json("options", options, "anything that is handed over");
}

inline std::string_view door_name(const external::PythonOptions&) {
  return "python";
}
template <class Visitor>
void keys(Visitor& v, external::PythonOptions& o) {
  v.python_function("function", o.function, "the function: `file.py:name`, or `package.module:name`");
  v.program("interpreter", o.interpreter, "the Python that runs it: a path, or a name that is looked for in PATH");
  options_key(v, o.options);
  v.boolean("gradients", o.gradients, "whether it returns gradients (or a Jacobian of its outputs) as well");
  v.integer("outputs", o.outputs, count_from(0), "how many outputs it returns; 0: as many as the data have rows");
  v.boolean("vectorized", o.vectorized, "whether it takes arrays with a leading axis of samples");
  v.integer("group_size", o.group_size, count_from(1), "samples of a call, if vectorized");
  program_keys(v, o.program);
}
inline std::string_view door_name(const external::ProcessOptions&) {
  return "process";
}
template <class Visitor>
void keys(Visitor& v, external::ResultOptions& o) {
  v.optional_text("file", o.file, "the file in the work directory that has the answer; null: results.json");
  v.optional_text("pattern", o.pattern, "a regular expression whose first group is the number");
  v.optional_text("column", o.column, "the column of a table whose rows are the outputs");
}
template <class Visitor>
void keys(Visitor& v, external::ProcessOptions& o) {
  v.boolean("shell", o.shell, "once: whether /bin/sh runs the command");
  v.command(
      "command", o.command, o.shell,
      "the program and its arguments; those with a slash that name a file are taken from the folder of this file");
  v.choice("mode", o.mode, mode_words,
           "one process that is kept alive and spoken to in lines of JSON (server), or one for each evaluation (once)");
  options_key(v, o.options);
  v.choice("channel", o.channel, channel_words,
           "of a server: standard input and output, or the file descriptors 3 and 4 (descriptors)");
  v.input_folder("template", o.input, "once: a folder whose files every evaluation gets a copy of");
  v.texts("link", o.link, "once: those of its files that are linked rather than copied");
  v.texts("substitute", o.substitute, "once: those of its files in which {name} and {name:12.5e} are filled in");
  v.section("result", "Once: where the answer is", [&](auto& s) { keys(s, o.result); });
  v.boolean("gradients", o.gradients, "once: whether results.json has gradients");
  v.integer("outputs", o.outputs, count_from(0), "once: how many outputs there are; 0: as many as the data have rows");
  v.section("work_directory", "Once: where evaluations run, each in a folder of its own", [&](auto& s) {
    s.path("path", o.work_directory, "the folder that these are made in; null: below that of the run");
    s.choice("keep", o.keep, keep_words, "which of them stay afterwards");
  });
  program_keys(v, o.program);
}
inline std::string_view door_name(const external::UmbridgeOptions&) {
  return "umbridge";
}
template <class Visitor>
void keys(Visitor& v, external::UmbridgeOptions& o) {
  v.texts("url", o.urls, "the addresses of the servers, http://host:port");
  v.optional_input_file("urls_file", o.urls_file, "a file with an address a line, read again when a server is lost");
  v.optional_text("model", o.model, "the name of the model; null: the only one that the server has");
  v.json("config", o.config, "what the model is configured with");
  v.number("patience", o.patience, at_least(0), "seconds without any server until the run ends, to be resumed");
  v.integer(
      "slots", o.slots, between(1, 10000),
      "evaluations at a time without mpirun, where evaluation.slots does not say how many; null: as many as there "
      "are servers");
}
inline std::string_view door_name(const external::PluginOptions&) {
  return "plugin";
}
template <class Visitor>
void keys(Visitor& v, external::PluginOptions& o) {
  v.input_file("library", o.library, "a shared library with the functions of gmmvi/target_plugin.h");
  options_key(v, o.options);
}
inline std::string_view door_name(const external::BridgestanOptions&) {
  return "bridgestan";
}
template <class Visitor>
void keys(Visitor& v, external::BridgestanOptions& o) {
  v.input_file("library", o.library, "a Stan model that BridgeStan has compiled (name_model.so)");
  v.optional_input_file("data", o.data, "its data, a JSON file");
}

template <class Door>
std::string_view type_name(const target::OutsideOptions<Door>& o) {
  return door_name(o.door);
}
/// `prior`: of several parameters together.
template <class Visitor>
void prior_model_key(Visitor& v, std::string& path) {
  v.optional_input_file("model", path, "the model.nc of an earlier run, the prior of the parameters that it names");
}

template <class Visitor, class Door>
void keys(Visitor& v, target::OutsideOptions<Door>& o) {
  keys(v, o.door);
  if constexpr (!std::is_same_v<Door, external::BridgestanOptions>)
    v.choice("returns", o.returns, returns_words,
             "log p of everything, the log likelihood to which the priors are added, or outputs that data are compared "
             "with");
  v.section("finite_differences", "Gradients of a target that gives none", [&](auto& s) {
    s.choice("scheme", o.finite_differences.scheme, differences_words,
             "none, or by D (forward) or 2D (central) further evaluations of each sample");
    s.number("step", o.finite_differences.step, greater_than(0), "how far apart, in the solver's space");
  });
}

/// `target.type` of the target that is chosen.
template <class Targets>
std::string_view type_of(const Targets& target) {
  return std::visit([](const auto& option) { return type_name(option); }, target);
}
/// Of all that `Targets` may be, in its order.
template <class Targets>
std::vector<std::string_view> types_of() {
  std::vector<std::string_view> types;
  for_each_alternative<Targets>([&](const auto& option) { types.push_back(type_name(option)); });
  return types;
}
/// The same without a program's own target, which names itself.
template <class Targets>
std::vector<std::string> offered_types() {
  std::vector<std::string> types;
  for (const std::string_view type : types_of<Targets>())
    if (type != type_name(target::OwnOptions())) types.emplace_back(type);
  return types;
}

/// Where models of iterations go.
template <class Visitor>
void models_key(Visitor& v, runner::OutputOptions& o) {
  v.optional_text("dump_gmm_path", o.models,
                  "a folder, within that of the run unless absolute, for the model of every iteration below 100 and of "
                  "every 50th from there on; null: none");
}

using Scheduling = EvaluationOptions::Scheduling;
inline constexpr std::array<Word<Scheduling>, 3> scheduling_words = {
    {{Scheduling::automatic, "auto"}, {Scheduling::fixed, "static"}, {Scheduling::on_demand, "dynamic"}}};
using FailurePolicy = EvaluationOptions::FailurePolicy;
inline constexpr std::array<Word<FailurePolicy>, 2> on_failure_words = {
    {{FailurePolicy::reject, "reject"}, {FailurePolicy::abort, "abort"}}};
using Journal = runner::KeepOptions::Journal;
inline constexpr std::array<Word<Journal>, 3> journal_words = {
    {{Journal::automatic, "auto"}, {Journal::on, "on"}, {Journal::off, "off"}}};
using KeepOutputs = runner::OutputOptions::KeepOutputs;
inline constexpr std::array<Word<KeepOutputs>, 3> keep_outputs_words = {
    {{KeepOutputs::automatic, "auto"}, {KeepOutputs::yes, "true"}, {KeepOutputs::no, "false"}}};

/// The sections `gmmvi_runner_config`, `mmd_evaluation_config`, `run`, `evaluation` and `output`.
template <class Visitor>
void sections(Visitor& v, runner::RunOptions& run, runner::MmdOptions& mmd, EvaluationOptions& evaluation,
              runner::KeepOptions& keep, runner::OutputOptions& output) {
  v.section("gmmvi_runner_config", "How often it is measured", [&](auto& s) {
    s.integer("log_metrics_interval", run.log_metrics_interval, between(1, 1e15),
              "iterations from one ELBO from fresh samples to the next");
  });
  v.section("mmd_evaluation_config", "Whether it is compared with samples of the true distribution", [&](auto& s) {
    s.number("alpha", mmd.alpha, greater_than(0), "multiplies the width of the kernel");
    s.optional_input_file("sample_dir", mmd.samples, "the samples: .csv, .npy or .nc");
  });
  v.section("run", "When the run ends, whichever comes first, and with how many samples it is measured", [&](auto& s) {
    s.integer("iterations", run.iterations, between(0, 1e15), "iterations at most");
    s.integer("max_evaluations", run.max_evaluations, between(1, 1e15),
              "evaluations, metrics aside, after which no iteration starts; null: no limit");
    s.number("max_seconds", run.max_seconds, greater_than(0),
             "seconds after which no iteration starts, of all jobs together; null: no limit");
    s.number("max_wall_time", run.max_wall_time, greater_than(0),
             "seconds that this job may take: then the run stops, to be resumed (exit code 75); null: no limit but the "
             "end of the SLURM job where there is one");
    s.number("grace", run.grace, at_least(0),
             "seconds that evaluations under way have when the job is to stop, at most a quarter of its time; none is "
             "begun any more");
    s.integer("patience", run.patience, between(1, 1e15),
              "iterations without a greater ELBO estimate that end the run; null: no limit");
    s.integer("metrics_samples", run.metrics_samples, count_from(0),
              "fresh samples for an ELBO; null: 10000 if the target is cheap, otherwise none");
  });
  v.section(
      "evaluation", "How evaluations of the target are dealt out, and what becomes of those that fail", [&](auto& s) {
        s.integer("batches_in_flight", evaluation.batches_in_flight, between(1, 1000),
                  "batches that are asked for before the mixture learns from the first of them: with 2 and more "
                  "ranks need not wait for a batch's last evaluation, but samples are of an older mixture");
        s.integer("parallel", evaluation.parallel, between(1, 1000000),
                  "samples that can be evaluated at a time: no batch of an iteration has fewer; with trust-region "
                  "updates max_stepsize of components (improvement-based) is up to twice as large where they have "
                  "twice the samples they need; null: batches are as small as can be");
        s.integer("slots", evaluation.slots, between(1, 10000),
                  "evaluations that a rank makes at a time, of targets that run outside of its process; null: one; "
                  "of programs and Python functions without mpirun as many as target.slots says or there are cores, of "
                  "UM-Bridge as many as a rank has servers");
        s.integer("ranks_per_evaluation", evaluation.ranks_per_evaluation, between(1, 1000000),
                  "ranks that make an evaluation together, of targets of one's own that work in teams; ranks "
                  "that do not fill a team compute, but evaluate nothing");
        s.choice("scheduling", evaluation.scheduling, scheduling_words,
                 "equal shares for all ranks beforehand (static), or the next group of samples for the rank that "
                 "is free (dynamic); auto: dynamic unless the target is cheap and time_limit null");
        s.integer("max_retries", evaluation.max_retries, count_from(0),
                  "how often a group of samples is evaluated again where one of them failed");
        s.choice("on_failure", evaluation.on_failure, on_failure_words,
                 "what then: its failed samples are left out (reject), or the run ends (abort)");
        s.number("max_failure_fraction", evaluation.max_failure_fraction, between(0, 1),
                 "of all evaluations, and of samples; where more fail, the run ends");
        s.number("time_limit", evaluation.time_limit, greater_than(0),
                 "seconds after which an evaluation is interrupted, and has failed; for targets that can be "
                 "interrupted, and not with static scheduling; null: none");
        s.choice("journal", keep.journal, journal_words,
                 "whether every finished evaluation is kept on disk at once, so that none is lost whatever ends "
                 "the run; auto: unless the target is cheap");
      });
  v.section("output", "Where the results go", [&](auto& s) {
    s.integer("checkpoint_iterations", keep.checkpoint_iterations, between(1, 1e15),
              "iterations from one checkpoint to the next; null: as checkpoint_minutes says");
    s.number("checkpoint_minutes", keep.checkpoint_minutes, greater_than_up_to(0, 1e9),
             "minutes from one checkpoint to the next; null: only when the job stops");
    s.text("directory", output.directory, "a folder, new or empty; \"\": runs/<config>-<codename>-<preset>-seed<seed>");
    s.choice("keep_outputs", output.keep_outputs, keep_outputs_words,
             "whether what a simulator returns is kept with every sample, and written to outputs.nc at the end, for "
             "`gmmvi predict`; auto: while it takes less than a gigabyte of memory");
  });
}

}  // namespace gmmvi::config

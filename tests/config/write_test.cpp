#include <variant>

#include <gtest/gtest.h>

#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

Configuration again(const Configuration& c) {
  return parse(to_yaml(c), "resolved");
}

/// No setting at its default, no number that a decimal fraction hits.
Options unusual_options() {
  Options o;
  o.seed = 18446744073709551615u;
  o.temperature = 1.0 / 3.0;
  o.use_sample_database = false;
  o.max_database_size = 999999999999999;
  o.model_initialization = {false, 7, {0.1, -1e-300}, {1.0 / 7.0}, PerDimension{2.0 / 3.0, 1e-150}, true};
  o.natural_gradient = SteinOptions{true, false};
  o.component_adapter = AdaptiveComponentsOptions{11,
                                                  12,
                                                  13,
                                                  {1.0 / 3.0, 1e150},
                                                  1.0 / 9.0,
                                                  14,
                                                  15,
                                                  3,
                                                  AdaptiveComponentsOptions::InitialCovariance::neighbourhood,
                                                  1.0 / 23.0,
                                                  AdaptiveComponentsOptions::Additions::needed};
  o.sample_selector = MixtureBasedSelectionOptions{16, 1.61803};
  o.component_updater = IblrUpdateOptions{};
  o.component_stepsize = ImprovementBasedStepsizeOptions{1.0 / 11.0, 1.0 / 13.0, 1.0 / 3.0, 1.1, 0.7};
  o.weight_updater = DirectWeightOptions{false};
  o.weight_stepsize = DecayingStepsizeOptions{1.0 / 17.0, 1.0 / 19.0};
  return o;
}

void expect_same(const ModelInitialization& a, const ModelInitialization& b) {
  EXPECT_EQ(a.num_initial_components, b.num_initial_components);
  EXPECT_EQ(a.prior_mean, b.prior_mean);
  EXPECT_EQ(a.prior_scale, b.prior_scale);
  EXPECT_EQ(a.initial_cov, b.initial_cov);
  EXPECT_EQ(a.has_prior, b.has_prior);
}

TEST(Write, EverySettingOfTheSolverComesBack) {
  const Options o = again({.solver = unusual_options(), .target = target::LogisticRegressionOptions{"/x"}}).solver;
  EXPECT_EQ(o.seed, 18446744073709551615u);
  EXPECT_EQ(o.temperature, 1.0 / 3.0);
  EXPECT_FALSE(o.use_sample_database);
  EXPECT_EQ(o.max_database_size, 999999999999999);
  expect_same(o.model_initialization, unusual_options().model_initialization);
  EXPECT_TRUE(std::get<SteinOptions>(o.natural_gradient).only_use_own_samples);
  EXPECT_FALSE(std::get<SteinOptions>(o.natural_gradient).use_self_normalized_importance_weights);
  EXPECT_FALSE(std::get<DirectWeightOptions>(o.weight_updater).use_self_normalized_importance_weights);
  EXPECT_TRUE(std::holds_alternative<IblrUpdateOptions>(o.component_updater));
}

TEST(Write, EverySettingOfTheAdapterAndTheSelectorComesBack) {
  const Options o = again({.solver = unusual_options(), .target = target::LogisticRegressionOptions{"/x"}}).solver;
  const auto adapter = std::get<AdaptiveComponentsOptions>(o.component_adapter);
  EXPECT_EQ(adapter.del_iters, 11);
  EXPECT_EQ(adapter.add_iters, 12);
  EXPECT_EQ(adapter.max_components, 13);
  EXPECT_EQ(adapter.thresholds_for_add_heuristic, (std::vector<double>{1.0 / 3.0, 1e150}));
  EXPECT_EQ(adapter.min_weight_for_del_heuristic, 1.0 / 9.0);
  EXPECT_EQ(adapter.num_database_samples, 14);
  EXPECT_EQ(adapter.num_prior_samples, 15);
  EXPECT_EQ(adapter.nearby_additions, 3);
  EXPECT_EQ(adapter.initial_covariance, AdaptiveComponentsOptions::InitialCovariance::neighbourhood);
  EXPECT_EQ(adapter.initial_weight, 1.0 / 23.0);
  EXPECT_EQ(adapter.additions, AdaptiveComponentsOptions::Additions::needed);
  const auto selector = std::get<MixtureBasedSelectionOptions>(o.sample_selector);
  EXPECT_EQ(selector.desired_samples_per_component, 16);
  EXPECT_EQ(selector.ratio_reused_samples_to_desired, 1.61803);
}

TEST(Write, TheWeightThatIsNegligibleComesBack) {
  Options options = unusual_options();
  options.sample_selector = ComponentBasedSelectionOptions{.negligible_weight = 1.0 / 29.0};
  const Options o = again({.solver = options, .target = target::LogisticRegressionOptions{"/x"}}).solver;
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(o.sample_selector).negligible_weight, 1.0 / 29.0);
}

TEST(Write, EverySettingOfTheStepsizesComesBack) {
  const Options o = again({.solver = unusual_options(), .target = target::LogisticRegressionOptions{"/x"}}).solver;
  const auto component = std::get<ImprovementBasedStepsizeOptions>(o.component_stepsize);
  EXPECT_EQ(component.initial_stepsize, 1.0 / 11.0);
  EXPECT_EQ(component.min_stepsize, 1.0 / 13.0);
  EXPECT_EQ(component.max_stepsize, 1.0 / 3.0);
  EXPECT_EQ(component.stepsize_inc_factor, 1.1);
  EXPECT_EQ(component.stepsize_dec_factor, 0.7);
  const auto weight = std::get<DecayingStepsizeOptions>(o.weight_stepsize);
  EXPECT_EQ(weight.initial_stepsize, 1.0 / 17.0);
  EXPECT_EQ(weight.annealing_exponent, 1.0 / 19.0);
}

TEST(Write, TargetRunAndOutputComeBack) {
  const Configuration c = again({.target = target::LogisticRegressionOptions{"/a \"b\"/ü: #\\.csv", 1.0 / 3.0},
                                 .run = {.iterations = 1,
                                         .max_evaluations = 2,
                                         .max_seconds = 1.0 / 7.0,
                                         .patience = 5,
                                         .log_metrics_interval = 3,
                                         .metrics_samples = 4},
                                 .mmd = {.alpha = 0.7, .samples = "/a.npy"},
                                 .output = {"null"}});
  const auto regression = std::get<target::LogisticRegressionOptions>(c.target);
  EXPECT_EQ(regression.data, "/a \"b\"/ü: #\\.csv");
  EXPECT_EQ(regression.prior_std, 1.0 / 3.0);
  EXPECT_EQ(c.run.iterations, 1);
  EXPECT_EQ(c.run.max_evaluations, 2);
  EXPECT_EQ(c.run.max_seconds, 1.0 / 7.0);
  EXPECT_EQ(c.run.log_metrics_interval, 3);
  EXPECT_EQ(c.run.metrics_samples, 4);
  EXPECT_EQ(c.run.patience, 5);
  EXPECT_EQ(c.mmd.alpha, 0.7);
  EXPECT_EQ(c.mmd.samples, "/a.npy");
  EXPECT_EQ(c.output.directory, "null");
  const Configuration mixture = again({.target = target::RandomGaussianMixtureOptions{17}});
  EXPECT_EQ(std::get<target::RandomGaussianMixtureOptions>(mixture.target).dimension, 17);
}

TEST(Write, AbsentValuesComeBack) {
  Options options;
  options.max_database_size.reset();
  options.model_initialization.has_prior = false;
  const Configuration c = again({.solver = options, .target = target::RandomGaussianMixtureOptions{2}});
  EXPECT_FALSE(c.solver.max_database_size);
  expect_same(c.solver.model_initialization, options.model_initialization);
  EXPECT_FALSE(c.run.max_evaluations);
  EXPECT_FALSE(c.run.max_seconds);
  EXPECT_FALSE(c.run.metrics_samples);
  expect_same(again({}).solver.model_initialization, ModelInitialization());
}

TEST(Write, EmptySectionsStandInTheirLine) {
  Configuration c;
  c.solver.component_updater = IblrUpdateOptions{};
  const std::string text = to_yaml(c);
  EXPECT_NE(text.find("\nng_based_updater_config: {}\n"), std::string::npos) << text;
}

TEST(Write, ADefaultConfigurationWithAnyOptionComesBack) {
  for (const char* codename : {"SAMTRON", "SEPYFUX", "SAPIDUG", "SEMYRUX"}) {
    const TemporaryFolder folder;
    const Configuration c = load(folder.write("run.yml", mixture_target), {.codename = codename});
    EXPECT_EQ(again(c).codename, codename);
    EXPECT_EQ(to_yaml(again(c)), to_yaml(c));
  }
}

}  // namespace
}  // namespace gmmvi::config

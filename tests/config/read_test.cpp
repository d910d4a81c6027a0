#include "config/read.hpp"

#include <variant>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

/// In the form of the reference's example: SAMTRON on breast cancer, every key that its files have.
const char* const reference_style = R"(
start_seed: 10000
use_sample_database: True
max_database_size: 10000000
temperature: 1.
model_initialization:
    use_diagonal_covs: False
    num_initial_components: 1
    prior_mean: 0.
    prior_scale: 10.
    initial_cov: 100.
ng_estimator_type: "Stein"
ng_estimator_config:
  only_use_own_samples: False
  initial_l2_regularizer: 1e-12
  use_self_normalized_importance_weights: True
num_component_adapter_type: "adaptive"
num_component_adapter_config:
  del_iters: 100
  add_iters: 25
  max_components: 1000
  thresholds_for_add_heuristic: [ 5000., 1000.0, 500.0, 200.0, 100.0, 50.0 ]
  min_weight_for_del_heuristic: 1.0e-6
  num_database_samples: 100000
  num_prior_samples: 0
sample_selector_type: "component-based"
sample_selector_config:
  desired_samples_per_component: 250
  ratio_reused_samples_to_desired: 0.
ng_based_updater_type: "trust-region"
ng_based_updater_config: {}
component_stepsize_adapter_type: "improvement-based"
component_stepsize_adapter_config:
  initial_stepsize: 1.
  min_stepsize: 0.001
  max_stepsize: 1.
  stepsize_inc_factor: 1.15
  stepsize_dec_factor: 0.85
weight_stepsize_adapter_type: "improvement_based"
weight_stepsize_adapter_config:
  initial_stepsize: 1.
  min_stepsize: 0.0001
  max_stepsize: 1.
  stepsize_inc_factor: 1.15
  stepsize_dec_factor: 0.85
weight_updater_type: "trust-region"
weight_updater_config:
  use_self_normalized_importance_weights: True
gmmvi_runner_config:
    log_metrics_interval: 50
mmd_evaluation_config:
    alpha: 20.
    sample_dir: "samples/breast_cancer.npy"
dump_gmm_path: models
environment_name: "breastCancer"
environment_config: {}
)";

TEST(Read, TheReferencesFileRunsUnchanged) {
  const Configuration c = parse(reference_style, "run.yml");
  EXPECT_EQ(c.codename, "SAMTRON");
  EXPECT_EQ(c.solver.seed, 10000u);
  EXPECT_EQ(c.solver.model_initialization.prior_scale, PerDimension{10.0});
  EXPECT_EQ(c.solver.model_initialization.initial_cov, PerDimension{100.0});
  EXPECT_EQ(std::get<AdaptiveComponentsOptions>(c.solver.component_adapter).add_iters, 25);
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(c.solver.sample_selector).ratio_reused_samples_to_desired, 0.0);
  EXPECT_EQ(c.run.log_metrics_interval, 50);
  EXPECT_TRUE(std::holds_alternative<target::LogisticRegressionOptions>(c.target));
  EXPECT_EQ(c.mmd.alpha, 20.0);
  EXPECT_EQ(c.output.models, "models");
  EXPECT_TRUE(c.mmd.samples.ends_with("samples/breast_cancer.npy")) << c.mmd.samples;
}

TEST(Read, DefaultsThatDependOnTheFamily) {
  const Configuration c = parse(complete(), "run.yml");
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(c.solver.component_stepsize).min_stepsize, 0.001);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(c.solver.weight_stepsize).min_stepsize, 0.0001);
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(c.solver.sample_selector).ratio_reused_samples_to_desired, 2.0);
}

TEST(Read, SeedWinsOverStartSeed) {
  EXPECT_EQ(parse(complete("seed: 1\nstart_seed: 2\n"), "run.yml").solver.seed, 1u);
  EXPECT_EQ(parse(complete("start_seed: 2\n"), "run.yml").solver.seed, 2u);
}

TEST(Read, NoLimitOnTheDatabase) {
  EXPECT_FALSE(parse(complete("max_database_size: null\n"), "run.yml").solver.max_database_size);
  EXPECT_EQ(parse(complete(), "run.yml").solver.max_database_size, 10000000);
}

TEST(Read, NumbersOfSamples) {
  const auto read = [](const std::string& text) {
    const auto c = parse(complete(fmt::format("sample_selector_config: {{desired_samples_per_component: {}}}\n", text)),
                         "run.yml");
    return std::get<ComponentBasedSelectionOptions>(c.solver.sample_selector).desired_samples_per_component;
  };
  EXPECT_EQ(read("30"), 30);
  EXPECT_EQ(read("3e1"), 30);
  EXPECT_EQ(read("2D"), SampleCount::times_dimension(2.0));
  EXPECT_EQ(read("'1.5D'"), SampleCount::times_dimension(1.5));
}

TEST(Read, NoFolderForModels) {
  EXPECT_EQ(parse(complete(), "run.yml").output.models, "");
  EXPECT_EQ(parse(complete("dump_gmm_path: null\n"), "run.yml").output.models, "");
}

TEST(Read, InitialCovariance) {
  const auto read = [](const std::string& text) {
    return parse(complete(text), "run.yml").solver.model_initialization;
  };
  EXPECT_FALSE(read("").initial_cov);
  EXPECT_TRUE(read("").has_prior);
  const ModelInitialization without = read("model_initialization: {initial_cov: null}\n");
  EXPECT_FALSE(without.initial_cov);
  EXPECT_FALSE(without.has_prior);
  EXPECT_EQ(read("model_initialization: {initial_cov: [1, 2, 3]}\n").initial_cov, (PerDimension{1, 2, 3}));
}

TEST(Read, ImprovementBasedIsSpeltEitherWay) {
  std::string text = complete();
  text.replace(text.find("improvement-based"), 17, "improvement_based");
  EXPECT_EQ(parse(text, "run.yml").codename, "SAMTRON");
}

}  // namespace
}  // namespace gmmvi::config

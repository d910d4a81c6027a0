// Files with the keys of the reference's own: an experiment, and the settings of seven modules.
#include <map>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

/// The settings of the reference's modules by their letters, with its way of writing values.
const std::map<char, std::string>& reference_modules() {
  static const std::map<char, std::string> modules = {
      {'S',
       "ng_estimator_type: \"Stein\"\n"
       "ng_estimator_config: {only_use_own_samples: False, use_self_normalized_importance_weights: True}\n"},
      {'Z',
       "ng_estimator_type: \"MORE\"\n"
       "ng_estimator_config:\n"
       "  only_use_own_samples: False\n"
       "  initial_l2_regularizer: 1e-12\n"
       "  use_self_normalized_importance_weights: True\n"},
      {'A',
       "num_component_adapter_type: \"adaptive\"\n"
       "num_component_adapter_config:\n"
       "  del_iters: 100\n"
       "  add_iters: 30\n"
       "  max_components: 1000\n"
       "  thresholds_for_add_heuristic: [ 5000., 1000.0, 500.0, 200.0, 100.0, 50.0 ]\n"
       "  min_weight_for_del_heuristic: 1.0e-6\n"
       "  num_database_samples: 100000\n"
       "  num_prior_samples: 0\n"},
      {'E', "num_component_adapter_type: \"fixed\"\nnum_component_adapter_config: {}\n"},
      {'M',
       "sample_selector_type: \"component-based\"\n"
       "sample_selector_config: {desired_samples_per_component: 100, ratio_reused_samples_to_desired: 2.}\n"},
      {'P',
       "sample_selector_type: \"mixture-based\"\n"
       "sample_selector_config: {desired_samples_per_component: 100, ratio_reused_samples_to_desired: 0.}\n"},
      {'T', "ng_based_updater_type: \"trust-region\"\nng_based_updater_config: {}\n"},
      {'Y', "ng_based_updater_type: \"iBLR\"\nng_based_updater_config: {}\n"},
      {'I', "ng_based_updater_type: \"direct\"\nng_based_updater_config: {}\n"},
      {'R',
       "component_stepsize_adapter_type: \"improvement-based\"\n"
       "component_stepsize_adapter_config:\n"
       "  initial_stepsize: 1.\n"
       "  min_stepsize: 0.001\n"
       "  max_stepsize: 1.\n"
       "  stepsize_inc_factor: 1.15\n"
       "  stepsize_dec_factor: 0.85\n"},
      {'D',
       "component_stepsize_adapter_type: \"decaying\"\n"
       "component_stepsize_adapter_config: {initial_stepsize: 1., annealing_exponent: 0.55}\n"},
      {'F',
       "component_stepsize_adapter_type: \"fixed\"\n"
       "component_stepsize_adapter_config: {initial_stepsize: 0.00001}\n"},
      {'O',
       "weight_updater_type: \"trust-region\"\n"
       "weight_updater_config: {use_self_normalized_importance_weights: True}\n"},
      {'U',
       "weight_updater_type: \"direct\"\n"
       "weight_updater_config: {use_self_normalized_importance_weights: True}\n"},
      {'N',
       "weight_stepsize_adapter_type: \"improvement_based\"\n"
       "weight_stepsize_adapter_config:\n"
       "  initial_stepsize: 1.\n"
       "  min_stepsize: 0.0001\n"
       "  max_stepsize: 1.\n"
       "  stepsize_inc_factor: 1.15\n"
       "  stepsize_dec_factor: 0.85\n"},
      {'G',
       "weight_stepsize_adapter_type: \"decaying\"\n"
       "weight_stepsize_adapter_config:\n"
       "  initial_stepsize: 1.\n"
       "  annealing_exponent:\n"},  // without a number
      {'X', "weight_stepsize_adapter_type: \"fixed\"\nweight_stepsize_adapter_config: {initial_stepsize: 1.}\n"},
  };
  return modules;
}

std::string modules(std::string_view codename) {
  std::string text;
  for (const char letter : codename) text += reference_modules().at(letter);
  return text;
}

std::string experiment(const std::string& environment, const std::string& config, const std::string& scale,
                       const std::string& covariance, int interval) {
  return "start_seed: 10000\n"
         "environment_name: \"" +
         environment +
         "\"\n"
         "environment_config: " +
         config +
         "\n"
         "model_initialization:\n"
         "    use_diagonal_covs: False\n"
         "    num_initial_components: 1\n"
         "    prior_mean: 0.\n"
         "    prior_scale: " +
         scale +
         "\n"
         "    initial_cov: " +
         covariance +
         "\n"
         "gmmvi_runner_config:\n"
         "    log_metrics_interval: " +
         std::to_string(interval) +
         "\n"
         "use_sample_database: True\n"
         "max_database_size: 10000000\n"
         "temperature: 1.\n";
}

std::string breast_cancer() {
  return experiment("breastCancer", "{}", "10.", "100.", 50);
}
std::string gmm(int dimensions) {
  return experiment("GMM", "\n    num_dimensions: " + std::to_string(dimensions), "31.63", "1000.", 100);
}

TEST(ReferenceFiles, EveryExperimentThatIsOffered) {
  for (const int dimensions : {20, 100}) {
    const Configuration c = parse(modules("SAMTRON") + gmm(dimensions), "gmm.yml");
    EXPECT_EQ(std::get<target::RandomGaussianMixtureOptions>(c.target).dimension, dimensions);
    EXPECT_EQ(c.solver.model_initialization.prior_scale, PerDimension{31.63});
    EXPECT_EQ(c.solver.model_initialization.initial_cov, PerDimension{1000.0});
    EXPECT_EQ(c.run.log_metrics_interval, 100);
  }
  const TemporaryFolder folder;
  const Configuration c = load(folder.write("breast_cancer.yml", modules("SAMTRON") + breast_cancer()));
  EXPECT_TRUE(std::get<target::LogisticRegressionOptions>(c.target).data.ends_with("configs/data/breast_cancer.csv"));
  EXPECT_EQ(c.solver.seed, 10000u);
  EXPECT_EQ(c.run.log_metrics_interval, 50);
}

TEST(ReferenceFiles, EveryCodenameOnEveryExperiment) {
  int codenames = 0;
  std::string codename(7, ' ');
  const auto visit = [&](auto self, std::size_t family) -> void {
    if (family < codename.size()) {
      for (const OptionName& option : families()[family].options)
        if (reference_modules().contains(option.letter))  // the others are our own
          codename[family] = option.letter, self(self, family + 1);
      return;
    }
    for (const std::string& experiment : {breast_cancer(), gmm(20)})
      EXPECT_EQ(parse(modules(codename) + experiment, "run.yml").codename, codename);
    ++codenames;
  };
  visit(visit, 0);
  EXPECT_EQ(codenames, 432);
}

TEST(ReferenceFiles, ValuesAreThoseOfTheFile) {
  const Options vips = parse(modules("ZAMTDUG") + gmm(20), "run.yml").solver;
  EXPECT_EQ(std::get<MoreOptions>(vips.natural_gradient).initial_l2_regularizer, 1e-12);
  EXPECT_EQ(std::get<AdaptiveComponentsOptions>(vips.component_adapter).thresholds_for_add_heuristic,
            (std::vector<double>{5000, 1000, 500, 200, 100, 50}));
  EXPECT_EQ(std::get<DecayingStepsizeOptions>(vips.component_stepsize).annealing_exponent, 0.55);
  EXPECT_EQ(std::get<DecayingStepsizeOptions>(vips.weight_stepsize).annealing_exponent, 0.55);
  const Options lin = parse(modules("SEPIFUX") + gmm(20), "run.yml").solver;
  EXPECT_EQ(std::get<MixtureBasedSelectionOptions>(lin.sample_selector).ratio_reused_samples_to_desired, 0.0);
  EXPECT_EQ(std::get<FixedStepsizeOptions>(lin.component_stepsize).initial_stepsize, 1e-5);
}

target::TargetOptions target_of(const std::string& environment, const std::string& config) {
  return parse(modules("SAMTRON") + experiment(environment, config, "1.", "1.", 25), "run.yml").target;
}

TEST(ReferenceFiles, AllExperimentsAreRead) {
  const std::string minibatches = "{batch_size: 64, size_test_set: 0, use_own_batch_per_sample: True}";
  for (const char* environment : {"breastCancer_mb", "GermanCredit_mb"}) {
    const auto regression = std::get<target::LogisticRegressionOptions>(target_of(environment, minibatches));
    EXPECT_EQ(regression.batch_size, 64);
    EXPECT_TRUE(regression.use_own_batch_per_sample);
  }
  EXPECT_FALSE(std::get<target::LogisticRegressionOptions>(target_of("GermanCredit", "{}")).batch_size);
  EXPECT_EQ(std::get<target::PlanarRobotOptions>(target_of("PlanarRobot4", "{}")).goals, 4);
  EXPECT_EQ(std::get<target::PlanarRobotOptions>(target_of("PlanarRobot1", "{}")).goals, 1);
  const auto student = std::get<target::RandomStudentTMixtureOptions>(
      target_of("STM", "{num_dimensions: 300, harder_setting: True, use_matlab_target: False}"));
  EXPECT_EQ(student.dimension, 300);
  EXPECT_TRUE(student.harder_setting);
  EXPECT_TRUE(std::get<target::RandomGaussianMixtureOptions>(target_of("DIAGGMM20", "{num_dimensions: 20}")).diagonal);
  const auto wine = std::get<target::NeuralNetworkOptions>(
      target_of("WINE", "{likelihood_scaling: 0.5, prior_std: 2., batch_size: 128}"));
  EXPECT_EQ(wine.likelihood_scaling, 0.5);
  EXPECT_EQ(wine.prior_std, 2.0);
  EXPECT_EQ(wine.batch_size, 128);
  EXPECT_EQ(wine.hidden_units, (std::vector<std::int64_t>{8, 8}));
}

TEST(ReferenceFiles, ExperimentsThatAreNotOfferedSaySo) {
  for (const auto& [environment, config] :
       {std::pair<std::string, std::string>{"Talos", "{context: [0.1, 0.5, 1.]}"}, {"MNIST", "{}"}}) {
    expect_parts(error_of_text(modules("SAMTRON") + experiment(environment, config, "1.", "1.", 25)),
                 {"environment_name: '" + environment + "' is not offered yet", "breastCancer, GermanCredit"});
  }
}

}  // namespace
}  // namespace gmmvi::config

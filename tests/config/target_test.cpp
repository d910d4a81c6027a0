#include <variant>

#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

target::TargetOptions target_of(const std::string& text) {
  return parse(samtron + text, "run.yml").target;
}
std::string error_of_target(const std::string& text) {
  return error_of_text(samtron + text);
}

TEST(TargetSection, RandomMixture) {
  EXPECT_EQ(std::get<target::RandomGaussianMixtureOptions>(target_of(mixture_target)).dimension, 3);
}

TEST(TargetSection, LogisticRegression) {
  const auto options = std::get<target::LogisticRegressionOptions>(
      target_of("target: {type: logistic_regression, data: /data/x.csv, prior_std: 2.5}\n"));
  EXPECT_EQ(options.data, "/data/x.csv");
  EXPECT_EQ(options.prior_std, 2.5);
}

TEST(TargetSection, Errors) {
  expect_parts(
      error_of_target("target:\n  type: logistic_regresion\n  data: x\n"),
      {"run.yml:9: target.type: no target is called 'logistic_regresion' (did you mean 'logistic_regression'?)",
       "allowed: logistic_regression, random_gaussian_mixture, gaussian_mixture"});
  expect_parts(error_of_target("target:\n  data: x\n"), {"run.yml:8: target.type: missing", "logistic_regression"});
  expect_parts(error_of_target("target: {type: logistic_regression}\n"), {"run.yml:8: target.data: missing"});
  expect_parts(error_of_target("target: {type: random_gaussian_mixture}\n"),
               {"run.yml:8: target.num_dimensions: missing"});
  expect_parts(error_of_target("target: {type: random_gaussian_mixture, num_dimensions: 0}\n"),
               {"target.num_dimensions: '0' is out of range", "at least 1"});
  expect_parts(error_of_target("target: {type: random_gaussian_mixture, num_dimensions: 2, prior_std: 1}\n"),
               {"target.prior_std: unknown key of the target 'random_gaussian_mixture'",
                "allowed here: type, num_dimensions, diagonal"});
  expect_parts(error_of_target("target: {type: logistic_regression, data: x, prior_std: 0}\n"),
               {"target.prior_std: '0' is out of range", "greater than 0"});
  expect_parts(error_of_target("target: {type: linear_regression, correlation: 1}\n"),
               {"target.correlation: '1' is out of range"});
  expect_parts(error_of_target("target: {type: elliptic, num_dimensions: 201}\n"),
               {"target.num_dimensions: '201' is out of range"});
  expect_parts(error_of_target("seed: 1\n"), {"run.yml: no target", "environment_name"});
  expect_parts(error_of_target("target: [1]\n"), {"run.yml:8: target: a list where settings must stand"});
}

TEST(TargetSection, EveryTypeHasDefaultsForWhatIsNotItsOwn) {
  EXPECT_EQ(std::get<target::PlanarRobotOptions>(target_of("target: {type: planar_robot, goals: 1}\n")).goals, 1);
  EXPECT_EQ(std::get<target::FunnelOptions>(target_of("target: {type: funnel}\n")).dimension, 10);
  EXPECT_EQ(std::get<target::RosenbrockOptions>(target_of("target: {type: rosenbrock, a: 1, b: 100}\n")).b, 100.0);
  EXPECT_EQ(std::get<target::LogGaussianCoxOptions>(target_of("target: {type: log_gaussian_cox, cells: 4}\n")).cells,
            4);
  EXPECT_EQ(std::get<target::BrownianMotionOptions>(target_of("target: {type: brownian_motion}\n")).steps, 30);
  EXPECT_EQ(std::get<target::SirEpidemicOptions>(target_of("target: {type: sir_epidemic, data: /x}\n")).population,
            763.0);
  EXPECT_EQ(std::get<target::LinearRegressionOptions>(target_of("target: {type: linear_regression}\n")).features, 26);
  const auto schools = std::get<target::HierarchicalOptions>(target_of("target: {type: hierarchical}\n"));
  EXPECT_TRUE(schools.centred && schools.data.empty());
  EXPECT_FALSE(
      std::get<target::HierarchicalOptions>(target_of("target: {type: hierarchical, centred: false}\n")).centred);
  const auto elliptic = std::get<target::EllipticOptions>(target_of("target: {type: elliptic, gradients: false}\n"));
  EXPECT_EQ(elliptic.dimension, 10);
  EXPECT_FALSE(elliptic.gradients);
  const auto network = std::get<target::NeuralNetworkOptions>(
      target_of("target: {type: neural_network, data: /x, classification: true, hidden_units: [3, 2]}\n"));
  EXPECT_TRUE(network.classification);
  EXPECT_EQ(network.hidden_units, (std::vector<std::int64_t>{3, 2}));
}

TEST(TargetSection, GivenMixtures) {
  const auto student = std::get<target::StudentTMixtureOptions>(target_of(
      "target: {type: student_t_mixture, means: [[1, 2], [3, 4]], scales: [[[1, 0], [0, 1]], [[2, 0], [0, 2]]]}\n"));
  EXPECT_EQ(student.means, (target::Rows{{1, 2}, {3, 4}}));
  EXPECT_EQ(student.scales[1], (target::Rows{{2, 0}, {0, 2}}));
  EXPECT_TRUE(student.weights.empty());
  const auto gaussian = std::get<target::GaussianMixtureOptions>(
      target_of("target: {type: gaussian_mixture, weights: [3], means: [[1]], variances: [[4]]}\n"));
  EXPECT_EQ(gaussian.weights, std::vector<double>{3.0});
  expect_parts(error_of_target("target: {type: gaussian_mixture}\n"), {"target.means: missing", "model"});
  expect_parts(error_of_target("target: {type: gaussian_mixture, means: [[1]]}\n"),
               {"target.covariances: missing", "or variances"});
  expect_parts(
      error_of_target("target: {type: gaussian_mixture, means: [[1]], variances: [[1]], covariances: [[[1]]]}\n"),
      {"target.variances: covariances are given, too"});
  expect_parts(error_of_target("target: {type: gaussian_mixture, model: /x, means: [[1]]}\n"),
               {"target.means: the mixture is given twice"});
  expect_parts(error_of_target("target: {type: gaussian_mixture, means: [1, 2]}\n"),
               {"target.means[0]: '1' where a list must stand"});
  expect_parts(error_of_target("target: {type: gaussian_mixture, means: [[1, x]]}\n"), {"target.means[0][1]: 'x'"});
  expect_parts(error_of_target("target: {type: gaussian_mixture, means: [[]]}\n"), {"target.means[0]", "not empty"});
  expect_parts(error_of_target("target: {type: planar_robot, goals: 2}\n"),
               {"target.goals: 2 is none of the values", "1, 4"});
  expect_parts(error_of_target("target: {type: neural_network, data: /x, hidden_units: 8}\n"),
               {"target.hidden_units", "is not a list"});
}

TEST(TargetSection, Sleeping) {
  const auto bare = std::get<target::SleepingOptions>(
      target_of("target: {type: sleeping, around: {type: rosenbrock, num_dimensions: 3}}\n"));
  EXPECT_EQ(std::get<target::RosenbrockOptions>(bare.around).dimension, 3);
  EXPECT_EQ(bare.seconds, 0.02);
  EXPECT_EQ(bare.spread, 0.0);
  EXPECT_EQ(bare.sigma, 0.0);
  EXPECT_EQ(bare.dependence, 0.0);
  EXPECT_EQ(bare.group_size, 1);
  EXPECT_EQ(bare.failures.exception + bare.failures.not_a_number + bare.failures.wrong_shape + bare.failures.hang, 0.0);
  const auto all = std::get<target::SleepingOptions>(
      target_of("target:\n  type: sleeping\n  around: {type: funnel}\n  seconds: 3\n  sigma: 1.5\n  dependence: -2\n"
                "  group_size: 8\n  failures: {exception: 0.4, not_a_number: 0.3, wrong_shape: 0.2, hang: 0.1,"
                " transient: 0.5}\n"));
  EXPECT_EQ(all.seconds, 3.0);
  EXPECT_EQ(all.sigma, 1.5);
  EXPECT_EQ(all.dependence, -2.0);
  EXPECT_EQ(all.group_size, 8);
  EXPECT_EQ(all.failures.hang, 0.1);
  EXPECT_EQ(all.failures.transient, 0.5);
}

std::string error_of_sleeping(const std::string& keys) {
  return error_of_target("target:\n  type: sleeping\n  around:\n    type: funnel\n" + keys);
}

TEST(TargetSection, SleepingErrors) {
  expect_parts(error_of_target("target: {type: sleeping}\n"), {"run.yml:8: target.around: missing; the section of a"});
  expect_parts(error_of_target("target:\n  type: sleeping\n  around: {num_dimensions: 2}\n"),
               {"run.yml:10: target.around.type: missing; allowed: logistic_regression"});
  const std::string within = error_of_target("target:\n  type: sleeping\n  around: {type: sleeping}\n");
  expect_parts(within, {"run.yml:10: target.around.type: 'sleeping' cannot stand within another target; allowed: "
                        "logistic_regression"});
  EXPECT_TRUE(within.ends_with("uniform_disc")) << within;
  expect_parts(error_of_target("target:\n  type: sleeping\n  around: {type: funel}\n"),
               {"run.yml:10: target.around.type: no target is called 'funel' (did you mean 'funnel'?)"});
  expect_parts(error_of_sleeping("    num_dimensions: 1\n"),
               {"run.yml:12: target.around.num_dimensions: '1' is out of range; allowed: a whole number, at least 2"});
  expect_parts(error_of_sleeping("    dimensions: 3\n"),
               {"run.yml:12: target.around.dimensions: unknown key of the target 'funnel'"});
  expect_parts(error_of_sleeping("  second: 1\n"),
               {"run.yml:12: target.second: unknown key of the target 'sleeping' (did you mean "
                "'target.seconds'?)",
                "allowed here: type, around, seconds, spread, sigma, dependence, group_size, failures"});
  expect_parts(error_of_sleeping("  failures:\n    hangs: 1\n"),
               {"run.yml:13: target.failures.hangs: unknown key", "did you mean 'target.failures.hang'?"});
  expect_parts(error_of_sleeping("  spread: 0.5\n  sigma: 1\n"),
               {"run.yml:13: target.sigma: spread is given, too", "one of the two"});
  expect_parts(error_of_sleeping("  failures: {exception: 0.6, hang: 0.5}\n"),
               {"run.yml:12: target.failures: the shares that fail are 1.1 together; allowed: at most 1"});
  for (const char* key : {"seconds: 0", "spread: 1.1", "spread: -0.1", "sigma: -1", "group_size: 0",
                          "failures: {hang: -0.1}", "failures: {transient: 2}"})
    expect_parts(error_of_sleeping(std::string("  ") + key + "\n"),
                 {"run.yml:12: target.", "is out of range; allowed:"});
}

TEST(TargetSection, ListsPerDimensionAreAsLongAsTheTargetWithinSays) {
  expect_parts(
      error_of_target("target: {type: sleeping, around: {type: rosenbrock}}\nmodel_initialization: {prior_mean: "
                      "[1, 2, 3]}\n"),
      {"run.yml:9: model_initialization.prior_mean: a list of 3 numbers, but there are 2 dimensions"});
}

TEST(TargetSection, DataFileMustExistWhereItIsLoaded) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("run.yml", samtron + "target:\n  type: logistic_regression\n  data: sub/x.csv\n");
  expect_parts(error_of_file(file),
               {"run.yml:10: target.data: the file '" + folder.path("sub/x.csv") + "' does not exist"});
  folder.write("sub/x.csv/y", "");
  expect_parts(error_of_file(file), {"run.yml:10: target.data:", "is a folder"});
}

TEST(Environment, BreastCancerTakesTheShippedData) {
  const TemporaryFolder folder;
  const EnvironmentVariable directory("GMMVI_DATA_DIR", folder.path(""));
  const std::string file =
      folder.write("run.yml", samtron + "environment_name: breastCancer\nenvironment_config: {}\n");
  expect_parts(error_of_file(file),
               {"run.yml:8: environment_name:", folder.path("breast_cancer.csv"), "GMMVI_DATA_DIR"});
  folder.write("breast_cancer.csv", "");
  const auto options = std::get<target::LogisticRegressionOptions>(load(file).target);
  EXPECT_EQ(options.data, folder.path("breast_cancer.csv"));
  EXPECT_EQ(options.prior_std, 10.0);
}

TEST(Environment, DataThatAreNotShippedAreNamedByTheUser) {
  const TemporaryFolder folder;
  const EnvironmentVariable directory("GMMVI_DATA_DIR", folder.path("nowhere"));
  const std::string file = folder.write("run.yml", samtron + "environment_name: GermanCredit\n");
  expect_parts(error_of_file(file), {"german.data-numeric' does not exist", "doi.org", "environment_config.data"});
  folder.write("credit.txt", "");
  folder.write("run.yml", samtron + "environment_name: GermanCredit\nenvironment_config: {data: credit.txt}\n");
  EXPECT_EQ(std::get<target::LogisticRegressionOptions>(load(file).target).data, folder.path("credit.txt"));
}

TEST(Environment, AnyNameThatBeginsWithGmm) {
  for (const char* name : {"GMM", "GMM20", "GMM_large"}) {
    const auto options = std::get<target::RandomGaussianMixtureOptions>(
        target_of(std::string("environment_name: ") + name + "\nenvironment_config: {num_dimensions: 20}\n"));
    EXPECT_EQ(options.dimension, 20) << name;
  }
}

TEST(Environment, Errors) {
  expect_parts(error_of_target("environment_name: GMM20\n"), {"environment_config.num_dimensions: missing"});
  for (const char* name : {"MNIST1", "TalosX"}) {
    expect_parts(error_of_target(std::string("environment_name: ") + name + "\n"),
                 {"run.yml:8: environment_name:", name, "is not offered yet", "allowed: breastCancer, GermanCredit"});
  }
  expect_parts(error_of_target("environment_name: breastCancer_mb\n"), {"environment_config.batch_size: missing"});
  expect_parts(
      error_of_target("environment_name: STM\nenvironment_config: {num_dimensions: 2, use_matlab_target: true}\n"),
      {"environment_config.use_matlab_target: the instances", "student_t_mixture"});
  expect_parts(error_of_target("environment_name: breast_cancer\n"),
               {"no environment is called 'breast_cancer' (did you mean 'breastCancer'?)", "target:"});
  expect_parts(error_of_target("environment_name: breastCancer\nenvironment_config: {batch_size: 3}\n"),
               {"run.yml:9: environment_config.batch_size: unknown key of the environment 'breastCancer'",
                "allowed here: data"});
  expect_parts(error_of_target("environment_config: {num_dimensions: 3}\n"),
               {"run.yml:8: environment_config: without environment_name it says nothing"});
  expect_parts(error_of_target(mixture_target + "environment_name: GMM20\n"),
               {"run.yml:8: target: the target is named twice", "environment_name at run.yml:9"});
}

}  // namespace
}  // namespace gmmvi::config

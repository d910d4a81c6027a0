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
  expect_parts(error_of_target("target:\n  type: logistic_regresion\n  data: x\n"),
               {"run.yml:9: target.type: no target is called 'logistic_regresion'; did you mean 'logistic_regression'?",
                "allowed: logistic_regression, random_gaussian_mixture"});
  expect_parts(error_of_target("target:\n  data: x\n"), {"run.yml:8: target.type: missing", "logistic_regression"});
  expect_parts(error_of_target("target: {type: logistic_regression}\n"), {"run.yml:8: target.data: missing"});
  expect_parts(error_of_target("target: {type: random_gaussian_mixture}\n"),
               {"run.yml:8: target.num_dimensions: missing"});
  expect_parts(error_of_target("target: {type: random_gaussian_mixture, num_dimensions: 0}\n"),
               {"target.num_dimensions: '0' is out of range", "at least 1"});
  expect_parts(
      error_of_target("target: {type: random_gaussian_mixture, num_dimensions: 2, prior_std: 1}\n"),
      {"target.prior_std: unknown key of the target 'random_gaussian_mixture'", "allowed here: type, num_dimensions"});
  expect_parts(error_of_target("target: {type: logistic_regression, data: x, prior_std: 0}\n"),
               {"target.prior_std: '0' is out of range", "greater than 0"});
  expect_parts(error_of_target("seed: 1\n"), {"run.yml: no target", "environment_name"});
  expect_parts(error_of_target("target: [1]\n"), {"run.yml:8: target: a list where settings must stand"});
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

TEST(Environment, AnyNameThatBeginsWithGmm) {
  for (const char* name : {"GMM", "GMM20", "GMM_large"}) {
    const auto options = std::get<target::RandomGaussianMixtureOptions>(
        target_of(std::string("environment_name: ") + name + "\nenvironment_config: {num_dimensions: 20}\n"));
    EXPECT_EQ(options.dimension, 20) << name;
  }
}

TEST(Environment, Errors) {
  expect_parts(error_of_target("environment_name: GMM20\n"), {"environment_config.num_dimensions: missing"});
  for (const char* name :
       {"GermanCredit", "breastCancer_mb", "PlanarRobot4", "DIAGGMM20", "STM", "WINE", "MNIST1", "TalosX"}) {
    expect_parts(error_of_target(std::string("environment_name: ") + name + "\n"),
                 {"run.yml:8: environment_name:", name, "is not offered yet", "allowed: breastCancer, GMM"});
  }
  expect_parts(error_of_target("environment_name: breast_cancer\n"),
               {"no environment is called 'breast_cancer'; did you mean 'breastCancer'?", "target:"});
  expect_parts(
      error_of_target("environment_name: breastCancer\nenvironment_config: {batch_size: 3}\n"),
      {"run.yml:9: environment_config.batch_size: unknown key of the environment 'breastCancer'", "no key at all"});
  expect_parts(error_of_target("environment_config: {num_dimensions: 3}\n"),
               {"run.yml:8: environment_config: without environment_name it says nothing"});
  expect_parts(error_of_target(mixture_target + "environment_name: GMM20\n"),
               {"run.yml:8: target: the target is named twice", "environment_name at run.yml:9"});
}

}  // namespace
}  // namespace gmmvi::config

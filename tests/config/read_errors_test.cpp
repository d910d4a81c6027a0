#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

/// The error of a complete configuration with `more` from line 9 on.
std::string error_with(const std::string& more) {
  return error_of_text(complete(more));
}

std::string without(const std::string& line, std::string text = complete()) {
  const std::size_t begin = text.find(line);
  return text.erase(begin, text.find('\n', begin) + 1 - begin);
}

TEST(ReadErrors, UnknownKeys) {
  EXPECT_EQ(error_with("temprature: 1\n"), "run.yml:9: temprature: unknown key (did you mean 'temperature'?)");
  expect_parts(error_with("model_initialization:\n  prior_scales: 1\n"),
               {"run.yml:10: model_initialization.prior_scales: unknown key (did you mean "
                "'model_initialization.prior_scale'?)",
                "allowed here: use_diagonal_covs, num_initial_components, prior_mean, prior_scale, initial_cov"});
  expect_parts(error_with("extend: base.yml\n"), {"extend: unknown key (did you mean 'extends'?)"});
  expect_parts(error_with("qqqqqqqq: 1\n"), {"qqqqqqqq: unknown key; allowed here: "});
}

TEST(ReadErrors, AKeyOfAnotherSection) {
  expect_parts(error_with("iterations: 10\n"), {"run.yml:9: iterations: unknown key (did you mean 'run.iterations'?)"});
}

TEST(ReadErrors, AKeyOfAnotherOption) {
  expect_parts(error_with("component_stepsize_adapter_config: {annealing_exponent: 0.5}\n"),
               {"component_stepsize_adapter_config.annealing_exponent: unknown key of the option 'improvement-based'",
                "allowed here: initial_stepsize, min_stepsize"});
  std::string fixed = complete("num_component_adapter_config: {add_iters: 1}\n");
  fixed.replace(fixed.find("adaptive"), 8, "fixed");
  expect_parts(
      error_of_text(fixed),
      {"num_component_adapter_config.add_iters: unknown key of the option 'fixed'; allowed here: no key at all"});
}

TEST(ReadErrors, MisspeltTypeKeyIsReportedBeforeTheMissingOne) {
  std::string text = complete();
  text.replace(text.find("ng_estimator_type"), 17, "ng_estmator_type");
  expect_parts(error_of_text(text), {"run.yml:1: ng_estmator_type: unknown key (did you mean 'ng_estimator_type'?)"});
}

TEST(ReadErrors, MissingOption) {
  expect_parts(
      error_of_text(without("weight_updater_type")),
      {"run.yml: no option is chosen for weight_updater_type (allowed: trust-region, direct)", "--codename SAMTRON"});
}

TEST(ReadErrors, UnknownOption) {
  std::string text = complete();
  text.replace(text.find("component-based"), 15, "component_based");
  expect_parts(error_of_text(text),
               {"run.yml:3: sample_selector_type: 'component_based' is no option of the sample selector",
                "did you mean 'component-based'?", "allowed: component-based (M), mixture-based (P)"});
}

TEST(ReadErrors, Numbers) {
  expect_parts(error_with("temperature: warm\n"),
               {"run.yml:9: temperature: 'warm' is not a number; allowed: a number, greater than 0"});
  expect_parts(error_with("temperature: 0\n"), {"temperature: '0' is out of range; allowed: a number, greater than 0"});
  expect_parts(error_with("temperature: \"1\"\n"), {"temperature: the text \"1\" is not a number"});
  expect_parts(error_with("temperature: .nan\n"), {"temperature: '.nan' is not a finite number"});
  expect_parts(error_with("temperature: .inf\n"), {"temperature: '.inf' is not a finite number"});
  expect_parts(error_with("temperature: [1]\n"), {"temperature: a list is not a number"});
  expect_parts(error_with("temperature: null\n"), {"temperature: nothing (null) is not a number"});
}

TEST(ReadErrors, WholeNumbers) {
  expect_parts(error_with("run: {iterations: 100.5}\n"),
               {"run.yml:9: run.iterations: '100.5' is not a whole number; allowed: a whole number, at least 0"});
  expect_parts(error_with("run: {iterations: abc}\n"), {"run.iterations: 'abc' is not a number"});
  expect_parts(error_with("seed: -1\n"), {"seed: '-1' is too large or too small", "at most 18446744073709551615"});
  expect_parts(error_with("num_component_adapter_config: {add_iters: 3000000000}\n"),
               {"add_iters:", "at least 1, at most 1000000000"});
  EXPECT_EQ(parse(complete("run: {iterations: 1e5}\n"), "run.yml").run.iterations, 100000);
}

TEST(ReadErrors, TrueAndFalse) {
  for (const char* text : {"yes", "1", "\"true\"", "maybe"}) {
    expect_parts(error_with(std::string("use_sample_database: ") + text + "\n"),
                 {"run.yml:9: use_sample_database:", "is neither true nor false; allowed: true, false"});
  }
  expect_parts(error_with("use_sample_database:\n"), {"use_sample_database: nothing (null) cannot stand here"});
}

TEST(ReadErrors, Lists) {
  const std::string key = "num_component_adapter_config.thresholds_for_add_heuristic";
  const auto error = [](const std::string& value) {
    return error_with("num_component_adapter_config:\n  thresholds_for_add_heuristic: " + value + "\n");
  };
  expect_parts(error("[]"), {"run.yml:10: " + key + ": an empty list", "at least one number, greater than 0"});
  expect_parts(error("5"), {key + ": '5' is not a list", "a list of numbers, greater than 0"});
  expect_parts(error("\n    - 5\n    - -1"), {"run.yml:12: " + key + "[1]: '-1' is out of range"});
  expect_parts(error("[5, x]"), {key + "[1]: 'x' is not a number"});
}

TEST(ReadErrors, OneNumberPerDimension) {
  expect_parts(error_with("model_initialization:\n  prior_mean: [1, 2]\n"),
               {"run.yml:10: model_initialization.prior_mean: a list of 2 numbers, but there are 3 dimensions"});
  const std::string regression = samtron + "target: {type: logistic_regression, data: x}\n";
  expect_parts(error_of_text(regression + "model_initialization:\n  prior_mean: [1, 2]\n  prior_scale: [1, 2, 3]\n"),
               {"run.yml:11: model_initialization.prior_scale: a list of 3 numbers, but there are 2 dimensions"});
  expect_parts(error_with("model_initialization: {prior_scale: [1, 0, 1]}\n"), {"prior_scale[1]: '0' is out of range"});
  expect_parts(error_with("model_initialization: {prior_mean: null}\n"),
               {"prior_mean: nothing (null) is not a number"});
}

TEST(ReadErrors, SectionsMustBeMaps) {
  expect_parts(error_with("run: 5\n"), {"run.yml:9: run: '5' where settings must stand", "allowed: a map"});
  expect_parts(error_of_text("just words\n"), {"run.yml:1: the configuration: 'just words' where settings must stand"});
}

TEST(ReadErrors, NumbersOfSamples) {
  for (const char* text : {"D", "3000000000", "2 D", "2d", "D2", "1.5", "many", "null", "[2D]", "'100'"})
    expect_parts(
        error_with(fmt::format("sample_selector_config: {{desired_samples_per_component: {}}}\n", text)),
        {"sample_selector_config.desired_samples_per_component: ", "a whole number from 1", "such as 2D or 1.3D"});
}

TEST(ReadErrors, AFolderForModelsIsWithinThatOfTheRun) {
  for (const char* path : {".", "./", "..", "../models", "models/../.."})
    expect_parts(error_with(fmt::format("dump_gmm_path: {}\n", path)),
                 {fmt::format("run.yml:9: dump_gmm_path: '{}' is not a folder within that of the run", path)});
  for (const char* path : {"models", "./models", "a/../models", "/tmp/models", "null"})
    EXPECT_NO_THROW(parse(complete(fmt::format("dump_gmm_path: {}\n", path)), "run.yml")) << path;
}

TEST(ReadErrors, Ranges) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"num_component_adapter_config: {del_iters: 2}", "at least 3"},
      {"num_component_adapter_config: {min_weight_for_del_heuristic: 1.5}", "at least 0, at most 1"},
      {"num_component_adapter_config: {num_prior_samples: -1}", "at least 0"},
      {"sample_selector_config: {desired_samples_per_component: 0}", "from 1 to"},
      {"sample_selector_config: {desired_samples_per_component: 0D}", "such as 2D"},
      {"sample_selector_config: {desired_samples_per_component: -2D}", "such as 2D"},
      {"sample_selector_config: {ratio_reused_samples_to_desired: -0.5}", "at least 0"},
      {"component_stepsize_adapter_config: {stepsize_inc_factor: 0.9}", "at least 1"},
      {"weight_stepsize_adapter_config: {stepsize_dec_factor: 0}", "greater than 0, at most 1"},
      {"weight_stepsize_adapter_config: {initial_stepsize: -1}", "at least 0"},
      {"model_initialization: {initial_cov: 0}", "greater than 0"},
      {"max_database_size: 0", "at least 1"},
      {"gmmvi_runner_config: {log_metrics_interval: 0}", "at least 1"},
      {"run: {max_seconds: 0}", "greater than 0"},
      {"ng_estimator_config: {initial_l2_regularizer: -1}", "at least 0"},
      {"mmd_evaluation_config: {alpha: 0}", "greater than 0"}};
  for (const auto& [text, allowed] : cases) {
    SCOPED_TRACE(text);
    expect_parts(error_with(text + "\n"), {"run.yml:9: ", "is out of range; allowed: ", allowed});
  }
}

TEST(ReadErrors, SmallestAndLargestStepsize) {
  expect_parts(
      error_with("weight_stepsize_adapter_config:\n  max_stepsize: 1.0e-5\n"),
      {"run.yml:10: weight_stepsize_adapter_config.max_stepsize: the smallest stepsize (0.0001) is greater than the "
       "largest (1e-05)"});
  expect_parts(error_with("component_stepsize_adapter_config:\n  min_stepsize: 2\n"),
               {"run.yml:10: component_stepsize_adapter_config.min_stepsize: the smallest stepsize (2)"});
}

TEST(ReadErrors, NoCandidatesForComponents) {
  expect_parts(error_with("num_component_adapter_config: {num_database_samples: 0}\n"),
               {"run.yml:9: num_component_adapter_config.num_database_samples:", "no candidates", "num_prior_samples"});
}

TEST(ReadErrors, SamplesOfAPriorThatIsNotThere) {
  expect_parts(
      error_with("model_initialization: {initial_cov: null}\nnum_component_adapter_config: {num_prior_samples: 5}\n"),
      {"run.yml:10: num_component_adapter_config.num_prior_samples:", "initial_cov is null at run.yml:9"});
}

TEST(ReadErrors, AKeyTwice) {
  expect_parts(error_with("seed: 1\nrun: {iterations: 1}\nseed: 2\n"),
               {"run.yml:11: seed: this key stands here a second time (first at run.yml:9)"});
}

TEST(ReadErrors, KeysThatAreNoWords) {
  expect_parts(error_with("? [a, b]\n: 1\n"), {"run.yml:9: a key must be a word"});
}

TEST(ReadErrors, Syntax) {
  expect_parts(error_with("run: {iterations: 1\n"), {"run.yml:", "this is not YAML"});
  expect_parts(error_of_text("a: b: c\n"), {"run.yml:1:5: this is not YAML"});
  expect_parts(error_with("\ttemperature: 1\n"), {"run.yml:9:", "this is not YAML"});
}

TEST(ReadErrors, AMessageIsOneLineWhateverItQuotes) {
  expect_parts(error_with("temperature: \"a\\nb\"\n"), {"run.yml:9: temperature: the text \"a\\nb\" is not a number"});
}

TEST(ReadErrors, TwoDocuments) {
  expect_parts(error_of_text("seed: 1\n---\nseed: 2\n"), {"run.yml:2: a second YAML document begins here"});
}

TEST(ReadErrors, AStrayCommaDoesNotKeepTheParserForever) {
  for (const char* text : {",", ", a: 1\n", "]", "seed: 1\n}\n"}) expect_parts(error_of_text(text), {"run.yml:"});
}

TEST(ReadErrors, AnAliasInsideItself) {
  expect_parts(error_of_text("run: &r\n  iterations: *r\n"), {"run.yml:", "nested more than"});
}

}  // namespace
}  // namespace gmmvi::config

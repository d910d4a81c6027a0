// All that is wrong with a configuration is told at once, each with its place; files of other programs are recognised.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

std::string ported(const std::string& name) {
  return GMMVI_PORTED "/" + name;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Exactly one line of `message` has all parts.
void expect_line(const std::string& message, const std::vector<std::string>& parts) {
  const std::vector<std::string> lines = lines_of(message);
  const auto has_all = [&](const std::string& line) {
    return std::ranges::all_of(parts, [&](const std::string& part) { return line.find(part) != std::string::npos; });
  };
  EXPECT_EQ(std::ranges::count_if(lines, has_all), 1) << parts.front() << " ... in\n" << message;
}

TEST(AllProblems, AreToldInTheOrderOfTheirLines) {
  const std::string message =
      error_of_text(complete("temperature: warm\n"
                             "num_component_adapter_config: {add_iters: 0, max_components: few}\n"
                             "sed: 1\n"
                             "model_initialization: {prior_mean: [1, x, y]}\n"
                             "run: {iterations: 1.5, patience: -3}\n"));
  const std::vector<std::string> lines = lines_of(message);
  ASSERT_EQ(lines.size(), 9u) << message;
  EXPECT_EQ(lines[0], "run.yml: 8 things are wrong with this configuration:");
  const std::vector<std::string> begins = {"  run.yml:9: temperature: 'warm'",
                                           "  run.yml:10: num_component_adapter_config.add_iters: '0'",
                                           "  run.yml:10: num_component_adapter_config.max_components: 'few'",
                                           "  run.yml:11: sed: unknown key (did you mean 'seed'?)",
                                           "  run.yml:12: model_initialization.prior_mean[1]: 'x'",
                                           "  run.yml:12: model_initialization.prior_mean[2]: 'y'",
                                           "  run.yml:13: run.iterations: '1.5'",
                                           "  run.yml:13: run.patience: '-3'"};
  for (std::size_t i = 0; i < begins.size(); ++i) EXPECT_TRUE(lines[i + 1].starts_with(begins[i])) << lines[i + 1];
}

TEST(AllProblems, AreOfFilesAndCommandLineTogether) {
  const TemporaryFolder folder;
  folder.write("base.yml", complete("temperature: warm\n"));
  const std::string file = folder.write("mine.yml", "extends: [base.yml, nowhere.yml]\nseed: x\n");
  const std::string message = error_of_file(file, {.codename = "SAQTRUX", .set = {"run.iterations=many", "nonsense"}});
  expect_line(message, {"base.yml:9: temperature: 'warm' is not a number"});
  expect_line(message, {"mine.yml:1: extends: 'nowhere.yml': there is no such file"});
  expect_line(message, {"mine.yml:2: seed: 'x' is not a number"});
  expect_line(message, {"--codename SAQTRUX: no option has the letter 'Q'"});
  expect_line(message, {"--set run.iterations=many: 'many' is not a number"});
  expect_line(message, {"--set nonsense: write it as key=value"});
  EXPECT_EQ(lines_of(message).size(), 7u) << message;
}

TEST(AllProblems, WhatConcernsSeveralKeysIsAmongThem) {
  const std::string box = "target:\n  type: truncated_gaussian\n  num_dimensions: 3\n";
  const std::string lengths =
      error_of_text(samtron + box + "  lower: [0, 0]\n  mean: [1, 2]\nmodel_initialization: {prior_mean: [1, 2]}\n");
  expect_line(lengths, {"run.yml:11: target.lower: has 2 numbers, but num_dimensions is 3"});
  expect_line(lengths, {"run.yml:12: target.mean: has 2 numbers"});
  expect_line(lengths,
              {"run.yml:13: model_initialization.prior_mean: a list of 2 numbers, but there are 3 dimensions"});
  const std::string order = error_of_text(samtron + box + "  mean: abc\n  lower: 2\n  upper: 1\n");
  expect_line(order, {"run.yml:11: target.mean: 'abc'"});
  expect_line(order, {"run.yml:13: target.upper: 1 is not above lower, 2"});
  EXPECT_EQ(lines_of(order).size(), 3u) << order;
}

TEST(AllProblems, NothingIsConcludedFromWhatIsWrong) {
  const std::string box = "target:\n  type: truncated_gaussian\n  num_dimensions: few\n  lower: [a, 1]\n  upper: 0\n";
  const std::string message = error_of_text(samtron + box + "model_initialization: {prior_mean: [1, 2]}\n");
  EXPECT_EQ(lines_of(message).size(), 3u) << message;
  expect_line(message, {"target.num_dimensions: 'few'"});
  expect_line(message, {"target.lower[0]: 'a'"});
  const std::string missing =
      error_of_text(samtron + "target: {type: random_gaussian_mixture}\nmodel_initialization: {prior_mean: [1, 2]}\n");
  EXPECT_EQ(missing.substr(0, missing.find(';')), "run.yml:8: target.num_dimensions: missing");
}

TEST(AllProblems, AKeyTwiceIsOneOfThem) {
  const std::string message = error_of_text(complete("seed: 1\nseed: 2\ntemperature: warm\n"));
  expect_line(message, {"run.yml:10: seed: this key stands here a second time (first at run.yml:9)"});
  expect_line(message, {"run.yml:11: temperature: 'warm'"});
}

TEST(AllProblems, OfAPortWithInterpolations) {
  const std::string message = error_of_file(ported("letter_q.yaml"));
  for (const char* key : {"prior_scale", "init_std"}) EXPECT_NE(message.find(key), std::string::npos) << message;
  expect_line(message, {"letter_q.yaml:14: model_initialization.prior_scale",
                        "'${target.gmmvi.initial_scale}' is an unresolved interpolation"});
  expect_line(message, {"letter_q.yaml:15: model_initialization.init_std: unknown key",
                        "'model_initialization.initial_cov'", "the square"});
  expect_line(message, {"algorithm: unknown key (did you mean 'codename'?)"});
  expect_line(message, {"iters: unknown key (did you mean 'run.iterations'?)"});
  expect_line(message, {"no target"});
}

TEST(AllProblems, AStandardDeviationIsSquared) {
  const std::string message = error_of_file(ported("resolved.yml"));
  expect_line(message, {"resolved.yml:10: model_initialization.init_std", "'model_initialization.initial_cov'",
                        "the square of this standard deviation: 0.01"});
  expect_line(message, {"resolved.yml:24: sample_selector_type: 'fixed' is no option of the sample selector"});
  expect_parts(error_of_text(complete("model_initialization: {initial_std: [1, 3]}\n")),
               {"the square of this standard deviation: [1, 9]"});
}

TEST(AllProblems, OfAPlaceholder) {
  expect_line(error_of_file(ported("decaying_todo.yml")),
              {"decaying_todo.yml:5: weight_stepsize_adapter_config.annealing_exponent: 'TODO' is not a number (a "
               "placeholder that was never filled in?)"});
}

TEST(AllProblems, OfAFlatFileAreToldWithThePlacesWhereKeysBelong) {
  const std::string message = error_of_file(ported("flat.yaml"));
  const std::vector<std::pair<int, std::vector<std::string>>> expected = {
      {2, {"prior_mean", "'model_initialization.prior_mean'"}},
      {3, {"prior_scale", "'model_initialization.prior_scale'"}},
      {4, {"init_std", "'model_initialization.initial_cov'", "400"}},
      {5, {"dim", "'target.num_dimensions'"}},
      {7,
       {"initial_stepsize", "'component_stepsize_adapter_config.initial_stepsize'",
        "'weight_stepsize_adapter_config.initial_stepsize'"}},
      {8, {"initial_l2_regularizer", "'ng_estimator_config.initial_l2_regularizer'"}},
      {9,
       {"use_self_normalized_importance_weights", "'ng_estimator_config.use_self_normalized_importance_weights'",
        "'weight_updater_config.use_self_normalized_importance_weights'"}},
      {12, {"use_diagonal_convs", "'model_initialization.use_diagonal_covs'"}},
      {13, {"num_initial_components", "'model_initialization.num_initial_components'"}},
      {18, {"batch_size", "'sample_selector_config.desired_samples_per_component'"}},
      {19, {"ratio_reused_samples_to_desired", "'sample_selector_config.ratio_reused_samples_to_desired'"}},
      {21, {"min_stepsize", "'component_stepsize_adapter_config.min_stepsize'"}},
      {22, {"max_stepsize", "'component_stepsize_adapter_config.max_stepsize'"}},
      {23, {"stepsize_inc_factor", "'component_stepsize_adapter_config.stepsize_inc_factor'"}},
      {24, {"stepsize_dec_factor", "'component_stepsize_adapter_config.stepsize_dec_factor'"}},
      {26, {"del_iters", "'num_component_adapter_config.del_iters'"}},
      {27, {"add_iters", "'num_component_adapter_config.add_iters'"}},
      {28, {"max_components", "'num_component_adapter_config.max_components'"}},
      {29, {"thresholds_for_add_heuristic", "'num_component_adapter_config.thresholds_for_add_heuristic'"}},
      {30, {"min_weight_for_del_heuristic", "'num_component_adapter_config.min_weight_for_del_heuristic'"}},
      {31, {"num_database_samples", "'num_component_adapter_config.num_database_samples'"}}};
  for (auto [line, parts] : expected) {
    parts.front() = fmt::format("flat.yaml:{}: {}: unknown key (did you mean ", line, parts.front());
    expect_line(message, parts);
  }
  EXPECT_LT(message.size(), 8000u) << "the keys that are allowed are told once";
}

TEST(AllProblems, WhatATrackerWrappedIsRead) {
  const Configuration wrapped = load(ported("wandb_full_config.yaml"), {.set = {"run.iterations=60"}});
  EXPECT_EQ(to_yaml(wrapped), to_yaml(load(ported("wandb_unwrapped.yml"))));
  EXPECT_EQ(wrapped.codename, "SAMTRUX");
  const std::string message = error_of_file(ported("run_2_config.yml"));
  expect_line(message, {"run_2_config.yml:1: algorithm_id: unknown key (did you mean 'codename'?)"});
  expect_line(message, {"run_2_config.yml:4: iterations: unknown key (did you mean 'run.iterations'?)"});
}

TEST(AllProblems, DocumentsOfAnExperimentRunnerAreNamed) {
  expect_parts(error_of_file(ported("cw2_samtrux.yml")),
               {"cw2_samtrux.yml:9: a second YAML document begins here", "cw2", "'DEFAULT' (line 1)",
                "'samtrux_planar_4' (line 9)", "'GMM20' (line 14)", "one document"});
}

TEST(AllProblems, AreToldUpToALimit) {
  std::string more;
  for (int i = 0; i < 900; ++i) more += fmt::format("key{}: 1\n", i);
  const std::string message = error_of_text(complete(more));
  expect_line(message, {"run.yml: 900 things are wrong"});
  expect_line(message, {"and 800 more"});
  EXPECT_LT(message.size(), 30'000u);
}

// ---- what would take all memory or for ever

TEST(Bombs, AliasesThatMultiplyEachOther) {
  std::string text = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 20; ++i) {
    text += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 10; ++j) text += fmt::format("{}*a{}", j == 0 ? "" : ", ", i - 1);
    text += "]\n";
  }
  expect_parts(error_of_text(text), {"run.yml:", "become more than 1000000", "aliases"});
}

TEST(Bombs, FilesThatExtendEachOtherTwiceAreReadOnce) {
  const TemporaryFolder folder;
  folder.write("f0.yml", complete("seed: 7\n"));
  for (int i = 1; i <= 60; ++i)
    folder.write(fmt::format("f{}.yml", i), fmt::format("extends: [f{0}.yml, f{0}.yml]\n", i - 1));
  EXPECT_EQ(load(folder.path("f60.yml")).solver.seed, 7u);
}

TEST(Bombs, AChainOfFilesWithoutEnd) {
  const TemporaryFolder folder;
  for (int i = 0; i < 300; ++i) folder.write(fmt::format("f{}.yml", i), fmt::format("extends: f{}.yml\n", i + 1));
  expect_parts(error_of_file(folder.path("f0.yml")), {"more than 100 files extend each other"});
}

TEST(Bombs, ThousandsOfKeys) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += fmt::format("key{}: 1\n", i);
  expect_parts(error_of_text(text), {"run.yml:1: 20000 keys in one map"});
}

TEST(Bombs, ValuesAndKeysOfAMegabyte) {
  const std::string huge(1'000'000, 'x');
  for (const std::string& more : {"temperature: \"" + huge + "\"\n", "use_sample_database: " + huge + "\n",
                                  "run: {" + huge + ": 1}\n", "output: {directory: [" + huge + "]}\n"}) {
    const std::string message = error_of_text(complete(more));
    EXPECT_LT(message.size(), 3000u) << message.substr(0, 3000);
  }
  expect_parts(error_of_text(complete("temperature: \"" + huge + "\"\n")), {"of 1000000 bytes are left out"});
}

TEST(Bombs, ControlCharactersAreEscaped) {
  const std::string message = error_of_text(complete("temperature: \"\\e[31mred\\u009b\"\n\"k\\ney\\a\": 1\n"));
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
  expect_line(message, {"temperature: the text \"\\u001b[31mred\\u009b\" is not a number"});
  expect_line(message, {"k\\ney\\u0007: unknown key"});
}

TEST(Bombs, DevicesFoldersAndPipes) {
  expect_parts(error_of_file("/dev/zero"), {"/dev/zero: this is a device, not a file"});
  const TemporaryFolder folder;
  expect_parts(error_of_file(folder.path("")), {"this is a folder, not a file"});
  expect_parts(error_of_file(folder.write("extending.yml", "extends: ['']\n")),
               {"extending.yml:1: extends: this is no path"});
  expect_parts(error_of_file(std::string(300, 'a') + ".yml"), {"File name too long"});
  std::filesystem::create_symlink("loop.yml", folder.path("loop.yml"));
  expect_parts(error_of_file(folder.path("loop.yml")), {"loop.yml", "Too many levels of symbolic links"});
}

TEST(Bombs, APipeIsReadOnce) {
  const TemporaryFolder folder;
  const std::string pipe = folder.path("pipe.yml");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  auto writer = std::async([&] { std::ofstream(pipe) << complete("seed: 9\n"); });
  const std::string file = folder.write("mine.yml", "extends: [pipe.yml, pipe.yml]\n");
  EXPECT_EQ(load(file).solver.seed, 9u);
}

TEST(Bombs, CountsThatOverflow) {
  for (const char* more : {"num_component_adapter_config: {num_prior_samples: 9223372036854775807}\n",
                           "num_component_adapter_config: {del_iters: 2147483647}\n",
                           "run: {metrics_samples: 9223372036854775807}\n", "run: {iterations: 9223372036854775807}\n",
                           "sample_selector_config: {ratio_reused_samples_to_desired: 1e300}\n"})
    expect_parts(error_of_text(complete(more)), {"run.yml:9: ", "is out of range", "at most 1"});
}

TEST(Bombs, NumbersWhoseSquareIsLost) {
  const auto expect_refused = [](const char* key, const char* value) {
    expect_parts(error_of_text(complete(fmt::format("model_initialization: {{{}: {}}}\n", key, value))),
                 {fmt::format("run.yml:9: model_initialization.{}: '{}' cannot be computed with", key, value)});
  };
  for (const char* key : {"prior_scale", "initial_cov"})
    for (const char* value : {"1e-300", "1e300", "4.9e-324"}) expect_refused(key, value);
  expect_refused("prior_mean", "-1e300");
  EXPECT_EQ(parse(complete("model_initialization: {prior_mean: 1e-300}\n"), "x").solver.model_initialization.prior_mean,
            PerDimension{1e-300});
  EXPECT_EQ(
      parse(complete("model_initialization: {prior_scale: 1e-150}\n"), "x").solver.model_initialization.prior_scale,
      PerDimension{1e-150});
}

// ---- what only the data tell

TEST(Lengths, AreToldWithTheirPlaceOnceTheDimensionIsKnown) {
  const Configuration c = parse(samtron +
                                    "target: {type: logistic_regression, data: x.csv}\n"
                                    "model_initialization:\n  prior_mean: [1, 2, 3]\n",
                                "run.yml");
  require_lengths(c, 3);
  expect_parts(error_of([&] { require_lengths(c, 9); }),
               {"run.yml:10: model_initialization.prior_mean: a list of 3 numbers, but there are 9 dimensions; "
                "allowed: one number, or 9"});
}

}  // namespace
}  // namespace gmmvi::config

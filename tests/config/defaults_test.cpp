#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "config/layers.hpp"
#include "config/yaml.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

std::string error_of_experiment(const std::string& experiment) {
  return error_of([&] { default_config({}, experiment); });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Defaults, RunAsTheyAre) {
  for (const char* experiment : {"breast_cancer", "gmm20"}) {
    for (const char* codename : {"SAMTRON", "zamtrux", "SEPYFUX"}) {
      const Configuration c = parse(default_config(codename, experiment), "my.yml");
      EXPECT_EQ(c.codename, codename_of(c.solver));
      EXPECT_TRUE(
          std::ranges::equal(c.codename, std::string(codename), {}, {}, [](char x) { return std::toupper(x); }));
    }
  }
}

TEST(Defaults, AreThoseOfTheExperimentWithTheCodename) {
  const Configuration c = parse(default_config("ZAMTRUX", "gmm20"), "my.yml");
  const Configuration loaded = load(GMMVI_CONFIGS "/experiments/gmm20.yml", {.codename = "ZAMTRUX"});
  EXPECT_EQ(to_yaml(c), to_yaml(loaded));
}

TEST(Defaults, WithoutACodenameSamtron) {
  EXPECT_EQ(parse(default_config({}, "breast_cancer"), "my.yml").codename, "SAMTRON");
  const TemporaryFolder folder;
  const std::string own = folder.write("own.yml", mixture_target + "weight_updater_type: direct\n");
  EXPECT_EQ(parse(default_config({}, own), "my.yml").codename, "SAMTRUN") << "as far as the file leaves it open";
}

TEST(Defaults, SayTheInitialVariancesThatFollowFromOthers) {
  const TemporaryFolder folder;
  const std::string own =
      folder.write("own.yml", mixture_target + "model_initialization: {prior_scale: [0.1, 2, 3]}\n");
  const ModelInitialization o = parse(default_config({}, own), "my.yml").solver.model_initialization;
  EXPECT_EQ(o.initial_cov, (PerDimension{0.1 * 0.1, 4, 9}));
  EXPECT_TRUE(o.has_prior);
}

TEST(Defaults, EveryKeyHasACommentAboveIt) {
  for (const Family& family : families()) {
    for (const OptionName& option : family.options) {
      std::string codename = "SAMTRON";
      codename[static_cast<std::size_t>(&family - families().data())] = option.letter;
      const auto lines = lines_of(default_config(codename, "gmm20"));
      for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].empty() || lines[i].find('#') != std::string::npos) continue;
        const bool settings_of_an_option = lines[i - 1].starts_with(std::string(family.prefix) + "_type:") ||
                                           lines[i].find("_config:") != std::string::npos;
        const auto comment = lines[i - 1].find_first_not_of(' ');
        EXPECT_TRUE(settings_of_an_option || (comment != std::string::npos && lines[i - 1][comment] == '#'))
            << lines[i - 1] << "\n"
            << lines[i];
      }
    }
  }
}

TEST(Defaults, CommentsSayMeaningAndRangeInOneLine) {
  const std::string text = default_config("SAMTRON", "breast_cancer");
  for (const char* part : {"\n# β of E[log p]", "(number, greater than 0)\ntemperature: 1.0\n",
                           "(true or false)\nuse_sample_database: true\n", "or null)\nmax_database_size: 10000000\n",
                           "  # components of the first mixture (",
                           "\n# Natural-gradient estimator: Stein (S), MORE (Z), GaussNewton (L)\n# first order, ",
                           "ng_estimator_type: Stein\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  for (const std::string& line : lines_of(text + default_config("SAMTRON", "sleeping_gmm20"))) {
    const auto columns = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
    EXPECT_LE(columns, 120) << line;
  }
}

TEST(Defaults, UnknownExperimentsShowThoseThereAre) {
  expect_parts(error_of_experiment("breastcancer"),
               {"--experiment breastcancer: none of the experiments has this name (did you mean 'breast_cancer'?)",
                "there are: banana, box, breast_cancer"});
  expect_parts(error_of_experiment("gmm2"), {"did you mean 'gmm20'?); there are"});  // 'diaggmm20' has it in it, too
  expect_parts(error_of_experiment(""), {"there are: banana, box, breast_cancer"});
  expect_parts(error_of_experiment("./none.yml"), {"./none.yml: there is no such file"});
}

TEST(Defaults, ExperimentsOfAnotherFolder) {
  const TemporaryFolder folder;
  const EnvironmentVariable directory("GMMVI_EXPERIMENTS_DIR", folder.path(""));
  expect_parts(error_of_experiment("gmm20"), {"there are no experiments in", "GMMVI_EXPERIMENTS_DIR"});
  folder.write("mine.yml", mixture_target);
  expect_parts(error_of_experiment("gmm20"), {"there are: mine"});
  EXPECT_EQ(std::get<target::RandomGaussianMixtureOptions>(parse(default_config({}, "mine"), "").target).dimension, 3);
}

}  // namespace
}  // namespace gmmvi::config

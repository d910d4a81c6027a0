#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "config/codename.hpp"
#include "config/configuration.hpp"
#include "config/families.hpp"
#include "config/layers.hpp"
#include "config/problems.hpp"
#include "config/values.hpp"
#include "config/yaml.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

namespace fs = std::filesystem;

const fs::path configs = GMMVI_CONFIGS;

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Their data are not shipped: they say where to get them, and are complete but for them.
bool needs_data_of_the_users(const fs::path& path) {
  const std::string name = path.stem().string();
  if (!name.starts_with("german_credit") && !name.starts_with("wine")) return false;
  expect_parts(error_of_file(path.string()), {"does not exist", "https://doi.org/", "environment_config.data"});
  const TemporaryFolder folder;
  folder.write("german.data-numeric", "");
  folder.write("winequality-white.csv", "");
  const EnvironmentVariable directory("GMMVI_DATA_DIR", folder.path(""));
  EXPECT_NO_THROW(load(path.string(), {.fallback_codename = "SEPYFUX"}));
  return true;
}

std::string lower_dashed(std::string_view type) {
  std::string text(type);
  for (char& c : text) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// What the defaults of an option are, in the words of to_yaml().
Node defaults_of(std::size_t family, std::size_t option) {
  Choices choices{};
  choices[family] = option;
  Configuration c;
  choose(c.solver, choices);
  Problems problems;
  Node defaults = parse_yaml(to_yaml(c), std::make_shared<const Source>(Source{"defaults", {}}), problems);
  problems.finish("defaults");
  return defaults;
}

/// The same settings, with numbers of the same value.
void expect_same(const Node& a, const Node& b) {
  SCOPED_TRACE(a.place.text());
  ASSERT_EQ(a.kind, b.kind);
  double x = 0.0, y = 0.0;
  const bool numbers = to_number(a.text, x) == Conversion::done && to_number(b.text, y) == Conversion::done;
  EXPECT_TRUE(numbers ? x == y : a.text == b.text) << a.text << " or " << b.text;
  ASSERT_EQ(a.items.size(), b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) expect_same(a.items[i], b.items[i]);
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (const Node::Entry& entry : a.entries) {
    ASSERT_NE(b.find(entry.key), nullptr) << entry.key;
    expect_same(entry.value, *b.find(entry.key));
  }
}

void check_module(std::size_t family_index, std::size_t option) {
  const Family& family = families()[family_index];
  const fs::path path = configs / "modules" / family.prefix / (lower_dashed(family.options[option].type) + ".yml");
  SCOPED_TRACE(path.string());
  ASSERT_TRUE(fs::exists(path));
  Problems problems;
  const Node module = read_layers(path.string(), problems, Pipes::are_read);
  problems.finish(path.string());
  const Node defaults = defaults_of(family_index, option);
  ASSERT_EQ(module.entries.size(), 2u);
  ASSERT_NE(module.find(family.type_key()), nullptr);
  ASSERT_NE(module.find(family.config_key()), nullptr);
  EXPECT_EQ(module.find(family.type_key())->text, family.options[option].type);
  expect_same(*module.find(family.config_key()), *defaults.find(family.config_key()));
}

TEST(ShippedConfigs, EveryModuleHoldsTheDefaultsOfItsOption) {
  std::size_t modules = 0;
  for (std::size_t f = 0; f < families().size(); ++f) {
    for (std::size_t o = 0; o < families()[f].types().size(); ++o, ++modules) check_module(f, o);
  }
  EXPECT_EQ(yaml_files(configs / "modules").size(), modules + yaml_files(configs / "modules/presets").size())
      << "a file without an option";
}

TEST(ShippedConfigs, APresetGoesOverAnyConfig) {
  const fs::path path = configs / "published/gmm20_sepyfux.yml";
  const Configuration c = load(path.string(), {.preset = "expensive", .set = {"run.iterations=7"}});
  EXPECT_EQ(c.codename, "SAMTRON") << "of SEPYFUX the estimator is left";
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(c.solver.sample_selector).desired_samples_per_component,
            SampleCount::times_dimension(1.3));
  EXPECT_EQ(c.solver.model_initialization.num_initial_components, 50) << "of the config";
  EXPECT_EQ(c.run.iterations, 7);
  EXPECT_FALSE(load((configs / "experiments/gmm100.yml").string(), {.preset = "expensive", .codename = "SAMTRON"})
                   .run.metrics_samples)
      << "evaluations for metrics are none where they are expensive";
  EXPECT_EQ(load((configs / "published/gmm20_zamtrux.yml").string(), {.preset = "expensive"}).codename, "ZAMTRON");
  EXPECT_EQ(load((configs / "experiments/gmm20.yml").string(), {.preset = "expensive", .codename = "ZAMTRON"}).codename,
            "ZAMTRON");
  const Configuration without =
      load((configs / "published/gmm20_samtron.yml").string(), {.preset = "expensive_without_gradients"});
  EXPECT_EQ(without.codename, "ZAMTRON");
  EXPECT_EQ(std::get<MoreOptions>(without.solver.natural_gradient).initial_l2_regularizer, 0.1);
  EXPECT_EQ(std::get<MoreOptions>(without.solver.natural_gradient).linear_l2_regularizer, 0.01);
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(without.solver.sample_selector).ratio_reused_samples_to_desired,
            20.0)
      << "of the preset that it extends";
  expect_parts(
      error_of_file(path.string(), {.preset = "expansive"}),
      {"--preset expansive", "did you mean 'expensive'?",
       "there are: cheap_with_gradients, cheap_without_gradients, expensive, expensive_sequential, expensive_wide, "
       "expensive_with_gradients, expensive_with_outputs, expensive_without_gradients, with_gradients, "
       "with_outputs, without_gradients"});
  const TemporaryFolder folder;
  const std::string own = folder.write("own.yml", "sample_selector_config: {desired_samples_per_component: 3}\n");
  EXPECT_EQ(std::get<MixtureBasedSelectionOptions>(load(path.string(), {.preset = own}).solver.sample_selector)
                .desired_samples_per_component,
            3);
}

TEST(ShippedConfigs, EveryKeyOfAModuleHasAComment) {
  for (const fs::path& path : yaml_files(configs / "modules")) {
    if (path.parent_path().filename() == "presets") continue;
    std::ifstream file(path);
    std::string line, before;
    for (; std::getline(file, line); before = line) {
      const bool is_key = line.starts_with("  ") && line.find('#') == std::string::npos;
      EXPECT_TRUE(!is_key || before.starts_with("  # ")) << path << ": " << line;
    }
  }
}

TEST(ShippedConfigs, EveryPublishedFileGivesItsCodenameAndComesBack) {
  const std::vector<fs::path> files = yaml_files(configs / "published");
  EXPECT_EQ(files.size(), 29u);
  for (const fs::path& path : files) {
    SCOPED_TRACE(path.string());
    if (needs_data_of_the_users(path)) continue;
    const Configuration c = load(path.string());
    EXPECT_TRUE(path.stem().string().ends_with(lower_dashed(c.codename)));
    EXPECT_EQ(to_yaml(parse(to_yaml(c), "resolved")), to_yaml(c));
    EXPECT_EQ(c.run.iterations, c.codename == "ZAMTRUX" ? 100000 : 1000000);
    EXPECT_TRUE(c.run.max_evaluations);
  }
}

TEST(ShippedConfigs, EveryExperimentRunsWithACodename) {
  for (const fs::path& path : yaml_files(configs / "experiments")) {
    SCOPED_TRACE(path.string());
    if (needs_data_of_the_users(path)) continue;
    EXPECT_EQ(load(path.string(), {.codename = "SEPYFUX"}).codename, "SEPYFUX");
    EXPECT_TRUE(load(path.string()).is_open) << "the program chooses";
  }
}

TEST(ShippedConfigs, PresetsThatTheProgramChoosesAreUnderAConfig) {
  const TemporaryFolder folder;
  const std::string path = folder.write("run.yml", std::string(mixture_target) + "run: {patience: 7}\n");
  for (const auto& [base, codename] :
       {std::pair("with_gradients", "SAMTCON"), std::pair("without_gradients", "ZAMTRON"),
        std::pair("with_outputs", "LAMTRON"), std::pair("cheap_with_gradients", "SAMTRON"),
        std::pair("cheap_without_gradients", "ZAMTRON")}) {
    const Configuration c = load(path, {.base = base});
    EXPECT_EQ(c.codename, codename);
    EXPECT_EQ(c.run.patience, 7);
    EXPECT_EQ(c.run.iterations, 2000);
    EXPECT_FALSE(c.is_open);
    EXPECT_EQ(to_yaml(parse(to_yaml(c), "resolved")), to_yaml(c));
  }
  EXPECT_TRUE(load(path).is_open);
  EXPECT_FALSE(load(path, {.codename = "SEPYFUX"}).is_open);
}

TEST(ShippedConfigs, TheSleepingExperimentIsTheOneAroundWhichItSleeps) {
  const Configuration awake = load((configs / "experiments/gmm20.yml").string(), {.codename = "SAMTRON"});
  Configuration sleeping = load((configs / "experiments/sleeping_gmm20.yml").string(), {.codename = "SAMTRON"});
  EXPECT_FALSE(sleeping.run.metrics_samples) << "they would sleep, too";
  sleeping.target = std::visit([](const auto& bare) { return target::TargetOptions(bare); },
                               std::get<target::SleepingOptions>(sleeping.target).around);
  sleeping.run = awake.run;
  EXPECT_EQ(to_yaml(sleeping), to_yaml(awake));
}

TEST(ShippedConfigs, ModulesCanBeExtended) {
  const TemporaryFolder folder;
  const std::string modules = (configs / "modules").string();
  const std::string text = "extends: [" + modules + "/component_stepsize_adapter/fixed.yml, " + modules +
                           "/weight_stepsize_adapter/fixed.yml]\n" + mixture_target;
  const Configuration c = load(folder.write("run.yml", text), {.codename = "SAMTFOX"});
  EXPECT_EQ(std::get<FixedStepsizeOptions>(c.solver.component_stepsize).initial_stepsize, 1e-5);
}

TEST(ShippedConfigs, BreastCancerAsPublished) {
  const Options o = load((configs / "published/breast_cancer_samtron.yml").string()).solver;
  EXPECT_EQ(o.model_initialization.initial_cov, PerDimension{100.0});
  EXPECT_EQ(o.model_initialization.prior_scale, PerDimension{10.0});
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(o.sample_selector).desired_samples_per_component, 250);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(o.component_stepsize).initial_stepsize, 0.01);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(o.weight_stepsize).max_stepsize, 4.0);
  EXPECT_EQ(std::get<AdaptiveComponentsOptions>(o.component_adapter).add_iters, 25);
}

TEST(ShippedConfigs, Gmm20AsPublished) {
  const Options o = load((configs / "published/gmm20_sepyfux.yml").string()).solver;
  EXPECT_EQ(o.model_initialization.num_initial_components, 50);
  EXPECT_EQ(o.model_initialization.initial_cov, PerDimension{1000.0});
  EXPECT_EQ(std::get<MixtureBasedSelectionOptions>(o.sample_selector).desired_samples_per_component, 300);
  EXPECT_EQ(std::get<FixedStepsizeOptions>(o.component_stepsize).initial_stepsize, 0.001);
  EXPECT_EQ(std::get<FixedStepsizeOptions>(o.weight_stepsize).initial_stepsize, 0.0001);
}

}  // namespace
}  // namespace gmmvi::config

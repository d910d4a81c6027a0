#include <variant>

#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

class OverridesOf : public testing::Test {
 protected:
  Configuration with_set(const std::vector<std::string>& set) { return load(file, {.set = set}); }
  std::string error_of_set(const std::vector<std::string>& set) { return error_of_file(file, {.set = set}); }

  TemporaryFolder folder;
  std::string file = folder.write("run.yml", complete("seed: 3\nrun: {iterations: 5, max_evaluations: 7}\n"));
};

TEST_F(OverridesOf, FlagsWinOverTheFile) {
  Overrides overrides;
  overrides.seed = 18446744073709551615u;
  overrides.iterations = 11;
  overrides.max_evaluations = 12;
  overrides.max_seconds = 0.1;
  overrides.output_directory = "007";
  const Configuration c = load(file, overrides);
  EXPECT_EQ(c.solver.seed, 18446744073709551615u);
  EXPECT_EQ(c.run.iterations, 11);
  EXPECT_EQ(c.run.max_evaluations, 12);
  EXPECT_EQ(c.run.max_seconds, 0.1);
  EXPECT_EQ(c.output.directory, "007");
}

TEST_F(OverridesOf, SetTakesAnyYamlValue) {
  const Configuration c = with_set({"run.max_evaluations=null", "model_initialization.prior_scale=[1, 2, 3]",
                                    "use_sample_database=false", "output.directory=a=b"});
  EXPECT_FALSE(c.run.max_evaluations);
  EXPECT_EQ(c.run.iterations, 5);
  EXPECT_EQ(c.solver.model_initialization.prior_scale, (PerDimension{1, 2, 3}));
  EXPECT_FALSE(c.solver.use_sample_database);
  EXPECT_EQ(c.output.directory, "a=b");
}

TEST_F(OverridesOf, TheLastSetWinsAndFlagsWinOverSet) {
  EXPECT_EQ(with_set({"run.iterations=1", "run.iterations=2"}).run.iterations, 2);
  EXPECT_EQ(load(file, {.set = {"run.iterations=1"}, .iterations = 9}).run.iterations, 9);
}

TEST_F(OverridesOf, SetCanReplaceAnOption) {
  const Configuration c = with_set(
      {"component_stepsize_adapter_type=decaying", "component_stepsize_adapter_config.annealing_exponent=0.75"});
  EXPECT_EQ(std::get<DecayingStepsizeOptions>(c.solver.component_stepsize).annealing_exponent, 0.75);
  EXPECT_EQ(c.codename, "SAMTDON");
}

TEST_F(OverridesOf, MalformedSet) {
  expect_parts(error_of_set({"seed"}), {"--set seed: write it as key=value"});
  expect_parts(error_of_set({"run..iterations=1"}), {"--set run..iterations=1: write it as key=value"});
  expect_parts(error_of_set({"=1"}), {"--set =1: write it as key=value"});
  expect_parts(error_of_set({"seed="}), {"--set seed=: no value after the '='"});
  expect_parts(error_of_set({"seed=[1, 2"}), {"--set seed=[1, 2: this is not YAML"});
}

TEST_F(OverridesOf, ErrorsNameTheOptionOfTheCommandLine) {
  expect_parts(error_of_set({"run.iteratons=4"}),
               {"--set run.iteratons=4: unknown key (did you mean 'run.iterations'?)"});
  expect_parts(error_of_set({"extends=other.yml"}),
               {"--set extends=other.yml: only a configuration file can extend others"});
  expect_parts(error_of_set({"seed.first=4"}), {"--set seed.first=4: seed: a map of settings is not a number"});
  expect_parts(error_of_file(file, {.initial_model = "nope.nc"}),
               {"--from: model_initialization.model: the file '", "does not exist", "start at the present folder"});
  expect_parts(error_of_file(file, {.iterations = -1}),
               {"--iterations: run.iterations: '-1' is out of range", "at least 0"});
  expect_parts(error_of_file(file, {.max_seconds = 0.0}), {"--max-seconds: run.max_seconds:", "greater than 0"});
}

TEST_F(OverridesOf, CodenameChoosesWhereNobodyDid) {
  const std::string open = folder.write("open.yml", mixture_target + "ng_based_updater_type: iBLR\n");
  const Configuration c = load(open, {.codename = "sepyfux"});
  EXPECT_EQ(c.codename, "SEPYFUX");
  EXPECT_EQ(std::get<FixedStepsizeOptions>(c.solver.component_stepsize).initial_stepsize, 1e-5);
  EXPECT_EQ(std::get<FixedStepsizeOptions>(c.solver.weight_stepsize).initial_stepsize, 1.0);
}

TEST_F(OverridesOf, CodenameThatAgreesWithTheFile) {
  EXPECT_EQ(load(file, {.codename = "samtron"}).codename, "SAMTRON");
}

TEST_F(OverridesOf, CodenameWinsOverTheFileButNotOverSet) {
  const std::string own = folder.write("own.yml", "codename: ZEPYFUX\n" + mixture_target);
  EXPECT_EQ(load(own, {.codename = "SAMTRON"}).codename, "SAMTRON");
  EXPECT_EQ(load(file, {.codename = "SAMYRON"}).codename, "SAMYRON");  // where types stand in the file
  // What --set says is of the options that the codename chooses, not of the file's.
  const Overrides overrides{.codename = "ZAMTRON", .set = {"ng_estimator_config.initial_l2_regularizer=0.5"}};
  EXPECT_EQ(std::get<MoreOptions>(load(file, overrides).solver.natural_gradient).initial_l2_regularizer, 0.5);
}

TEST_F(OverridesOf, CodenameAgainstSetShowsBoth) {
  const Overrides overrides{.codename = "SAMTRON", .set = {"weight_updater_type=direct"}};
  expect_parts(error_of_file(file, overrides),
               {"--set weight_updater_type=direct: 'direct'", "--codename SAMTRON says 'trust-region' (O)"});
}

TEST_F(OverridesOf, FallbackChoosesWhatNothingElseDoes) {
  const std::string open = folder.write("open.yml", mixture_target + "ng_based_updater_type: iBLR\n");
  EXPECT_EQ(load(open, {.fallback_codename = "SAMTRON"}).codename, "SAMYRON");
  EXPECT_EQ(load(open, {.codename = "SEPYFUX", .fallback_codename = "SAMTRON"}).codename, "SEPYFUX");
}

TEST_F(OverridesOf, BadCodename) {
  expect_parts(error_of_file(file, {.codename = ""}), {"--codename : no letter for the natural-gradient estimator"});
}

TEST_F(OverridesOf, AreALineOfOptions) {
  EXPECT_EQ(to_text(Overrides{}), "");
  const Overrides overrides{.preset = "expensive",
                            .codename = "SAMTRON",
                            .set = {"seed=3", "run.iterations=\n4"},
                            .seed = 5,
                            .max_seconds = 0.5,
                            .output_directory = "runs/first"};
  EXPECT_EQ(to_text(overrides),
            "--preset expensive --codename SAMTRON --set seed=3 --set run.iterations=\\n4 --seed 5 --max-seconds 0.5");
}

TEST_F(OverridesOf, SetTakesACodename) {
  const Configuration c = with_set({"codename=sepyfux", "component_stepsize_adapter_config.initial_stepsize=0.5"});
  EXPECT_EQ(c.codename, "SEPYFUX");
  EXPECT_EQ(std::get<FixedStepsizeOptions>(c.solver.component_stepsize).initial_stepsize, 0.5);
  expect_parts(error_of_set({"codename=SEPYFU"}), {"--set codename=SEPYFU: 'SEPYFU': no letter for"});
}

}  // namespace
}  // namespace gmmvi::config

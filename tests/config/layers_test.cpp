#include <variant>

#include <gtest/gtest.h>

#include "config/configuration.hpp"
#include "situations.hpp"

namespace gmmvi::config {
namespace {

class Layers : public testing::Test {
 protected:
  TemporaryFolder folder;
};

TEST_F(Layers, TheFileWinsOverWhatItExtends) {
  folder.write("base.yml", complete("temperature: 2\nrun: {iterations: 5, max_evaluations: 7}\n"));
  const Configuration c = load(folder.write("own.yml", "extends: base.yml\nrun: {iterations: 6}\n"));
  EXPECT_EQ(c.solver.temperature, 2.0);
  EXPECT_EQ(c.run.iterations, 6);
  EXPECT_EQ(c.run.max_evaluations, 7);
}

TEST_F(Layers, LaterBasesWinOverEarlierOnes) {
  folder.write("one.yml", complete("temperature: 2\nseed: 4\n"));
  folder.write("two.yml", "temperature: 3\n");
  const Configuration c = load(folder.write("own.yml", "extends: [one.yml, two.yml]\n"));
  EXPECT_EQ(c.solver.temperature, 3.0);
  EXPECT_EQ(c.solver.seed, 4u);
}

TEST_F(Layers, PathsStartAtTheFileThatNamesThem) {
  folder.write("data/table.csv", "1,2\n");
  folder.write("experiments/base.yml", samtron + "target: {type: logistic_regression, data: ../data/table.csv}\n");
  folder.write("published/middle.yml", "extends: ../experiments/base.yml\n");
  const Configuration c = load(folder.write("own.yml", "extends: published/middle.yml\n"));
  EXPECT_EQ(std::get<target::LogisticRegressionOptions>(c.target).data, folder.path("data/table.csv"));
}

TEST_F(Layers, SamplesOfTheTargetAreFoundFromTheFileThatNamesThem) {
  folder.write("published/base.yml", complete("mmd_evaluation_config: {alpha: 20, sample_dir: ../samples.csv}\n"));
  EXPECT_EQ(true_samples_path(folder.write("own.yml", "extends: published/base.yml\n")), folder.path("samples.csv"));
  EXPECT_FALSE(true_samples_path(folder.write("none.yml", complete())));
  EXPECT_FALSE(true_samples_path(folder.write("empty.yml", complete("mmd_evaluation_config:\n"))));
}

TEST_F(Layers, TheSameBaseTwiceIsNoCircle) {
  folder.write("base.yml", complete());
  folder.write("left.yml", "extends: base.yml\n");
  folder.write("right.yml", "extends: base.yml\n");
  EXPECT_EQ(load(folder.write("own.yml", "extends: [left.yml, right.yml]\n")).codename, "SAMTRON");
}

TEST_F(Layers, AnEmptySectionChangesNothing) {
  folder.write("base.yml", complete("run: {iterations: 5}\n"));
  EXPECT_EQ(load(folder.write("own.yml", "extends: base.yml\nrun:\n")).run.iterations, 5);
}

TEST_F(Layers, SettingsOfAReplacedOptionDoNotReachItsSuccessor) {
  folder.write("base.yml", complete("component_stepsize_adapter_config: {initial_stepsize: 0.5, min_stepsize: 0.1}\n"
                                    "weight_stepsize_adapter_config: {initial_stepsize: 0.25}\n"));
  const Configuration c = load(folder.write("own.yml",
                                            "extends: base.yml\ncomponent_stepsize_adapter_type: fixed\n"
                                            "weight_stepsize_adapter_type: improvement-based\n"));
  EXPECT_EQ(std::get<FixedStepsizeOptions>(c.solver.component_stepsize).initial_stepsize, 1e-5);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(c.solver.weight_stepsize).initial_stepsize, 0.25)
      << "improvement-based and improvement_based are one option";
}

TEST_F(Layers, SettingsOfAReplacedTargetDoNotReachItsSuccessor) {
  folder.write("base.yml", samtron + "target: {type: logistic_regression, data: nowhere.csv}\n");
  const Configuration c = load(folder.write("own.yml", "extends: base.yml\n" + mixture_target));
  EXPECT_EQ(std::get<target::RandomGaussianMixtureOptions>(c.target).dimension, 3);
}

TEST_F(Layers, SettingsOfATargetThatIsReplacedWithinAnotherDoNotReachItsSuccessor) {
  folder.write("base.yml",
               samtron + "target: {type: sleeping, seconds: 3, around: {type: rosenbrock, num_dimensions: 4, a: 1}}\n");
  const auto load_around = [&](const std::string& around) {
    const Configuration c = load(folder.write("own.yml", "extends: base.yml\ntarget: {around: {" + around + "}}\n"));
    const auto sleeping = std::get<target::SleepingOptions>(c.target);
    EXPECT_EQ(sleeping.seconds, 3.0);
    return sleeping.around;
  };
  EXPECT_EQ(std::get<target::FunnelOptions>(load_around("type: funnel")).dimension, 10);
  EXPECT_EQ(std::get<target::RosenbrockOptions>(load_around("a: 2")).dimension, 4);
}

TEST_F(Layers, ACodenameStandsForSevenTypes) {
  EXPECT_EQ(parse("codename: xufypes\n" + mixture_target, "run.yml").codename, "SEPYFUX");
  EXPECT_EQ(parse(complete("codename: SAMTRON\n"), "run.yml").codename, "SAMTRON");
  folder.write("base.yml", complete("weight_stepsize_adapter_config: {min_stepsize: 0.5}\n"));
  EXPECT_EQ(load(folder.write("own.yml", "extends: base.yml\ncodename: ZEPYFUX\n")).codename, "ZEPYFUX");
}

TEST_F(Layers, ACodenameAgainstWhatStandsBesideIt) {
  expect_parts(error_of_text(complete("codename: ZAMTRON\n")),
               {"run.yml:1: ng_estimator_type: 'Stein' stands here", "the codename ZAMTRON at run.yml:9 says 'MORE'"});
  expect_parts(error_of_text("codename: SAMTROQ\n"), {"run.yml:1: codename: 'SAMTROQ': no option has the letter"});
  expect_parts(error_of_text("codename: [S]\n"), {"run.yml:1: codename: seven letters"});
  expect_parts(error_of_text("codenam: SAMTRON\n"), {"unknown key (did you mean 'codename'?)"});
}

TEST_F(Layers, ErrorsNameTheFileOfTheSetting) {
  const std::string base = folder.write("base.yml", complete("temperature: cold\n"));
  expect_parts(error_of_file(folder.write("own.yml", "extends: base.yml\nseed: 1\n")),
               {base + ":9: temperature: 'cold' is not a number"});
}

TEST_F(Layers, Circle) {
  folder.write("a.yml", "\nextends: b.yml\n");
  folder.write("b.yml", "extends: a.yml\n");
  expect_parts(error_of_file(folder.path("a.yml")),
               {"b.yml:1: extends: 'a.yml'", "in a circle", "a.yml -> b.yml -> a.yml"});
}

TEST_F(Layers, MissingBase) {
  expect_parts(error_of_file(folder.write("own.yml", "seed: 1\nextends: bse.yml\n")),
               {"own.yml:2: extends: 'bse.yml': there is no such file", folder.path("bse.yml")});
}

TEST_F(Layers, ExtendsMustBePaths) {
  expect_parts(error_of_file(folder.write("own.yml", "extends: {a: b}\n")),
               {"own.yml:1: extends:", "allowed: the path"});
  expect_parts(error_of_file(folder.write("own.yml", "extends:\n")), {"own.yml:1: extends:", "allowed: the path"});
}

TEST_F(Layers, MissingFileAndFolder) {
  expect_parts(error_of_file(folder.path("none.yml")), {"none.yml: there is no such file"});
  expect_parts(error_of_file("gmm20_samtron"), {"no such file; did you mean ", "published/gmm20_samtron.yml?"});
  expect_parts(error_of_file("gmm20"), {"no such file; did you mean ", "experiments/gmm20.yml?"});
  folder.write("sub/file.yml", "");
  expect_parts(error_of_file(folder.path("sub")), {"this is a folder"});
}

TEST_F(Layers, AnEmptyFileLacksEverything) {
  expect_parts(error_of_file(folder.write("own.yml", "")), {"own.yml: no target: "});
}

}  // namespace
}  // namespace gmmvi::config

// A config that names no option of the method runs: the program chooses, says what and why, and writes it down.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;

constexpr const char* parameters = R"yaml(
parameters:
  a: {prior: "normal(0, 1)"}
  b: {prior: "uniform(-2, 5)"}
)yaml";

class ChosenPreset : public test::ProgramOnRanks {
 protected:
  void SetUp() override {
    write("f.py",
          "import time\n"
          "def density(a, b): time.sleep(0.003); return -0.5 * (a * a + b * b)\n"
          "def slope(a, b): time.sleep(0.003); return -0.5 * (a * a + b * b), [-a, -b]\n"
          "def line(a, b): return [a + b * t for t in range(8)]\n");
    write("d.csv", "value\n0.1\n1.2\n1.9\n3.1\n4.0\n5.2\n5.8\n7.1\n");
  }
  std::string python(const std::string& settings) {
    return parameters + ("target: {type: python, function: f.py:" + settings + "}\n");
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, ChosenPreset, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(ChosenPreset, IsByWhatTheTargetGivesAndWhatItTakes) {
  struct Case {
    std::string config, preset, reason, codename;
  };
  const std::string likelihood = "likelihood: {data: d.csv, noise: \"gaussian(0.2)\"}\n";
  for (const Case& c : {
           Case{"target: {type: random_gaussian_mixture, num_dimensions: 2}\n", "cheap_with_gradients",
                "it says that an evaluation is cheap", "SAMTRON"},
           Case{python("density, returns: log_likelihood"), "without_gradients",
                "no gradients, and an evaluation takes 0.0", "ZAMTRON"},
           Case{python("slope, returns: log_likelihood, gradients: true"), "with_gradients",
                "the target gives gradients, and an evaluation takes 0.0", "SAMTCON"},
           Case{python("density, returns: log_likelihood, finite_differences: {scheme: forward}"), "with_gradients",
                "gradients are made by differences", "SAMTCON"},
           Case{python("line, returns: outputs") + likelihood, "with_outputs", "outputs that data are compared with",
                "LAMTRON"},
       }) {
    write("open.yml", c.config);
    const Ended ended = gmmvi("run open.yml --iterations 3 --out run");
    ASSERT_EQ(ended.code, 0) << ended.error;
    const std::string said = ended.out + ended.error;
    EXPECT_EQ(count(said, "taken are those of the preset " + c.preset + ", since "), 1) << said;
    EXPECT_NE(said.find(c.reason), std::string::npos) << said;
    EXPECT_NE(said.find(c.codename), std::string::npos) << said;
    // The config that it has written chooses no more, and repeats the run.
    const Ended again = gmmvi("run run/config.yml --out again");
    ASSERT_EQ(again.code, 0) << again.error;
    EXPECT_EQ(count(again.out + again.error, "No option is named"), 0);
    EXPECT_EQ(model_hash_of("again"), model_hash_of("run"));
    std::filesystem::remove_all(folder_ / "run");
    std::filesystem::remove_all(folder_ / "again");
  }
}

TEST_P(ChosenPreset, LeavesWhatTheConfigSaysAsItIs) {
  write("open.yml", python("line, returns: outputs") +
                        "likelihood: {data: d.csv, noise: \"gaussian(0.2)\"}\n"
                        "run: {iterations: 4}\ntemperature: 1.5\n");
  ASSERT_EQ(gmmvi("run open.yml --seed 7 --out run").code, 0);
  const std::string config = content_of(folder_ / "run/config.yml");
  for (const char* line : {"iterations: 4\n", "temperature: 1.5\n", "seed: 7\n", "ng_estimator_type: GaussNewton\n"})
    EXPECT_EQ(count(config, line), 1) << line << " in\n" << config;
}

TEST_P(ChosenPreset, GoesOnWithoutChoosingAgain) {
  write("open.yml", python("density, returns: log_likelihood"));
  ASSERT_EQ(gmmvi("run open.yml --iterations 2 --out run").code, 0);
  const Ended ended = gmmvi("run --resume run --iterations 4");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out + ended.error, "No option is named"), 0);
  EXPECT_EQ(status_of("run").at("iteration"), 4);
}

TEST_P(ChosenPreset, DefaultsOfASimulatorRunAsTheyAre) {
  write("open.yml", python("density, returns: log_likelihood"));
  ASSERT_EQ(gmmvi("defaults --experiment open.yml > all.yml").code, 0);
  const Ended ended = gmmvi("run all.yml --iterations 2");
  EXPECT_EQ(ended.code, 0) << ended.error;
}

TEST_P(ChosenPreset, OfAPipeCannotBe) {
  write("open.yml", "target: {type: random_gaussian_mixture, num_dimensions: 2}\n");
  const Ended ended = shell("cat open.yml | " + std::string(GMMVI_PROGRAM) + " check /dev/stdin");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "can be read only once");
}

}  // namespace
}  // namespace gmmvi

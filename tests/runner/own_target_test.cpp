// A program with a target of its own (own_target.cpp) has all that `gmmvi` has.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;

constexpr const char* own_config = R"(
codename: SAMTRON
sample_selector_config: {desired_samples_per_component: 20}
num_component_adapter_config: {add_iters: 3, num_prior_samples: 5}
evaluation: {max_retries: 0}
run: {iterations: 12}
)";

class OwnTarget : public test::ProgramOnRanks {
 protected:
  void SetUp() override { write("own.yml", own_config); }
  Ended own(const std::string& arguments, int ranks = GetParam(), const std::string& environment = "") {
    return shell(environment + " " + launch(ranks) + GMMVI_OWN_PROGRAM " " + arguments);
  }
  void expect_error(const Ended& ended, int code, const std::string& part) {
    EXPECT_EQ(ended.code, code) << ended.out << ended.error;
    expect_one_message(ended, part);
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, OwnTarget, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(OwnTarget, IsFittedAndNamedInEveryFile) {
  const Ended ended = own("run own.yml --out run --preset expensive");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out, "a banana"), 1) << ended.out;
  const auto status = status_of("run");
  EXPECT_EQ(status.at("target"), "a banana");
  EXPECT_GT(status.at("failures"), 0);
  EXPECT_NE(content_of(folder_ / "run/failures.jsonl").find("the banana slipped"), std::string::npos);
  EXPECT_NE(content_of(folder_ / "run/config.yml").find("type: own\n  name: \"a banana\""), std::string::npos)
      << content_of(folder_ / "run/config.yml");

  const Ended summary = own("summary run");
  EXPECT_NE(summary.out.find("a banana"), std::string::npos) << summary.out << summary.error;
  EXPECT_NE(summary.out.find("stretch"), std::string::npos) << summary.out;
  const Ended report = own("report run");
  EXPECT_EQ(report.code, 0) << report.error;
  EXPECT_NE(content_of(folder_ / "run/report.html").find("a banana"), std::string::npos);
  EXPECT_EQ(content_of(folder_ / "run/report.html").find("This report is without"), std::string::npos);
}

TEST_P(OwnTarget, GoesOnAfterAKillOnOtherRanks) {
  ASSERT_EQ(own("run own.yml --out undisturbed --progress none").code, 0);
  const int other = GetParam() == 1 ? 3 : 1;
  const Ended killed = shell(launch(GetParam()) + GMMVI_OWN_PROGRAM
                             " run own.yml --out run & pid=$!; until [ -s run/metrics.jsonl ]; do sleep 0.02; done; "
                             "kill -9 $(pgrep -f 'own.yml --out [r]un$') $pid; wait $pid");
  EXPECT_NE(killed.code, 0);
  const Ended ended = own("run --resume run", other);
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(model_hash_of("run"), model_hash_of("undisturbed"));
  EXPECT_EQ(status_of("run").at("iteration"), 12);
}

TEST_P(OwnTarget, ThatEndsTheProgramEndsTheRunAsFailed) {
  ASSERT_EQ(own("run own.yml --out undisturbed --progress none").code, 0);
  const Ended ended = own("run own.yml --out run", GetParam(), "OWN_TARGET=exit");
  expect_error(ended, 69, "an evaluation ended the program: the target called exit()");
  EXPECT_EQ(status_of("run").at("state"), "failed");
  EXPECT_NE(status_of("run").at("reason").get<std::string>().find("the target called exit()"), std::string::npos);
  EXPECT_EQ(own("run --resume run").code, 0) << "once it is mended";
  EXPECT_EQ(model_hash_of("run"), model_hash_of("undisturbed"));
}

TEST_P(OwnTarget, WithOtherDataIsAnother) {
  ASSERT_EQ(own("run own.yml --out run --iterations 3", GetParam(), "OWN_DATA=before").code, 0);
  expect_error(own("run --resume run --iterations 4", GetParam(), "OWN_DATA=after"), 65,
               "what the target says of its data: before before, now after");
  EXPECT_EQ(own("run --resume run --iterations 4", GetParam(), "OWN_DATA=before").code, 0);
}

TEST_P(OwnTarget, ThatDiffersBetweenRanksIsRefusedAtTheStart) {
  if (GetParam() == 1) GTEST_SKIP() << "there is one";
  expect_error(own("run own.yml --out run", GetParam(), "OWN_TARGET=wider"), 78,
               "dimension: 2 on ranks 0, 1, 3 on rank 2");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

TEST_P(OwnTarget, IsWhatOtherCommandsEvaluate) {
  const Ended checked = own("check own.yml");
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_NE(checked.out.find("Nothing is wrong with this config"), std::string::npos) << checked.out;
  write("points.csv", "0,0\n0,2\n");
  const Ended evaluated = own("evaluate own.yml --at points.csv");
  EXPECT_EQ(evaluated.code, 0) << evaluated.error;
  EXPECT_NE(evaluated.out.find("\"log_density\":-2.0"), std::string::npos) << evaluated.out;
  write("points.csv", "bend,note,stretch\n2,7,0\n");
  const Ended named = own("evaluate own.yml --at points.csv");
  EXPECT_NE(named.out.find("\"x\":[0.0,2.0]"), std::string::npos) << named.out << named.error;
  write("points.csv", "bend,strech\n2,0\n");
  const Ended misspelt = own("evaluate own.yml --at points.csv");
  EXPECT_EQ(misspelt.code, 65);
  EXPECT_NE(misspelt.error.find("points.csv has no column stretch"), std::string::npos) << misspelt.error;
  write("points.csv", "a,b\n0,2\n");
  EXPECT_NE(own("evaluate own.yml --at points.csv").error.find("no column has the name of a parameter"),
            std::string::npos);
  write("earlier.csv", "stretch,bend,log_density\n0,0,0\n0,2,-2\n");
  const Ended imported = own("import own.yml earlier.csv --out begun --check 2");
  ASSERT_EQ(imported.code, 0) << imported.error;
  EXPECT_EQ(status_of("begun").at("target"), "a banana");
  EXPECT_EQ(own("run --resume begun").code, 0);
  const Ended sampled = own("sample begun -n 50 --log-target");
  EXPECT_EQ(sampled.code, 0) << sampled.error;
}

TEST_P(OwnTarget, DefaultsAreAConfigThatRuns) {
  const Ended defaults = own("defaults", 1);
  ASSERT_EQ(defaults.code, 0) << defaults.error;
  write("my.yml", defaults.out);
  const Ended ended = own("run my.yml --iterations 2 --out run");
  EXPECT_EQ(ended.code, 0) << ended.error;
}

TEST_P(OwnTarget, ToldAnotherTargetRefuses) {
  write("other.yml", std::string(own_config) + "target: {type: funnel}\n");
  expect_error(own("run other.yml"), 78, "this program fits its own target 'a banana' and no other");
  write("environment.yml", std::string(own_config) + "environment_name: breastCancer\n");
  expect_error(own("run environment.yml"), 78, "this program fits its own target 'a banana' and no other");
  write("apple.yml", std::string(own_config) + "target: {type: own, name: an apple}\n");
  expect_error(own("run apple.yml"), 78, "this program fits its own target 'a banana' and no other");
  write("misspelt.yml", std::string(own_config) + "target: {type: own, size: 3}\n");
  expect_error(own("run misspelt.yml"), 78, "size");
  write("letters.yml", "codename: SAMTRAN\n");
  expect_error(own("run letters.yml"), 78, "SAMTRAN");
}

TEST_P(OwnTarget, IsNoOtherProgramsTarget) {
  ASSERT_EQ(own("run own.yml --out run --iterations 2").code, 0);
  expect_error(gmmvi("run --resume run --iterations 3"), 78, "a program with a target of its own");
}

TEST_P(OwnTarget, ThatCannotBeMadeEndsAllRanks) {
  expect_error(own("run own.yml", GetParam(), "OWN_TARGET=error"), 65, "The table of bananas is missing.");
  expect_error(own("run own.yml", GetParam(), "OWN_TARGET=exception"), 69,
               "The target 'a banana' cannot be made: no bananas today");
  expect_error(own("run own.yml", GetParam(), "OWN_TARGET=null"), 69, "its factory returned a null pointer");
}

TEST_P(OwnTarget, ProgramIsNamedInAdvice) {
  const Ended ended = own("run --resume nowhere --iterations x", 1);
  EXPECT_EQ(ended.code, 64);
  EXPECT_EQ(ended.error.find("gmmvi:"), std::string::npos) << ended.error;
  EXPECT_NE(ended.error.find("runner_own_target:"), std::string::npos) << ended.error;
}

}  // namespace
}  // namespace gmmvi

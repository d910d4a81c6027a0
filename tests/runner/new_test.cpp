// The projects that `gmmvi new` writes: they have to work as they are.

#include <cmath>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

namespace fs = std::filesystem;
using test::content_of;
using test::count;
using test::Ended;

class New : public test::ProgramOnRanks {
 protected:
  Ended in(const std::string& project, const std::string& command) { return shell("cd " + project + " && " + command); }
  Ended make(const std::string& kind) { return gmmvi("new " + kind + " " + kind); }
  /// Checks a project and fits a little; the hash of the mixture.
  std::string fitted(const std::string& project, const std::string& options) {
    const Ended check = in(project, launch(GetParam()) + GMMVI_PROGRAM " check config.yml");
    EXPECT_EQ(check.code, 0) << check.error;
    EXPECT_NE(check.out.find("Nothing is wrong with this config."), std::string::npos) << check.out;
    const Ended run =
        in(project, launch(GetParam()) + GMMVI_PROGRAM " run config.yml --iterations 3 --out fit " + options);
    EXPECT_EQ(run.code, 0) << run.error;
    EXPECT_EQ(status_of(project + "/fit").at("failures"), 0);
    return model_hash_of(project + "/fit");
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, New, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(New, PythonAndProcessProjectsFitAsTheyAre) {
  for (const char* kind : {"python", "process"}) {
    const Ended made = make(kind);
    ASSERT_EQ(made.code, 0) << made.error;
    EXPECT_EQ(count(made.out, "README.md"), 2) << "one rank writes, and says so once: " << made.out;
    EXPECT_TRUE(fs::exists(folder_ / (std::string(kind) + "/README.md")));
  }
  const std::string options = "--preset expensive_without_gradients";
  EXPECT_EQ(fitted("python", options), fitted("process", options)) << "they are one problem";
}

TEST_P(New, TheProcessProjectHasTheSameProgramInC) {
  if (in(".", GMMVI_C_COMPILER " --version").code != 0) GTEST_SKIP() << "no C compiler";
  ASSERT_EQ(make("process").code, 0);
  ASSERT_EQ(in("process", GMMVI_C_COMPILER " -O2 simulator.c -o simulator -lm").code, 0)
      << content_of(folder_ / "error.txt");
  const auto asked = [&](const std::string& command) {
    const Ended ended =
        in("process", GMMVI_PROGRAM " evaluate config.yml --at ../points.csv --set target.command=" + command);
    EXPECT_EQ(ended.code, 0) << ended.error;
    return test::json::parse(ended.out).at("log_density").get<double>();
  };
  write("points.csv", "amplitude,damping,frequency,sigma\n1.2,0.25,2.1,0.2\n");
  const double expected = asked("'python3 simulator.py'");
  EXPECT_NEAR(asked("./simulator"), expected, 1e-12 * std::abs(expected));
}

TEST_P(New, ThePluginProjectIsBuiltByCMakeAndHasRightGradients) {
  if (in(".", GMMVI_C_COMPILER " --version").code != 0) GTEST_SKIP() << "no C compiler";
  ASSERT_EQ(make("plugin").code, 0);
  const Ended built = in(
      "plugin", GMMVI_CMAKE " -S . -B build -DCMAKE_C_COMPILER=" GMMVI_C_COMPILER " && " GMMVI_CMAKE " --build build");
  ASSERT_EQ(built.code, 0) << built.out << built.error;
  fitted("plugin", "");
  const Ended check = in("plugin", GMMVI_PROGRAM " check config.yml");
  EXPECT_NE(check.out.find("they agree"), std::string::npos) << check.out;
}

TEST_P(New, TheUmbridgeProjectSaysThatNoServerAnswers) {
  ASSERT_EQ(make("umbridge").code, 0);
  for (const char* name : {"README.md", "config.yml", "observations.csv", "server.py"})
    EXPECT_GT(fs::file_size(folder_ / (std::string("umbridge/") + name)), 0U);
  // Port 9 (discard) rather than the project's own, where somebody may have a server.
  const Ended check = in("umbridge", launch(GetParam()) + GMMVI_PROGRAM
                                         " check config.yml --set target.patience=0.2 --set "
                                         "target.url=http://127.0.0.1:9");
  EXPECT_EQ(check.code, 69) << check.error;
  expect_one_message(check, "No server has answered");
}

TEST_P(New, NothingThatIsThereIsTouched) {
  const auto refused = [&](const std::string& folder, const std::string& reason) {
    const Ended ended = gmmvi("new python " + folder);
    EXPECT_EQ(ended.code, 73) << ended.error;
    expect_one_message(ended, reason);
  };
  fs::create_directory(folder_ / "mine");
  EXPECT_EQ(gmmvi("new python mine").code, 0) << "an empty folder will do";
  write("mine/config.yml", "changed");
  refused("mine", "there are files in it already");
  EXPECT_EQ(content_of(folder_ / "mine/config.yml"), "changed");
  write("file", "");
  refused("file", "as a file");
  refused("file/inside", "Not a directory");
  EXPECT_EQ(gmmvi("new ruby there").code, 64);
  EXPECT_FALSE(fs::exists(folder_ / "there"));
}

}  // namespace
}  // namespace gmmvi

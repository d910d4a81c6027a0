// A run goes on with the simulator that it was begun with, or with one that its user vouches for.

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;

constexpr const char* config = R"yaml(
codename: ZAMTRON
parameters:
  a: {prior: "normal(0, 1)"}
  b: {prior: "uniform(-2, 5)"}
run: {iterations: 2}
)yaml";
constexpr const char* python = "target: {type: python, function: f.py:f, returns: log_likelihood}\n";
constexpr const char* server = "target: {type: process, command: [python3, ./server.py], returns: log_likelihood}\n";
constexpr const char* once =
    "target: {type: process, mode: once, command: ./sim.sh, template: case, returns: log_likelihood}\n";

constexpr const char* function = "def f(a, b): return -0.5 * (a * a + b * b)\n";
constexpr const char* answering = R"py(
import json, sys
json.loads(sys.stdin.readline())
print('{"protocol": 1}', flush=True)
for line in sys.stdin:
    question = json.loads(line)
    a, b = question["parameters"].values()
    print(json.dumps({"id": question["id"], "log_density": -0.5 * (a * a + b * b)}), flush=True)
)py";
constexpr const char* script = "#!/bin/sh\ncat answer.json > results.json\n";

class ChangedSimulator : public test::ProgramOnRanks {
 protected:
  /// A run, of which then `changed` is another file than before.
  void begin(const char* target, const std::string& changed) {
    std::filesystem::create_directory(folder_ / "case");
    write("f.py", function);
    write("server.py", answering);
    write("case/sim.sh", script);
    write("case/answer.json", "{\"log_density\": -1}\n");
    std::filesystem::permissions(folder_ / "case/sim.sh", std::filesystem::perms::owner_all);
    write("f.yml", std::string(config) + target);
    const Ended ended = gmmvi("run f.yml --out run");
    ASSERT_EQ(ended.code, 0) << ended.error;
    std::ofstream(folder_ / changed, std::ios::app) << "\n";
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, ChangedSimulator, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(ChangedSimulator, IsRefusedAndNamed) {
  for (const auto& [target, file] :
       {std::pair(python, "f.py"), std::pair(server, "server.py"), std::pair(once, "case/answer.json")}) {
    begin(target, file);
    for (const std::string command : {"run --resume run --iterations 3", "sample run -n 10 --log-target"}) {
      const Ended ended = gmmvi(command);
      EXPECT_EQ(ended.code, 65) << command;
      expect_one_message(ended, std::string(file) + ": before ");
      EXPECT_NE(ended.error.find("start a new run"), std::string::npos) << ended.error;
      EXPECT_NE(ended.error.find("run --resume run --changed-simulator"), std::string::npos) << ended.error;
    }
    std::filesystem::remove_all(folder_ / "run");
  }
}

// What lies in PATH, or leads there, comes with the system: the script that it runs is the simulator.
TEST_P(ChangedSimulator, IsTheScriptThatALinkToAnInterpreterRuns) {
  const char* linked = "target: {type: process, command: [./python, ./server.py], returns: log_likelihood}\n";
  ASSERT_EQ(shell("ln -s $(command -v python3) python").code, 0);
  begin(linked, "server.py");
  EXPECT_EQ(count(content_of(folder_ / "run/fingerprint.json"), "/python\""), 0);
  const Ended ended = gmmvi("run --resume run --iterations 3");
  EXPECT_EQ(ended.code, 65);
  expect_one_message(ended, "server.py: before ");
}

// What a program that runs once is told to start is a file of its template, wherever gmmvi is started.
TEST_P(ChangedSimulator, IsTheSameWhereverGmmviIsStarted) {
  begin(once, "unused");
  const Ended ended = shell("cd case && " GMMVI_PROGRAM " run --resume ../run --iterations 3");
  EXPECT_EQ(ended.code, 0) << ended.error;
}

TEST_P(ChangedSimulator, GoesOnIfItsUserSaysSoAndIsRemembered) {
  begin(python, "f.py");
  const Ended ended = gmmvi("run --resume run --iterations 3 --changed-simulator");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(status_of("run").at("iteration"), 3);
  EXPECT_EQ(status_of("run").at("simulator_changed"), 2);
  EXPECT_NE(content_of(folder_ / "run/log.txt").find("f.py: before "), std::string::npos);
  // It is the run's simulator from now on, whatever the journals of before were made with.
  EXPECT_EQ(gmmvi("run --resume run --iterations 4").code, 0);
  EXPECT_EQ(status_of("run").at("simulator_changed"), 2);
  // Of a run that is complete, too.
  write("f.py", function);
  EXPECT_EQ(gmmvi("sample run -n 10 --log-target").code, 65);
  EXPECT_EQ(gmmvi("run --resume run --changed-simulator").code, 0);
  EXPECT_EQ(status_of("run").at("simulator_changed"), 4);
  EXPECT_EQ(gmmvi("sample run -n 10 --log-target").code, 0);
}

TEST_P(ChangedSimulator, AloneDoesNotMeanAnything) {
  const Ended ended = gmmvi("run f.yml --changed-simulator");
  EXPECT_EQ(ended.code, 64);
  EXPECT_NE(ended.error.find("--resume"), std::string::npos) << ended.error;
}

}  // namespace
}  // namespace gmmvi

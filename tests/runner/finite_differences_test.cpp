// Gradients by finite differences, and slots: evaluations of a Python function that writes down each of its calls.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::Ended;

constexpr const char* function = R"py(
import os, time
def f(a, b, seed):
    with open("calls.txt", "a") as calls: calls.write(f"{seed} {os.environ['GMMVI_SLOT']}\n")
    time.sleep(0.002)
    return -0.5 * ((a - 1) ** 2 + (b + 0.5 * a) ** 2 / 0.3)
)py";

constexpr const char* config = R"yaml(
codename: SAMTRON
parameters:
  a: {prior: "normal(0, 2)"}
  b: {prior: "uniform(-5, 5)"}
target: {type: python, function: f.py:f, returns: log_likelihood, finite_differences: {scheme: central}}
sample_selector_config: {desired_samples_per_component: 20}
run: {iterations: 6, metrics_samples: 0}
output: {checkpoint_iterations: 2}
)yaml";

class FiniteDifferences : public test::ProgramOnRanks {
 protected:
  void SetUp() override {
    write("f.py", function);
    write("f.yml", config);
  }
  struct Calls {
    std::int64_t count = 0;
    std::map<std::string, int> of_seed;
    std::set<std::string> slots;
  };
  Calls calls() {
    Calls all;
    std::istringstream lines(content_of(folder_ / "calls.txt"));
    for (std::string seed, slot; lines >> seed >> slot; ++all.count) {
      ++all.of_seed[seed];
      all.slots.insert(slot);
    }
    return all;
  }
  void forget_calls() { std::filesystem::remove(folder_ / "calls.txt"); }
  std::int64_t evaluations_of(const std::string& run) { return status_of(run).at("evaluations"); }
};

INSTANTIATE_TEST_SUITE_P(Ranks, FiniteDifferences, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(FiniteDifferences, AreEvaluationsOfTheirOwnAndTheSameHoweverTheyAreMade) {
  ASSERT_EQ(shell(GMMVI_PROGRAM " run f.yml --out alone --set evaluation.slots=1").code, 0);
  EXPECT_EQ(calls().count, evaluations_of("alone"));
  for (const auto& [seed, count] : calls().of_seed) EXPECT_EQ(count, 5) << "a sample and four beside it have one seed";

  forget_calls();
  constexpr int slots = 3;
  ASSERT_EQ(gmmvi(fmt::format("run f.yml --out several --set evaluation.slots={}", slots)).code, 0);
  EXPECT_EQ(model_hash_of("several"), model_hash_of("alone"));
  EXPECT_EQ(calls().count, evaluations_of("alone"));

  // Killed in the middle of a batch, and gone on with by one rank.
  forget_calls();
  const std::int64_t before = evaluations_of("alone") * 2 / 3;
  const Ended killed =
      shell(fmt::format("({}{} run f.yml --out killed --set evaluation.slots={} & wait) & for i in $(seq 3000); do "
                        "[ $(cat calls.txt 2>/dev/null | wc -l) -ge {} ] && break; sleep 0.01; done; "
                        "for p in $(pgrep -x gmmvi); do [ /proc/$p/cwd -ef . ] && kill -9 $p; done; wait",
                        launch(GetParam()), GMMVI_PROGRAM, slots, before));
  const Ended resumed = shell(GMMVI_PROGRAM " run --resume killed");
  ASSERT_EQ(resumed.code, 0) << killed.error << resumed.error;
  EXPECT_EQ(model_hash_of("killed"), model_hash_of("alone"));
  EXPECT_EQ(evaluations_of("killed"), evaluations_of("alone"));
  EXPECT_LE(calls().count, evaluations_of("alone") + 2 * slots * GetParam()) << "only what ran is made again";
}

TEST_P(FiniteDifferences, CountForTheLimit) {
  ASSERT_EQ(gmmvi("run f.yml --out run --set run.max_evaluations=250 --set run.iterations=100").code, 0);
  EXPECT_GE(evaluations_of("run"), 250);
  EXPECT_LT(evaluations_of("run"), 250 + 5 * 20);
}

TEST_P(FiniteDifferences, SlotsAreWhatTheTargetSaysUnlessTheEvaluationDoes) {
  const auto used = [&](const std::string& options) {
    forget_calls();
    std::filesystem::remove_all(folder_ / "run");
    EXPECT_EQ(gmmvi("run f.yml --out run --iterations 2 " + options).code, 0);
    return calls().slots;
  };
  const std::set<std::string> one = {"0"}, two = {"0", "1"}, three = {"0", "1", "2"};
  EXPECT_EQ(used("--set target.slots=3"), GetParam() == 1 ? three : one) << "a rank each under mpirun";
  EXPECT_EQ(used("--set target.slots=3 --set evaluation.slots=2"), two);
}

TEST_P(FiniteDifferences, DrawsAreEvaluatedAsTheRunDidIt) {
  write("f.py", std::string(function) + R"py(
of_before = f
def f(a, b, seed):
    value = of_before(a, b, seed)
    try: os.rename("hang", "hung")
    except FileNotFoundError: return value
    time.sleep(600)
)py");
  ASSERT_EQ(gmmvi("run f.yml --out run --iterations 1 --set evaluation.slots=3 --set evaluation.time_limit=5 "
                  "--set evaluation.max_retries=0")
                .code,
            0);
  forget_calls();
  write("hang", "one of the draws");
  const Ended ended = gmmvi("sample run -n 60 --log-target");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(calls().count, 60) << "without gradients";
  EXPECT_EQ(calls().slots, (std::set<std::string>{"0", "1", "2"}));
  EXPECT_NE(ended.out.find("1 failed"), std::string::npos) << ended.out << ended.error;
}

}  // namespace
}  // namespace gmmvi

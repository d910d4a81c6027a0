// A target that fails in all ways at once, as its seed and the ids of the samples decide: what the files of a run say
// of that is what the target itself says of every id that it was asked for.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/target.hpp"

#include "runner/program.hpp"
#include "target/sleeping_target.hpp"

namespace gmmvi {
namespace {

using nlohmann::json;
using target::SleepingTarget;
using test::content_of;
using test::Ended;
using test::ProgramOnRanks;
using test::small_config;
using Failure = SleepingTarget::Failure;
using Id = std::pair<std::uint64_t, std::uint64_t>;  // batch and position

/// A fifth fails, half of that at the first attempt only.
constexpr target::SleepingFailures injected{
    .exception = 0.07, .not_a_number = 0.06, .wrong_shape = 0.06, .hang = 0.01, .transient = 0.5};
constexpr std::uint64_t seed = 3;

constexpr const char* failing_config = R"(
extends: small.yml
codename: SAMTRON
seed: 3
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 2}
  seconds: 0.0002
  failures: {exception: 0.07, not_a_number: 0.06, wrong_shape: 0.06, hang: 0.01, transient: 0.5}
  log: launches.txt
sample_selector_config: {desired_samples_per_component: 20}
num_component_adapter_config: {add_iters: 3, num_prior_samples: 15}
gmmvi_runner_config: {log_metrics_interval: 4}
run: {iterations: 8, metrics_samples: 40}
evaluation: {time_limit: 0.5}
)";

class Failures : public ProgramOnRanks {
 protected:
  void SetUp() override {
    write("small.yml", small_config);
    write("failing.yml", failing_config);
  }
  /// Every id that the target was asked for, and how often.
  std::map<Id, int> launches() {
    std::map<Id, int> launches;
    std::ifstream log(folder_ / "launches.txt");
    for (Id id; log >> id.first >> id.second;) ++launches[id];
    return launches;
  }
  std::vector<json> lines_of(const std::string& file) {
    std::vector<json> lines;
    std::istringstream text(content_of(folder_ / file));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
  }
  void expect_what_was_injected(int max_retries);
};

INSTANTIATE_TEST_SUITE_P(Ranks, Failures, testing::Values(1, 3), testing::PrintToStringParamName());

bool is_of_metrics(const Id& id) {
  return (id.first & SampleId::metrics_batch) != 0;
}

Id id_of(const json& line) {
  const bool of_metrics = line.contains("metrics_of_iteration");
  const std::uint64_t batch = of_metrics
                                  ? line.at("metrics_of_iteration").get<std::uint64_t>() | SampleId::metrics_batch
                                  : line.at("batch").get<std::uint64_t>();
  return {batch, line.at("position").get<std::uint64_t>()};
}

/// What the reason of such a failure says.
const char* words_of(Failure failure) {
  switch (failure) {
    case Failure::exception:
      return "the sleeping target throws";
    case Failure::not_a_number:
      return "returned the log density nan";
    case Failure::wrong_shape:
      return "returned 0 log densities for 1 samples";
    case Failure::hang:
      return "interrupted after";
  }
  return "";
}

// On a machine that stands still for longer than the time limit, other evaluations are interrupted, too: the files say
// which, and they count as well.
void Failures::expect_what_was_injected(int max_retries) {
  const SleepingTarget target(nullptr, {.failures = injected}, seed);
  std::map<Id, std::string> told;
  for (const json& line : lines_of("run/failures.jsonl")) {
    EXPECT_TRUE(told.emplace(id_of(line), line.at("reason")).second) << "twice: " << line;
    EXPECT_EQ(line.at("x").size(), 2U);
  }

  std::int64_t evaluations = 0, metrics_evaluations = 0, failures = 0;
  std::set<Failure> kinds;
  for (const auto& [id, times] : launches()) {
    ++(is_of_metrics(id) ? metrics_evaluations : evaluations);
    const SleepingTarget::Fate fate = target.fate({id.first, id.second}, 0.0);
    const bool fails = fate.failure && !(fate.transient && max_retries > 0);
    const auto reason = told.find(id);
    const bool stood_still =
        reason != told.end() && fate.failure != Failure::hang && reason->second.find("interrupted") == 0;
    if (!stood_still) {
      EXPECT_EQ(reason != told.end(), fails) << "batch " << id.first << ", position " << id.second;
      if (fails && reason != told.end()) {
        EXPECT_NE(reason->second.find(words_of(*fate.failure)), std::string::npos);
      }
      EXPECT_GE(times, fate.failure ? 1 + max_retries : 1);
    }
    if (fails && !is_of_metrics(id)) kinds.insert(*fate.failure);
    if ((fails || stood_still) && !is_of_metrics(id)) ++failures;
    if (reason != told.end()) told.erase(reason);
  }
  EXPECT_TRUE(told.empty()) << told.size() << " failures of samples that nobody evaluated";
  EXPECT_EQ(kinds.size(), 4U) << "in all ways";

  const json status = status_of("run"), last = lines_of("run/metrics.jsonl").back();
  for (const json& said : {status, last}) {
    EXPECT_EQ(said.at("evaluations"), evaluations);
    EXPECT_EQ(said.at("metrics_evaluations"), metrics_evaluations);
    EXPECT_EQ(said.at("failures"), failures);
  }
  int drawn = 0;
  for (const char* part : {"metrics_samples", "metrics_samples_outside", "metrics_samples_failed"})
    drawn += last.at(part).get<int>();
  EXPECT_EQ(drawn, 40);
}

TEST_P(Failures, AreCountedAsTheyWereInjected) {
  const Ended ended = gmmvi("run failing.yml --out run --set evaluation.max_retries=0");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_what_was_injected(0);
  ASSERT_EQ(gmmvi("run --resume run --iterations 16").code, 0);
  expect_what_was_injected(0);
}

TEST_P(Failures, ThatDoNotComeAgainAreNone) {
  const Ended ended = gmmvi("run failing.yml --out run --iterations 12 --set evaluation.max_retries=1");
  ASSERT_EQ(ended.code, 0) << ended.error;
  expect_what_was_injected(1);
}

}  // namespace
}  // namespace gmmvi

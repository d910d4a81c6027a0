// Stops the program, and goes on, as users do. Kills at random moments are in tests/torture.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/checksum.hpp"
#include "io/model_file.hpp"
#include "io/model_hash.hpp"
#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;
using test::ProgramOnRanks;
using test::slow_config;
using test::small_config;
using Program = test::Program;

class Resume : public ProgramOnRanks {
 protected:
  void SetUp() override {
    write("small.yml", small_config);
    write("slow.yml", slow_config);
  }
  /// The program, to which `signal` is sent once it has made an iteration, or nothing.
  Ended run_and_signal(const std::string& arguments, const std::string& run, const std::string& signal) {
    return shell(launch(GetParam()) + GMMVI_PROGRAM " run " + arguments + " --out " + run + " & pid=$!; until [ -s " +
                 run + "/metrics.jsonl ]; do sleep 0.02; done; kill -" + signal + " $pid; wait $pid");
  }
  static int warnings_in(const Ended& ended) { return count(ended.error, "warning: "); }
  std::string hash_of_undisturbed(const std::string& config, const std::string& options = "") {
    EXPECT_EQ(shell(GMMVI_PROGRAM " run " + config + " --progress none --out undisturbed " + options).code, 0);
    return model_hash_of("undisturbed");
  }
  void expect_lines_of_iterations(const std::string& run, int iterations) {
    const std::string metrics = content_of(folder_ / (run + "/metrics.jsonl"));
    EXPECT_EQ(count(metrics, "\n"), iterations);
    for (int i = 1; i <= iterations; ++i)
      EXPECT_EQ(count(metrics, "\"iteration\":" + std::to_string(i) + ","), 1) << "iteration " << i;
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, Resume, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(Resume, ASignalOfTheBatchSystemSuspends) {
  const Ended ended = run_and_signal("slow.yml", "run", "USR1");
  EXPECT_EQ(ended.code, 75) << ended.error;
  EXPECT_EQ(count(ended.error, "Asked to stop. Then go on with:\n    " GMMVI_PROGRAM " run --resume run"), 1)
      << ended.error;
  expect_one_message(ended, "stopped before the end of the run");
  EXPECT_EQ(status_of("run").at("state"), "interrupted");

  const Ended again = gmmvi("run --resume run");
  EXPECT_EQ(again.code, 0) << again.error;
  EXPECT_EQ(status_of("run").at("state"), "finished");
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
  expect_lines_of_iterations("run", 12);
}

TEST_P(Resume, CheapTargetsKeepTheirSamplesWhenTheyAreStopped) {
  const std::string endless = "small.yml --codename SAMTRON --iterations 100000000";
  const Ended ended = run_and_signal(endless, "run", "USR1");
  EXPECT_EQ(ended.code, 75) << ended.error;
  const int made = status_of("run").at("iteration");
  const std::string iterations = std::to_string(made + 5);
  EXPECT_EQ(gmmvi("run --resume run --iterations " + iterations).code, 0);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("small.yml", "--codename SAMTRON --iterations " + iterations));
  expect_lines_of_iterations("run", made + 5);
}

TEST_P(Resume, AJobsTimeMayBeLimited) {
  const Ended ended = gmmvi("run slow.yml --out run --set run.max_wall_time=0.3 --set run.grace=0.1");
  EXPECT_EQ(ended.code, 75) << ended.error;
  EXPECT_EQ(gmmvi("run --resume run --set run.max_wall_time=null").code, 0);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
}

TEST_P(Resume, AFinishedRunGoesOnForMoreIterations) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4").code, 0);
  EXPECT_EQ(gmmvi("run --resume run").code, 0) << "nothing to do";
  EXPECT_EQ(gmmvi("run --resume run --iterations 12").code, 0);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
  expect_lines_of_iterations("run", 12);
}

// It keeps no checkpoint of its end, so more of it is all of it again.
TEST_P(Resume, AFinishedRunOfACheapTargetIsRepeatedOnlyForMore) {
  ASSERT_EQ(gmmvi("run small.yml --codename SAMTRON --out run --iterations 4").code, 0);
  const std::string metrics = content_of(folder_ / "run/metrics.jsonl");
  const Ended same = gmmvi("run --resume run");
  EXPECT_EQ(same.code, 0) << same.error;
  EXPECT_EQ(count(same.out + same.error, "The run had come to its end: all iterations are done"), 1) << same.error;
  EXPECT_EQ(content_of(folder_ / "run/metrics.jsonl"), metrics);
  EXPECT_EQ(status_of("run").at("state"), "finished");
  const Ended more = gmmvi("run --resume run --iterations 6");
  EXPECT_EQ(more.code, 0) << more.error;
  EXPECT_EQ(count(more.error, "there is neither a checkpoint to go on from nor an evaluation in a journal"), 1)
      << more.error;
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("small.yml", "--codename SAMTRON --iterations 6"));
  expect_lines_of_iterations("run", 6);
}

// A repeated run may be stopped before it is as far as it was.
TEST_P(Resume, ARepeatedRunLeavesWhatItHadComeTo) {
  ASSERT_EQ(gmmvi("run small.yml --codename SAMTRON --out run --iterations 4").code, 0);
  for (const std::string earlier : {"run/earlier", "run/earlier-2"}) {
    const std::string before = model_hash_of("run");
    const int iterations = status_of("run").at("iteration").get<int>() + 1;
    const Ended more = gmmvi("run --resume run --iterations " + std::to_string(iterations));
    EXPECT_EQ(count(more.error, "what the run had come to is kept in " + earlier), 1) << more.error;
    EXPECT_EQ(model_hash_of(earlier), before);
    EXPECT_EQ(status_of(earlier).at("model_hash"), before);
    EXPECT_NE(model_hash_of("run"), before);
  }
  expect_lines_of_iterations("run/earlier", 4);
}

TEST_P(Resume, SaysWhatItGoesOnWith) {
  write("mine.yml", "temperature: 1\n");
  ASSERT_EQ(gmmvi("run slow.yml --preset ./mine.yml --out run --iterations 4").code, 0);
  const std::string components = std::to_string(status_of("run").at("components").get<int>());
  const Ended ended = gmmvi("run --resume run --iterations 5");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out, "Starts with"), 0) << ended.out;
  EXPECT_EQ(count(ended.out, " with preset mine, seed 0"), 1) << ended.out;
  EXPECT_EQ(count(ended.out, "Goes on after iteration 4, with " + components + " component"), 1) << ended.out;
  EXPECT_EQ(count(ended.out, " evaluations; results go to run/"), 1) << ended.out;
  EXPECT_EQ(io::NetcdfFile(folder_ / "run/model.nc", io::NetcdfFile::Mode::read).attribute<std::string>("preset"),
            "mine");
}

TEST_P(Resume, WhateverStatusJsonSays) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4").code, 0);
  write("run/status.json", "{");
  const Ended ended = gmmvi("run --resume run --iterations 12");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(warnings_in(ended), 1) << ended.error;
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
}

// Of a job that was killed while it wrote a checkpoint.
TEST_P(Resume, RemovesSamplesThatBelongToNoCheckpoint) {
  const std::string endless = "small.yml --codename SAMTRON --iterations 100000000";
  ASSERT_EQ(run_and_signal(endless, "run", "USR1").code, 75);
  const int made = status_of("run").at("iteration");
  EXPECT_EQ(status_of("run").at("checkpoint"), made);
  write("run/checkpoints/99999999-00000.samples", "half of them");
  EXPECT_EQ(gmmvi("run --resume run --iterations " + std::to_string(made + 1)).code, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/checkpoints/99999999-00000.samples"));
}

// Earlier evaluations for metrics, of an iteration that is made again, are of other samples then.
TEST_P(Resume, WithOtherNumbersOfSamplesForMetrics) {
  std::string even =
      slow_config;  // weights that stay equal: the numbers of samples shift those of the second component
  even.replace(even.find("SAMTRON"), 7, "SAMTROX");
  write("even.yml", even + "weight_stepsize_adapter_config: {initial_stepsize: 0}\n");
  const std::string metrics = " --set gmmvi_runner_config.log_metrics_interval=4 --set run.metrics_samples=";
  for (const std::string samples : {"3", "45"}) {
    const std::string run = "run" + samples, alone = "alone" + samples;
    ASSERT_EQ(gmmvi("run even.yml --iterations 4 --out " + run + metrics + "40").code, 0);
    // as if it had been killed at its end
    std::filesystem::remove_all(folder_ / (run + "/checkpoints"));
    std::filesystem::remove(folder_ / (run + "/status.json"));
    const Ended ended = gmmvi("run --resume " + run + metrics + samples);
    EXPECT_EQ(ended.code, 0) << ended.error;
    ASSERT_EQ(gmmvi("run even.yml --iterations 4 --out " + alone + metrics + samples).code, 0);
    EXPECT_EQ(model_hash_of(run), model_hash_of(alone));
    EXPECT_EQ(status_of(run).at("elbo"), status_of(alone).at("elbo"));
  }
}

TEST_P(Resume, WithAJournalAfterNone) {
  const std::string keep = " --set output.checkpoint_iterations=2 --set evaluation.journal=";
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4 --set run.max_evaluations=70" + keep + "off").code, 0);
  ASSERT_EQ(gmmvi("run --resume run --iterations 8 --set run.max_evaluations=null" + keep + "on").code, 0);
  const Ended ended = gmmvi("run --resume run --iterations 12" + keep + "on");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.error, "cannot be used"), 0) << ended.error;
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
}

TEST_P(Resume, OnlyAsTheRunThatItWas) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 2").code, 0);
  const Ended other = gmmvi("run --resume run --seed 5 --set temperature=2 --set evaluation.max_retries=3");
  EXPECT_EQ(other.code, 78);
  expect_one_message(other, "The run in run cannot go on with another config");
  EXPECT_EQ(count(other.error, "seed: before 0, now 5"), 1) << other.error;
  EXPECT_EQ(count(other.error, "temperature: before 1"), 1) << other.error;
  EXPECT_EQ(count(other.error, "max_retries"), 0) << "what becomes of failures may have to change";
  const Ended over = gmmvi("run slow.yml --out run");
  EXPECT_EQ(over.code, 73);
  expect_one_message(over, "To go on with that one:\n    " GMMVI_PROGRAM " run --resume run");
  const Ended nothing = gmmvi("run --resume nowhere");
  EXPECT_NE(nothing.code, 0);
  EXPECT_EQ(count(nothing.out + nothing.error, "error: "), 1) << nothing.error;
}

TEST_P(Resume, ADamagedCheckpointIsToldAndTheOneBeforeIsUsed) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 6 --set output.checkpoint_iterations=2").code, 0);
  write("run/checkpoints/00000006.checkpoint", "rubbish");
  const Ended ended = gmmvi("run --resume run --iterations 12");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.error, "00000006.checkpoint cannot be used"), 1) << ended.error;
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
}

TEST_P(Resume, AFullDiskIsToldWithTheWayOn) {
  // Many samples an iteration: the journals are the first files to grow beyond the limit.
  const std::string fast =
      " --set target.seconds=0.0002 --set sample_selector_config.ratio_reused_samples_to_desired=0";
  const std::string limit = "for p in $pid $(pgrep -P $pid); do prlimit --pid $p --fsize=";
  const Ended ended = shell(launch(GetParam()) + GMMVI_PROGRAM " run slow.yml --out run --iterations 1000000" + fast +
                            " & pid=$!; " + "until [ -s run/metrics.jsonl ] || ! kill -0 $pid; do sleep 0.02; done; " +
                            limit + "120000; done; wait $pid");
  EXPECT_EQ(ended.code, 73) << ended.error;
  expect_one_message(ended, "Cannot write the journal of evaluations run/journal/");
  expect_one_message(ended, "(ulimit -f). Then go on with:\n    " GMMVI_PROGRAM " run --resume run");
  EXPECT_EQ(status_of("run").at("state"), "failed");
  const int iterations = status_of("run").at("iteration");
  const std::string more = std::to_string(iterations + 2);
  ASSERT_EQ(gmmvi("run --resume run --iterations " + more).code, 0);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml", "--iterations " + more + fast));
}

// ------------------------------------------------------------------------------------------------- another's files

/// A posterior of data, whose evaluations are kept in a journal.
constexpr const char* data_config = R"(
codename: SAMTRON
target:
  type: sleeping
  around: {type: logistic_regression, data: data.csv}
  seconds: 0.002
model_initialization: {num_initial_components: 1, prior_scale: 3.0}
sample_selector_config: {desired_samples_per_component: 10}
run: {iterations: 4, metrics_samples: 0}
)";

std::string table(bool flipped) {
  std::string text = "x,label\n";
  for (int row = 0; row < 20; ++row)
    text += std::to_string(row % 7) + "," + std::to_string((row % 3 == 0) != flipped ? 1 : 0) + "\n";
  return text;
}

TEST_P(Resume, AConfigThatWasChangedByHandIsRefused) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4").code, 0);
  ASSERT_EQ(shell("sed -i 's/^seed: 0$/seed: 5/' run/config.yml").code, 0);
  for (const std::string file : {"fingerprint.json", ""}) {  // it is in journals and checkpoints, too
    for (const std::string command : {"run --resume run", "run --resume run --iterations 12", "import run more.csv"}) {
      write("more.csv", "x1,x2,log_density\n0,0,-1\n");
      const Ended ended = gmmvi(command);
      EXPECT_EQ(ended.code, 78) << command << ended.error;
      expect_one_message(ended, "seed: before 0, now 5");
      if (file.empty()) break;
    }
    if (!file.empty()) std::filesystem::rename(folder_ / ("run/" + file), folder_ / "kept.json");
    std::filesystem::remove(folder_ / "run/status.json");
  }
  ASSERT_EQ(shell("sed -i 's/^seed: 5$/seed: 0/' run/config.yml").code, 0);
  EXPECT_EQ(gmmvi("run --resume run --iterations 12").code, 0);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
}

TEST_P(Resume, ACheapRunThatKeptNothingIsNotRepeatedAsAnother) {
  ASSERT_EQ(gmmvi("run small.yml --codename SAMTRON --out run --iterations 4").code, 0);
  ASSERT_EQ(shell("sed -i 's/num_dimensions: 2/num_dimensions: 3/' run/config.yml").code, 0);
  const Ended ended = gmmvi("run --resume run --iterations 6");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "target.num_dimensions: before 2, now 3");
}

TEST_P(Resume, DataThatHaveChangedAreRefused) {
  write("data.csv", table(false));
  write("data.yml", data_config);
  ASSERT_EQ(gmmvi("run data.yml --out run").code, 0);
  EXPECT_EQ(status_of("run").at("fingerprint").get<std::string>().size(), 16U);
  write("data.csv", table(true));
  for (const std::string command :
       {"run --resume run --iterations 6", "sample run -n 5 --log-target", "import run more.csv"}) {
    write("more.csv", "x1,x2,log_density\n0,0,-1\n");
    const Ended ended = gmmvi(command);
    EXPECT_EQ(ended.code, 65) << command << ended.error;
    expect_one_message(ended, "data.csv: before ");
  }
  // What they say counts, not where they are.
  write("data.csv", "");
  write("moved.csv", table(false));
  ASSERT_EQ(shell("sed -i 's/data\\.csv/moved.csv/' run/config.yml").code, 0);
  const Ended moved = gmmvi("run --resume run --iterations 6");
  EXPECT_EQ(moved.code, 0) << moved.error;
}

TEST_P(Resume, JournalsAndCheckpointsOfAnotherRunAreRefused) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4").code, 0);
  ASSERT_EQ(gmmvi("run slow.yml --out other --iterations 4 --set target.around.num_dimensions=2 --seed 3").code, 0);
  ASSERT_EQ(shell("cp other/journal/0001-00000.journal run/journal/0002-00000.journal").code, 0);
  const Ended journal = gmmvi("run --resume run --iterations 12");
  EXPECT_EQ(journal.code, 78);
  expect_one_message(journal, "journal/0002-00000.journal belongs to another config");
  ASSERT_EQ(shell("rm run/journal/0002* && cp other/checkpoints/00000004.checkpoint run/checkpoints").code, 0);
  const Ended checkpoint = gmmvi("run --resume run --iterations 12");
  EXPECT_EQ(checkpoint.code, 78);
  expect_one_message(checkpoint, "seed: before 3, now 0");
}

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void put(std::string& bytes, std::size_t at, std::uint32_t number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

/// The records of a journal as formats without outputs had them.
std::string without_outputs(const std::string& records) {
  constexpr std::size_t head = 16, field = 40;  // bytes of a record before its payload, and of this before the field
  std::string stripped;
  for (std::size_t at = 0; at < records.size(); at += head + number_at(records, at)) {
    std::string record = records.substr(at, head + number_at(records, at));
    EXPECT_EQ(number_at(record, head + field), 0U);
    record.erase(head + field, 8);
    put(record, 0, static_cast<std::uint32_t>(record.size() - head));
    put(record, 8, core::checksum(record.substr(head)));
    put(record, 12, core::checksum(record.substr(0, 12)));
    stripped += record;
  }
  return stripped;
}

/// As versions without fingerprints wrote them.
void strip_fingerprint(const std::filesystem::path& file, const std::string& fingerprint) {
  std::string bytes = content_of(file);
  if (file.extension() == ".journal") {
    ASSERT_EQ(number_at(bytes, 24), fingerprint.size());
    bytes = bytes.substr(0, 28) + without_outputs(bytes.substr(36 + fingerprint.size() + 4));
    put(bytes, 12, 1);
    put(bytes, 24, core::checksum(bytes.substr(0, 24)));
  } else {
    ASSERT_TRUE(bytes.ends_with(fingerprint));
    bytes.resize(bytes.size() - fingerprint.size() - 8);
    put(bytes, 8, 1);
    put(bytes, 12, core::checksum(bytes.substr(16)));
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST_P(Resume, ARunOfAVersionWithoutFingerprintsGoesOnWithAWarning) {
  ASSERT_EQ(gmmvi("run slow.yml --out run --iterations 4").code, 0);
  std::string fingerprint = content_of(folder_ / "run/fingerprint.json");
  fingerprint.pop_back();
  std::filesystem::remove(folder_ / "run/fingerprint.json");
  for (const char* subfolder : {"run/journal", "run/checkpoints"})
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / subfolder))
      strip_fingerprint(entry.path(), fingerprint);
  const Ended ended = gmmvi("run --resume run --iterations 12");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(warnings_in(ended), 1) << ended.error;
  EXPECT_EQ(count(ended.error, "is of an earlier version, and does not say of which config and data it is"), 1);
  EXPECT_EQ(model_hash_of("run"), hash_of_undisturbed("slow.yml"));
  EXPECT_EQ(content_of(folder_ / "run/fingerprint.json"), fingerprint + "\n") << "from now on";
}

TEST_F(Program, AnInterruptedRunLeavesItsLastCompleteIteration) {
  write("small.yml", small_config);
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    const std::string run = "run" + signal;
    const Ended ended = shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 100000000 --out " + run +
                              " & pid=$!; until [ -s " + run + "/metrics.jsonl ]; do sleep 0.1; done; kill -" + signal +
                              " $pid; wait $pid");
    EXPECT_EQ(ended.code, 130) << signal;
    EXPECT_NE(ended.error.find("is in " + run + "/"), std::string::npos) << ended.error;
    EXPECT_EQ(count(ended.error, "Asked to stop. Then go on with:\n    " GMMVI_PROGRAM " run --resume " + run), 1)
        << ended.error;
    EXPECT_EQ(status_of(run).at("state"), "interrupted");
    EXPECT_EQ(status_of(run).at("checkpoint"), status_of(run).at("iteration"));
    EXPECT_EQ(io::to_hex(io::model_hash(io::read_model(folder_ / (run + "/model.nc")).mixture)), model_hash_of(run));
  }
}

// ------------------------------------------------------------------------------------------------------- failures

constexpr const char* failing_config = R"(
extends: small.yml
codename: SAMTRON
target:
  type: sleeping
  around: {type: random_gaussian_mixture, num_dimensions: 2}
  seconds: 0.0002
  failures: {exception: 0.05, not_a_number: 0.05, wrong_shape: 0.05, hang: 0.05}
run: {iterations: 10, metrics_samples: 0}
evaluation: {time_limit: 0.05, max_retries: 0}
)";

TEST_P(Resume, ARunGetsAlongWithFailuresOfAllKinds) {
  write("failing.yml", failing_config);
  const Ended ended = gmmvi("run failing.yml --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  const double failures = status_of("run").at("failures"), evaluations = status_of("run").at("evaluations");
  EXPECT_NEAR(failures / evaluations, 0.2, 4.0 * std::sqrt(0.16 / evaluations));
  const std::string lines = content_of(folder_ / "run/failures.jsonl");
  EXPECT_EQ(count(lines, "\n"), static_cast<int>(failures));
  EXPECT_EQ(count(lines, "\"x\":["), static_cast<int>(failures));
  EXPECT_GT(count(lines, "interrupted after"), 0) << lines.substr(0, 500);

  const Ended again =
      gmmvi("evaluate run --at run/failures.jsonl --set target.seconds=1e-6 --set target.failures.hang=0");
  ASSERT_EQ(again.code, 0) << again.error;
  EXPECT_EQ(count(again.out, "\n"), static_cast<int>(failures));
  EXPECT_GT(count(again.out, "\"status\":\"failure\""), 0) << again.out;
  write("points.csv", "a,b\n1,2\n3,4\n");
  const Ended table = gmmvi("evaluate small.yml --codename SAMTRON --at points.csv");
  ASSERT_EQ(table.code, 0) << table.error;
  EXPECT_EQ(count(table.out, "\"status\":\"value\""), 2) << table.out;
  EXPECT_EQ(count(table.out, "\"x\":[3.0,4.0]"), 1) << table.out;
  EXPECT_EQ(gmmvi("evaluate small.yml --codename SAMTRON --at nowhere.csv").code, 65);

  write("target.yml", "target: {type: rosenbrock, num_dimensions: 2}\n");
  write("gaps.csv", "a,b\n1,2\nnan,1\n3,\n3,4\n");
  const Ended gaps = gmmvi("evaluate target.yml --at gaps.csv");
  ASSERT_EQ(gaps.code, 0) << gaps.error;
  EXPECT_EQ(count(gaps.out, "\"status\":\"value\""), 2) << gaps.out;
  EXPECT_EQ(count(gaps.error, "gaps.csv: left out 2 of 4 points, with a value that is missing or not finite"), 1);
  write("gaps.csv", "a,b\nnan,1\n");
  EXPECT_EQ(gmmvi("evaluate target.yml --at gaps.csv").code, 65);

  ASSERT_EQ(gmmvi("run --resume run --iterations 12").code, 0);
  const int failures_now = status_of("run").at("failures");
  EXPECT_EQ(count(content_of(folder_ / "run/failures.jsonl"), "\n"), failures_now) << "none twice";
}

TEST_P(Resume, TooManyFailuresEndARun) {
  write("failing.yml", failing_config);
  const Ended ended = gmmvi("run failing.yml --out run --set evaluation.max_failure_fraction=0.1");
  EXPECT_EQ(ended.code, 69);
  expect_one_message(ended, "more than the 10.0 % that evaluation.max_failure_fraction allows");
  EXPECT_EQ(status_of("run").at("state"), "failed");
}

}  // namespace
}  // namespace gmmvi

// Brings evaluations that were made elsewhere into runs, as users do.

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
using test::ProgramOnRanks;
using test::slow_config;
using test::small_config;
using Program = test::Program;

/// Where none of the components is. They are not the target's, which is asked where a component would be put: a run
/// with them makes more evaluations.
constexpr const char* evaluations =
    "x1,x2,log_density,host\n200,200,0,a\n201,200,-inf,b\n200,199,-1,a\n200,201,nan,a\n199,200,-2,c\n";

class Import : public ProgramOnRanks {
 protected:
  void SetUp() override {
    write("small.yml", small_config);
    write("slow.yml", slow_config);
    write("cheap.yml", std::string(small_config) + "codename: SAMTRON\n");
    write("earlier.csv", evaluations);
  }
  void gmmvi_on(int ranks, const std::string& arguments) {
    const Ended ended = shell(launch(ranks) + GMMVI_PROGRAM " " + arguments);
    ASSERT_EQ(ended.code, 0) << arguments << '\n' << ended.error;
  }
  /// All on one rank, which nothing disturbs.
  std::string hash_of_one_rank(const std::string& config, const std::string& first_run, const std::string& resume) {
    if (first_run.empty())
      gmmvi_on(1, "import " + config + " earlier.csv --check 0 --out alone");
    else {
      gmmvi_on(1, "run " + config + " --out alone " + first_run);
      gmmvi_on(1, "import alone earlier.csv --check 0");
    }
    gmmvi_on(1, "run --resume alone " + resume);
    return model_hash_of("alone");
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, Import, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(Import, BeginsARun) {
  const Ended ended = gmmvi("import slow.yml earlier.csv --out run --seed 3");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(ended.out,
            "earlier.csv: 4 evaluations; left out 1 without a log density; not read: host\n"
            "4 imported, 1 of them outside the support; the greatest log density is 0.\n"
            "They are in run/, as candidates for new components: after every 3 iterations one is added.\n"
            "Go on with:\n    " GMMVI_PROGRAM " run --resume run\n");
  EXPECT_EQ(count(content_of(folder_ / "run/log.txt"), "4 imported"), 1);
  EXPECT_EQ(content_of(folder_ / "run/config.yml")
                .rfind("# From slow.yml with --seed 3\n# With 4 evaluations imported from earlier.csv\n", 0),
            0U);
  EXPECT_EQ(status_of("run").at("state"), "interrupted");
  EXPECT_EQ(status_of("run").at("iteration"), 0);
  EXPECT_EQ(status_of("run").at("evaluations"), 0);

  fs::remove(folder_ / "earlier.csv");
  const Ended resumed = gmmvi("run --resume run");
  EXPECT_EQ(resumed.code, 0);
  EXPECT_EQ(count(resumed.error, "evaluation 1 of those imported has the log density 0, but the target gives -"), 1)
      << resumed.error;
  EXPECT_EQ(count(content_of(folder_ / "run/config.yml"), "# With 4 evaluations imported"), 1);
  write("earlier.csv", evaluations);
  gmmvi_on(1, "import slow.yml earlier.csv --out other --seed 3");
  gmmvi_on(1, "run --resume other");
  EXPECT_EQ(model_hash_of("run"), model_hash_of("other"));
  gmmvi_on(1, "run slow.yml --seed 3 --out without");
  EXPECT_GT(status_of("run").at("evaluations"), status_of("without").at("evaluations")) << "nothing came of it";
}

TEST_P(Import, OutlivesAKill) {
  gmmvi_on(GetParam(), "import slow.yml earlier.csv --out run");
  shell(launch(GetParam()) + GMMVI_PROGRAM
        " run --resume run --set output.checkpoint_iterations=2 & pid=$!; for i in $(seq 1500); do [ $(cat "
        "run/metrics.jsonl | wc -l) -ge 3 ] && break; sleep 0.01; done; kill -9 $pid; wait $pid");
  gmmvi_on(GetParam(), "run --resume run");
  EXPECT_EQ(model_hash_of("run"), hash_of_one_rank("slow.yml", "", ""));
}

TEST_P(Import, ComesToARunThatStopped) {
  const auto comes = [this](const std::string& config) {
    const std::string stop = "--iterations 5 --set output.checkpoint_iterations=4", on = "--iterations 12";
    const std::string run = "run_" + config.substr(0, 4);
    gmmvi_on(GetParam(), "run " + config + " --out " + run + " " + stop);
    const Ended ended = gmmvi("import " + run + "/ earlier.csv --check 0");
    ASSERT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(count(ended.out, "The run had come to its end: all iterations are done"), 1) << ended.out;
    const std::string where = "They are in " + run + "/, whose run goes on after iteration ";
    EXPECT_EQ(count(ended.out, where + (config == "slow.yml" ? "5," : "4,")), 1) << ended.out;
    gmmvi_on(GetParam(), "run --resume " + run + " " + on);
    EXPECT_EQ(model_hash_of(run), hash_of_one_rank(config, stop, on)) << config;
    fs::remove_all(folder_ / "alone");
    gmmvi_on(1, "run " + config + " --out alone " + on);
    EXPECT_GT(status_of(run).at("evaluations"), status_of("alone").at("evaluations")) << "nothing came of it";
    fs::remove_all(folder_ / "alone");
  };
  comes("slow.yml");
  comes("cheap.yml");
}

// The journal has two iterations more than the last checkpoint; no component comes before they are over.
TEST_P(Import, MakesNoEvaluationHappenAgain) {
  const std::string settings = " --iterations 6 --set output.checkpoint_iterations=4 --set target.log=all.log";
  gmmvi_on(GetParam(), "run slow.yml --out run" + settings);
  fs::remove(folder_ / "run/checkpoints/00000006.checkpoint");
  const int evaluated = count(content_of(folder_ / "all.log"), "\n");
  gmmvi_on(GetParam(), "import run earlier.csv");
  EXPECT_TRUE(fs::exists(folder_ / "run/checkpoints/00000004.checkpoint"));
  gmmvi_on(GetParam(), "run --resume run --iterations 6");
  EXPECT_GT(evaluated, 0);
  EXPECT_EQ(count(content_of(folder_ / "all.log"), "\n"), evaluated);
}

TEST_P(Import, TakesDrawsAndSeveralFiles) {
  fit();
  gmmvi_on(GetParam(), "sample run -n 60 --log-target");
  const Ended ended = gmmvi("import slow.yml run/samples.nc earlier.csv --out next");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out, "run/samples.nc: 60 evaluations\n"), 1) << ended.out;
  EXPECT_EQ(count(ended.out, "\n64 imported, 1 of them"), 1) << ended.out;
}

TEST_P(Import, IsToldOfWhereItsCheckpointIsLost) {
  gmmvi_on(GetParam(), "import slow.yml earlier.csv --out run");
  write("run/checkpoints/00000000.checkpoint", "rubbish");
  const Ended ended = gmmvi("run --resume run --iterations 1");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.error, "warning: evaluations were imported that are not among the samples"), 1) << ended.error;
}

TEST_P(Import, OfWhatCannotBeUsedIsOneErrorAndLeavesNothing) {
  const auto refuse = [&](const std::string& arguments, int code, const std::string& part) {
    const Ended ended = gmmvi("import " + arguments + " --out run");
    EXPECT_EQ(ended.code, code) << arguments;
    expect_one_message(ended, part);
    EXPECT_FALSE(fs::exists(folder_ / "run")) << arguments;
  };
  refuse("slow.yml nowhere.csv", 65, "Cannot read nowhere.csv: No such file");
  write("bad.csv", "x1,x2,log_density\n1,2,-3\n4,five,-6\n");
  refuse("slow.yml earlier.csv bad.csv", 65, "bad.csv:3: 'five' in column 2 (x2) is not a finite number, but text.");
  write("nothing.csv", "x1,x2,log_density\n1,2,-inf\n4,5,nan\n");
  refuse("slow.yml nothing.csv", 65, "no evaluation has a finite log density");
  refuse(GMMVI_CONFIGS "/experiments/banana.yml earlier.csv --codename SEPYFUX", 78, "this run adds none");
  refuse("slow.yml earlier.csv --set use_sample_database=false", 78, "use_sample_database");
  refuse("slow.yml earlier.csv --set max_database_size=3", 78, "there are 4 evaluations to import");
  refuse(
      "slow.yml earlier.csv --set num_component_adapter_config.num_database_samples=0 --set "
      "num_component_adapter_config.num_prior_samples=9",
      78, "num_component_adapter_config.num_database_samples is 0");
}

TEST_P(Import, IntoARunLeavesItAsItWasWhereItCannotBe) {
  gmmvi_on(GetParam(), "import slow.yml earlier.csv --out run");
  const std::string before = content_of(folder_ / "run/checkpoints/00000000.checkpoint");
  const auto refuse = [&](const std::string& arguments, int code, const std::string& part) {
    const Ended ended = gmmvi("import " + arguments);
    EXPECT_EQ(ended.code, code) << arguments;
    expect_one_message(ended, part);
    EXPECT_EQ(content_of(folder_ / "run/checkpoints/00000000.checkpoint"), before);
  };
  refuse("run earlier.csv", 65, "the very same ones were imported before");
  refuse("run earlier.csv --set temperature=2", 64, "leave out --set temperature=2");
  refuse("run earlier.csv --out other", 64, "leave out --out");
  fs::create_directory(folder_ / "empty");
  refuse("empty earlier.csv", 65, "There is no run to go on with in empty");
  gmmvi_on(1, "run cheap.yml --iterations 2 --out cheap");
  refuse("cheap earlier.csv", 65, "Begin a new one:\n    " GMMVI_PROGRAM " import cheap/config.yml FILE...");
}

TEST_P(Import, ComparesWithTheTargetWhereThatIsWanted) {
  gmmvi_on(GetParam(), "run slow.yml --iterations 2 --out run");
  gmmvi_on(GetParam(), "sample run -n 20 --log-target --out draws.nc");
  gmmvi_on(GetParam(), "import slow.yml draws.nc --check 20 --out same");
  for (const std::string arguments :
       {"cheap.yml earlier.csv --out other", "slow.yml earlier.csv --check 1 --out other"}) {
    const Ended ended = gmmvi("import " + arguments);
    EXPECT_EQ(ended.code, 65) << arguments;
    expect_one_message(ended, "earlier.csv:2 has the log density 0, and the target gives ");
    EXPECT_FALSE(fs::exists(folder_ / "other"));
  }
}

constexpr const char* banana =
    "codename: SAMTRON\ntarget: {type: rosenbrock, num_dimensions: 2}\nrun: {iterations: 3}\n";

// A chain of CmdStan's, whose log densities lack a constant, −log 2π.
TEST_P(Import, SaysTheConstantThatIsLacking) {
  write("banana.yml", banana);
  const std::string chain = GMMVI_TEST_DATA_DIR "/tables/banana-1.csv";
  const Ended refused = gmmvi("import banana.yml " + chain + " --out run");
  EXPECT_EQ(refused.code, 65);
  expect_one_message(refused, "At all 10 points that were compared the target gives -1.837877");
  const std::size_t at = refused.error.find("Import them with --offset -1.837877");
  ASSERT_NE(at, std::string::npos) << refused.error;
  EXPECT_FALSE(fs::exists(folder_ / "run"));

  const Ended taken = gmmvi("import banana.yml " + chain + " --offset -1.8378770664093453 --out run");
  ASSERT_EQ(taken.code, 0) << taken.error;
  EXPECT_EQ(count(taken.out, "imported, log densities plus -1.83787707; the greatest log density is -1.8"), 1)
      << taken.out;
  EXPECT_EQ(count(taken.out, "lp__ of Stan is taken as the log density"), 1) << taken.out;

  std::string text = content_of(chain);
  const std::size_t row = text.find("\n-0.15");
  ASSERT_NE(row, std::string::npos);
  text.replace(row, 6, "\n+9.15");
  write("spoilt.csv", text);
  const Ended spoilt = gmmvi("import banana.yml spoilt.csv --offset -1.8378770664093453 --out other");
  EXPECT_EQ(spoilt.code, 65);
  expect_one_message(spoilt, "Of 10 that were compared 1 differ, not by one constant.");
  EXPECT_EQ(gmmvi("import banana.yml " + chain + " --offset much --out other").code, 64);
}

TEST_P(Import, ComparesTheGreatestLogDensity) {
  write("banana.yml", banana);
  std::string text = "x1,x2,log_density\n";
  for (int n = 0; n < 100; ++n) text += n == 37 ? "1,1,7.5\n" : "0,0,-1.8878770664093453\n";
  write("one_wrong.csv", text);
  const Ended ended = gmmvi("import banana.yml one_wrong.csv --out run");
  EXPECT_EQ(ended.code, 65);
  expect_one_message(ended, "one_wrong.csv:39 has the log density 7.5, and the target gives -1.83788 there.");
}

TEST_F(Program, ARunThatIsUnderWayTakesNoImport) {
  write("small.yml", small_config);
  write("earlier.csv", evaluations);
  const Ended ended =
      shell(GMMVI_PROGRAM
            " run small.yml --codename SAMTRON --iterations 100000000 --progress none --set "
            "output.checkpoint_iterations=1 --out run & pid=$!; until [ -s run/metrics.jsonl ]; do "
            "sleep 0.1; done; " GMMVI_PROGRAM " import run earlier.csv; code=$?; kill -9 $pid; exit $code");
  EXPECT_EQ(ended.code, 73);
  expect_one_message(ended, "Another job is working in run");
}

}  // namespace
}  // namespace gmmvi

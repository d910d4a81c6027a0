// Drives the program as users do; what it computes is tested elsewhere.
#include "runner/program.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <span>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/model_file.hpp"
#include "io/model_hash.hpp"
#include "io/netcdf_file.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi {
namespace {

using nlohmann::json;
using test::content_of;
using test::count;
using test::Ended;
using test::Program;
using test::ProgramOnRanks;
using test::slow_config;
using test::small_config;

INSTANTIATE_TEST_SUITE_P(Ranks, ProgramOnRanks, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(ProgramOnRanks, LeavesAFolderWithTheResults) {
  write("small.yml", small_config);
  const Ended ended = gmmvi("run small.yml --codename SAMTRON --iterations 7 --seed 3");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");

  const std::string run = "runs/small-SAMTRON-seed3";
  EXPECT_EQ(status_of(run).at("state"), "finished");
  EXPECT_EQ(status_of(run).at("iteration"), 7);
  EXPECT_EQ(status_of(run).at("metrics_samples"), 100);
  const io::Model model = io::read_model(folder_ / (run + "/model.nc"));
  EXPECT_EQ(io::to_hex(io::model_hash(model.mixture)), status_of(run).at("model_hash"));
  EXPECT_EQ(count(content_of(folder_ / (run + "/metrics.jsonl")), "\n"), 7);
  EXPECT_EQ(count(ended.out, "Finished: "), 1) << ended.out;
  for (const std::string& part :
       {std::string("−ELBO "), std::string(" ± "), std::string("(100 fresh samples)"), run + "/model.nc",
        std::string("% of the ranks' time in evaluations"), GMMVI_PROGRAM " summary " + run + " ",
        GMMVI_PROGRAM " report " + run + " ", GMMVI_PROGRAM " sample " + run + " -n 10000 "}) {
    EXPECT_NE(ended.out.find(part), std::string::npos) << part << " in\n" << ended.out;
    EXPECT_NE(content_of(folder_ / (run + "/log.txt")).find(part), std::string::npos) << part;
  }
}

TEST_P(ProgramOnRanks, DetailsAreInTheLogAndOnTheScreenWhereWanted) {
  write("small.yml", small_config);
  const std::string run = "run small.yml --codename SAMTRON --iterations 2 --out ";
  const Ended plain = gmmvi(run + "plain"), verbose = gmmvi(run + "verbose --verbose");
  ASSERT_EQ(verbose.code, 0) << verbose.error;
  const std::string log = content_of(folder_ / "plain/log.txt");
  for (const std::string& part : {"model hash    " + model_hash_of("plain"), std::string("time by part  selection "),
                                  std::string("a call took   "), std::string(" with metrics and files")}) {
    EXPECT_EQ(plain.out.find(part), std::string::npos) << part << " in\n" << plain.out;
    EXPECT_NE(verbose.out.find(part), std::string::npos) << part << " in\n" << verbose.out;
    EXPECT_NE(log.find(part), std::string::npos) << part << " in\n" << log;
  }
}

TEST_P(ProgramOnRanks, AFolderByDefaultIsNamedAfterThePreset) {
  write("small.yml", small_config);
  write("my_preset.yaml", "temperature: 2\n");
  const std::string run = "run small.yml --codename SAMTRON --iterations 1 --preset ";
  ASSERT_EQ(gmmvi(run + "expensive").code, 0);
  ASSERT_EQ(gmmvi(run + "./my_preset.yaml").code, 0);
  EXPECT_EQ(io::read_model(folder_ / "runs/small-SAMTRON-expensive-seed0/model.nc").attributes.preset, "expensive");
  EXPECT_EQ(io::read_model(folder_ / "runs/small-SAMTRON-my_preset-seed0/model.nc").attributes.preset, "my_preset");
  EXPECT_EQ(count(gmmvi("summary runs/small-SAMTRON-expensive-seed0").out, "SAMTRON, preset expensive, seed 0"), 1);
}

TEST_P(ProgramOnRanks, AConfigErrorIsOneMessageAndNoFolder) {
  write("wrong.yml", std::string(small_config) + "sed: 4\n");
  const Ended ended = gmmvi("run wrong.yml --codename SAMTRON");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "sed");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_P(ProgramOnRanks, EveryRankHasTheExitCode) {
  write("wrong.yml", "sed: 4\n");
  const Ended ended = shell(launch(GetParam()) + "sh -c '" GMMVI_PROGRAM " run wrong.yml; echo code $?'");
  EXPECT_EQ(count(ended.out, "code 78\n"), GetParam()) << ended.out << ended.error;
}

TEST_P(ProgramOnRanks, ABrokenDataFileIsOneMessageAndNoFolder) {
  write("data.csv", "a,b,label\n1,2,1\n1,oops,0\n");
  write("posterior.yml", "target:\n  type: logistic_regression\n  data: data.csv\n");
  const Ended ended = gmmvi("run posterior.yml --codename SAMTRON");
  EXPECT_EQ(ended.code, 65);
  expect_one_message(ended, "data.csv");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_P(ProgramOnRanks, RefusesAFolderWithFilesInIt) {
  write("small.yml", small_config);
  std::filesystem::create_directory(folder_ / "full");
  write("full/file", "precious");
  const Ended ended = gmmvi("run small.yml --codename SAMTRON --iterations 1 --out full");
  EXPECT_EQ(ended.code, 73);
  expect_one_message(ended, "not empty");
  EXPECT_EQ(content_of(folder_ / "full/file"), "precious");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "full/config.yml"));
}

TEST_P(ProgramOnRanks, SaysWhatARunWasMadeOf) {
  write("small.yml", small_config);
  const Ended ended = gmmvi(
      "run small.yml --codename SAMTRON --preset expensive --set run.iterations=2 --set temperature=1.5 --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  const std::string first_line = ended.out.substr(0, ended.out.find('\n'));
  EXPECT_NE(first_line.find("SAMTRON with preset expensive, seed 0"), std::string::npos) << first_line;
  const std::string config = content_of(folder_ / "run/config.yml");
  EXPECT_EQ(config.substr(0, config.find('\n')),
            "# From small.yml with --preset expensive --codename SAMTRON --set run.iterations=2 --set temperature=1.5");
}

TEST_P(ProgramOnRanks, WarnsOfThePresetForGradientsWhereNoneAreUsed) {
  write("small.yml", small_config);
  const std::string more = "run small.yml --codename ZAMTRON --iterations 1 --out ";
  const std::string warning = "take --preset expensive_without_gradients";
  const Ended ended = gmmvi(more + "run --preset expensive");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(count(ended.error, warning), 1) << ended.error;
  EXPECT_EQ(count(content_of(folder_ / "run/log.txt"), warning), 1);
  EXPECT_EQ(gmmvi(more + "other --preset expensive_without_gradients").error, "");
}

TEST_P(ProgramOnRanks, AFolderForModelsThatCannotBeIsNoRun) {
  write("small.yml", small_config);
  const Ended ended = gmmvi("run small.yml --codename SAMTRON --set dump_gmm_path=..");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "--set dump_gmm_path=..: '..' is not a folder within that of the run");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_F(Program, SaysWhatIsWrongWithACommandLine) {
  const auto error = [&](const std::string& arguments) {
    const Ended ended = shell(GMMVI_PROGRAM " " + arguments);
    EXPECT_EQ(ended.code, 64) << arguments;
    return ended.error.substr(0, ended.error.find('\n'));
  };
  EXPECT_EQ(
      error(""),
      "gmmvi: a command has to come first, one of run, check, evaluate, import, sample, predict, evidence, summary, "
      "compare, combine, new, defaults, report, info");
  EXPECT_EQ(error("run a.yml --seed -1"), "gmmvi: --seed: '-1' is not a whole number from 0 to 18446744073709551615");
  EXPECT_EQ(error("run a.yml --iterations many"),
            "gmmvi: --iterations: 'many' is not a whole number from 0 to 9223372036854775807");
  EXPECT_EQ(error("run a.yml --max-evaluations 0"),
            "gmmvi: --max-evaluations: '0' is not a whole number from 1 to 9223372036854775807");
  EXPECT_EQ(error("run a.yml --max-seconds soon"), "gmmvi: --max-seconds: 'soon' is not a number greater than 0");
  EXPECT_EQ(error("run a.yml --progress much"), "gmmvi: --progress: 'much' is not one of auto, live, plain, none");
  EXPECT_EQ(error("run a.yml --set"), "gmmvi: --set takes a value");
  EXPECT_EQ(error("sample run -n 0"), "gmmvi: -n: '0' is not a whole number from 1 to 1000000000");
}

// As by another MPI's launcher: each believes to be rank 0 of 1.
TEST_F(Program, SeveralTasksThatMpiDoesNotJoinMakeNoRun) {
  write("small.yml", small_config);
  const std::string run = GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 1 ";
  for (const int task : {0, 1, 3}) {
    const std::string number = std::to_string(task);
    const Ended ended = shell("env SLURM_NTASKS=4 SLURM_PROCID=" + number + " SLURM_LOCALID=" + number +
                              " PMI_SIZE=4 PMI_RANK=" + number + " " + run);
    EXPECT_EQ(ended.code, 64);
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(count(ended.error, "\n"), 1) << ended.error;
    expect_one_message(ended, task == 0 ? "started as 4 tasks (PMI_SIZE=4), but MPI sees only one rank in each"
                                        : "of which this is number " + number + "; task 0 says more");
    if (task > 0) {
      EXPECT_LT(ended.error.size(), 120U);
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
  EXPECT_EQ(shell("env PMI_SIZE=4 PMI_RANK=2 " + run + "--single").code, 0);
  EXPECT_EQ(shell("env SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_PROCID=0 " + run).code, 0) << "a batch script";
}

TEST_F(Program, HelpHasExamplesOfItsOwn) {
  const std::string run = shell(GMMVI_PROGRAM " run --help").out;
  EXPECT_EQ(count(run, "\n    " GMMVI_PROGRAM " run "), 4) << run;
  EXPECT_EQ(count(run, "--preset expensive --max-evaluations"), 1);
  EXPECT_EQ(count(run, " summary runs/"), 0);
  EXPECT_EQ(count(shell(GMMVI_PROGRAM " summary --help").out, "\n    " GMMVI_PROGRAM " summary runs/first\n"), 1);
}

TEST_P(ProgramOnRanks, AWrongCommandLineIsSaidOnce) {
  const Ended ended = gmmvi("run --no-such-option");
  EXPECT_EQ(ended.code, 64);
  EXPECT_EQ(count(ended.out + ended.error, "Run with --help"), 1) << ended.out << ended.error;
}

TEST_P(ProgramOnRanks, SaysItsVersionOnce) {
  const Ended ended = gmmvi("--version");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(count(ended.out, "gmmvi "), 1) << ended.out;
}

TEST_P(ProgramOnRanks, DefaultsRunAsTheyAre) {
  const std::string program = launch(GetParam()) + GMMVI_PROGRAM;
  const Ended ended = shell(program + " defaults --codename ZAMTRUX --experiment gmm20 > my.yml && " + program +
                            " run my.yml --iterations 2 --set run.metrics_samples=10");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(content_of(folder_ / "my.yml"), "ng_estimator_type: MORE"), 1);
  EXPECT_EQ(status_of("runs/my-ZAMTRUX-seed0").at("iteration"), 2);
}

TEST_P(ProgramOnRanks, DefaultsOfAnUnknownExperimentIsOneMessage) {
  const Ended ended = gmmvi("defaults --experiment gmm21");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "there are: banana, box, breast_cancer");
}

TEST_P(ProgramOnRanks, ChecksOnceAndLeavesNoFiles) {
  write("small.yml", small_config);
  const Ended ended = gmmvi("check small.yml --codename zamtrux --seed 4 --set temperature=1.5");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  for (const char* part : {"ng_estimator_type: MORE\n", "\nseed: 4\n", "\ntemperature: 1.5\n", "Memory, estimated",
                           "ZAMTRUX with 2 parameters; desired_samples_per_component is 100\n",
                           "One evaluation, at the mean of the first component: log density -"})
    EXPECT_EQ(count(ended.out, part), 1) << part << " in\n" << ended.out;
  EXPECT_EQ(count(ended.out, "gradient of norm"), 0) << "MORE has no use for one";
  EXPECT_EQ(count(gmmvi("check small.yml --codename SAMTRON").out, "gradient of norm"), 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_P(ProgramOnRanks, CheckFindsWhatRunWouldRefuse) {
  write("small.yml", std::string(small_config) + "sed: 4\n");
  const Ended ended = gmmvi("check small.yml --codename SAMTRON");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "sed");
}

TEST_P(ProgramOnRanks, RefusesWhatNoMachineHasTheMemoryFor) {
  write("wide.yml", "target: {type: rosenbrock, num_dimensions: 300000}\n");
  for (const std::string command : {"check", "run"}) {
    const Ended ended = gmmvi(command + " wide.yml --codename ZAMTRON");
    EXPECT_EQ(ended.code, 78);
    expect_one_message(ended, "the first iteration needs");  // 720 GB a matrix
    EXPECT_EQ(count(ended.out, "Memory, estimated"), command == "check" ? 1 : 0);
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "runs"));
}

TEST_P(ProgramOnRanks, InfoIsSaidOnce) {
  const Ended ended = gmmvi("info");
  EXPECT_EQ(ended.code, 0) << ended.error;
  for (const std::string& part :
       {std::string("gmmvi  "), std::string("MPI  "), "ranks         " + std::to_string(GetParam()) + "\n",
        std::string("CPU  "), std::string("memory  "), std::string("Eigen 3"), std::string("Z MORE")})
    EXPECT_EQ(count(ended.out, part), 1) << part << " in\n" << ended.out;
}

TEST_P(ProgramOnRanks, ReportsRuns) {
  write("small.yml", small_config);
  for (const char* out : {"one", "two"})
    ASSERT_EQ(shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 6 --out " + std::string(out)).code,
              0);
  for (int time = 0; time < 2; ++time) {  // the second replaces the first
    const Ended ended = gmmvi("report one/");
    EXPECT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(ended.out, "Report: one/report.html\n");
    EXPECT_EQ(ended.error, "");
  }
  EXPECT_EQ(count(content_of(folder_ / "one/report.html"), "\"name\":\"one\""), 1);
  EXPECT_EQ(gmmvi("report one two").out, "Report: report.html\n");
  EXPECT_EQ(count(content_of(folder_ / "report.html"), "\"model_hash\":\"" + model_hash_of("two") + "\""), 2);
  EXPECT_EQ(gmmvi("report one two --out one/both.html").out, "Report: one/both.html\n");
}

TEST_P(ProgramOnRanks, AReportThatCannotBeIsOneMessage) {
  const Ended none = gmmvi("report none");
  EXPECT_EQ(none.code, 65);
  expect_one_message(none, "there is no such folder");

  std::filesystem::create_directory(folder_ / "run");
  write("run/metrics.jsonl", "{\"iteration\":1}\noops\n{\"iteration\":3}\n");
  const Ended damaged = gmmvi("report run");
  EXPECT_EQ(damaged.code, 65);
  expect_one_message(damaged, "run/metrics.jsonl:2: ");

  write("run/metrics.jsonl", "{\"iteration\":1}\n{\"itera");
  write("run/precious.txt", "precious");
  const Ended precious = gmmvi("report run --out run/precious.txt");
  EXPECT_EQ(precious.code, 73);
  expect_one_message(precious, "no report");
  EXPECT_EQ(content_of(folder_ / "run/precious.txt"), "precious");
  EXPECT_EQ(gmmvi("report run").code, 0) << "there is no more of the run yet, which is no fault";
  EXPECT_EQ(gmmvi("report").code, 64);
}

TEST_F(Program, AReportShowsTheSamplesThatTheConfigNames) {
  write("small.yml", small_config);
  write("samples.csv", "x1,x2\n1,2\n3,4\n5,6\n");
  ASSERT_EQ(shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 2 --out run --set "
                                "mmd_evaluation_config.sample_dir=samples.csv --set run.metrics_samples=50")
                .code,
            0);
  EXPECT_GE(count(content_of(folder_ / "run/metrics.jsonl"), "\"mmd\":"), 1);
  ASSERT_EQ(shell(GMMVI_PROGRAM " report run").code, 0);
  EXPECT_EQ(count(content_of(folder_ / "run/report.html"), "\"histograms\":[{\"start\":"), 1);
  std::filesystem::remove(folder_ / "samples.csv");
  ASSERT_EQ(shell(GMMVI_PROGRAM " report run").code, 0) << "they may have moved";
  EXPECT_EQ(count(content_of(folder_ / "run/report.html"), "This report is without the samples that the config names"),
            1);
}

TEST_P(ProgramOnRanks, StartsFromAModel) {
  fit();
  const std::string before = model_hash_of("run");
  const Ended ended = gmmvi("run small.yml --codename SAMTRON --iterations 0 --from run/model.nc --out again");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(model_hash_of("again"), before);
  write("wrong.yml", "extends: small.yml\ntarget: {type: funnel, num_dimensions: 3}\n");
  const Ended wrong = gmmvi("run wrong.yml --codename SAMTRON --from run/model.nc --out wrong");
  EXPECT_EQ(wrong.code, 78);
  expect_one_message(wrong, "the mixture has 2 dimensions and the target 3");
}

TEST_P(ProgramOnRanks, ShowsAsMuchProgressAsIsWanted) {
  write("small.yml", small_config);
  const auto out = [&](const std::string& progress) {
    return gmmvi("run small.yml --codename SAMTRON --iterations 3 " + progress).out;
  };
  const std::string plain = out(""), live = out("--progress live"), none = out("--progress none");
  EXPECT_EQ(plain.find('\x1b'), std::string::npos) << "no control characters where nobody sees a terminal";
  EXPECT_NE(live.find("\x1b[2K"), std::string::npos);
  EXPECT_NE(live.find("\x1b[?7literation 1 "), std::string::npos) << "a terminal that shrinks cuts the line";
  EXPECT_NE(plain.find("evaluations  components"), std::string::npos);
  EXPECT_EQ(none.find("evaluations  components"), std::string::npos);
  EXPECT_NE(none.find("Finished: "), std::string::npos);
  EXPECT_EQ(gmmvi("run small.yml --codename SAMTRON --progress much").code, 64);
}

TEST_P(ProgramOnRanks, SaysHowFarABatchOfSlowEvaluationsIs) {
  write("small.yml", small_config);
  write("slow.yml", slow_config);
  const std::string run = "run slow.yml --iterations 2 --set target.seconds=0.03 ";
  const Ended live = gmmvi(run + "--progress live --out live"), silent = gmmvi(run + "--progress none --out silent");
  ASSERT_EQ(live.code, 0) << live.error;
  EXPECT_NE(live.out.find(" of 40 in this batch"), std::string::npos) << live.out;
  EXPECT_EQ(silent.out.find("in this batch"), std::string::npos) << silent.out;
}

TEST_F(Program, EndsWhereItNoLongerGrowsBetter) {
  write("small.yml", small_config);
  const Ended ended =
      shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 100000 --set run.patience=20 --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_NE(ended.out.find("has not grown any more (run.patience)"), std::string::npos) << ended.out;
  const auto resumed = [this](const std::string& options) {
    return shell(GMMVI_PROGRAM " run --resume run " + options).out;
  };
  const std::string had_ended = "The run had come to its end: the ELBO estimate has not grown any more";
  EXPECT_EQ(resumed("").rfind(had_ended, 0), 0U) << resumed("");
  EXPECT_EQ(resumed("--set run.patience=19").rfind(had_ended, 0), 0U);
  EXPECT_NE(resumed("--set run.patience=25").find("Finished: "), std::string::npos) << "more patience goes on";
}

TEST_P(ProgramOnRanks, SamplesWithTheTargetsDensities) {
  fit();
  const Ended ended = gmmvi("sample run -n 300 --log-target");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(count(ended.out, "300 draws: 300 inside the support, 0 outside (lp is −∞ or a penalty), 0 failed"), 1)
      << ended.out;
  EXPECT_EQ(count(ended.out, "Wrote run/samples.nc with 300 draws."), 1) << ended.out;
  const auto lp = values("run/samples.nc", "sample_stats", "lp", {1, 300});
  const auto log_q = values("run/samples.nc", "sample_stats", "log_q", {1, 300});
  const auto log_weight = values("run/samples.nc", "sample_stats", "log_weight", {1, 300});
  for (std::size_t n = 0; n < 300; ++n) EXPECT_EQ(log_weight[n], lp[n] - log_q[n]);
}

TEST_P(ProgramOnRanks, SamplesInsideTheSupport) {
  write("half.yml",
        "codename: SAMTRON\ntarget: {type: truncated_gaussian, num_dimensions: 1, lower: 0}\n"
        "model_initialization: {prior_mean: 0}\n");
  ASSERT_EQ(gmmvi("run half.yml --iterations 3 --out half").code, 0);
  const Ended ended = gmmvi("sample half -n 400 --inside");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out, "outside the support and 0 failed were left out"), 1) << ended.out;
  EXPECT_EQ(count(ended.out, "with 400 draws."), 1) << ended.out;
  for (const double x : values("half/samples.nc", "posterior", "x", {1, 400, 1})) EXPECT_GT(x, 0.0);
  for (const double lp : values("half/samples.nc", "sample_stats", "lp", {1, 400})) EXPECT_TRUE(std::isfinite(lp));
}

TEST_P(ProgramOnRanks, SamplingNeverReplacesAFile) {
  fit();
  write("run/samples.nc", "precious");
  const Ended ended = gmmvi("sample run -n 3");
  EXPECT_EQ(ended.code, 73);
  expect_one_message(
      ended, "run/samples.nc: it is there already, and draws never replace a file. Name another file with --out.");
  EXPECT_EQ(content_of(folder_ / "run/samples.nc"), "precious");
  EXPECT_EQ(gmmvi("sample run -n 3 --out other.nc").code, 0);
  EXPECT_EQ(values("other.nc", "posterior", "x", {1, 3, 2}).size(), 6u);
}

TEST_P(ProgramOnRanks, SamplesAModelFileAloneButHasNoTargetForIt) {
  fit();
  std::filesystem::rename(folder_ / "run/model.nc", folder_ / "moved.nc");
  EXPECT_EQ(gmmvi("sample moved.nc -n 3").code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "samples.nc"));
  const Ended ended = gmmvi("sample moved.nc -n 3 --log-target --out other.nc");
  EXPECT_EQ(ended.code, 64);
  expect_one_message(ended, "moved.nc is a model file alone");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "other.nc"));
}

TEST_P(ProgramOnRanks, RefusesToSampleWhatIsNoRun) {
  std::filesystem::create_directory(folder_ / "empty");
  for (const std::string command : {"sample", "summary"}) {
    const Ended nothing = gmmvi(command + " nowhere");
    EXPECT_EQ(nothing.code, 65);
    expect_one_message(nothing, "There is no run folder and no model file at nowhere");
    const Ended empty = gmmvi(command + " empty");
    EXPECT_EQ(empty.code, 65);
    expect_one_message(empty, "The folder empty has no model.nc");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "empty"));
}

TEST_P(ProgramOnRanks, RefusesToSampleNoneOrTooManyOrToNowhere) {
  fit();
  for (const char* wrong : {"0", "2000000000"}) {
    const Ended ended = gmmvi(std::string("sample run -n ") + wrong);
    EXPECT_EQ(ended.code, 64) << wrong;
    EXPECT_EQ(count(ended.out + ended.error, "Run with --help"), 1) << ended.error;
  }
  const Ended nowhere = gmmvi("sample run -n 3 --out no/such/folder.nc");
  EXPECT_EQ(nowhere.code, 73);
  expect_one_message(nowhere, "no/such/folder.nc: its folder does not exist");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/samples.nc"));
}

TEST_P(ProgramOnRanks, RefusesATargetThatIsNotTheModels) {
  fit();
  std::string config = content_of(folder_ / "run/config.yml");
  config.replace(config.find("num_dimensions: 2"), 17, "num_dimensions: 3");
  write("run/config.yml", config);
  const Ended other = gmmvi("sample run -n 3 --log-target");
  EXPECT_EQ(other.code, 78);
  expect_one_message(other, "target.num_dimensions: before 2, now 3");
  std::filesystem::remove(folder_ / "run/fingerprint.json");  // as of an earlier version
  const Ended ended = gmmvi("sample run -n 3 --log-target");
  EXPECT_EQ(ended.code, 78);
  expect_one_message(ended, "a target of 3 parameters, but the model beside it has 2");
}

TEST_P(ProgramOnRanks, SummarizesOnceForPeopleAndForPrograms) {
  fit();
  const Ended text = gmmvi("summary run");
  EXPECT_EQ(text.code, 0) << text.error;
  for (const std::string& part : {std::string("codename      SAMTRON"), std::string("\nparameter "),
                                  std::string("\nx2 "), status_of("run").at("model_hash").get<std::string>()})
    EXPECT_EQ(count(text.out, part), 1) << part << " in\n" << text.out;
  const Ended ended = gmmvi("summary run/model.nc --json");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(json::parse(ended.out).at("model_hash"), status_of("run").at("model_hash"));
}

TEST_P(ProgramOnRanks, SpendsMoreOnTheEvidence) {
  write("small.yml", small_config);
  ASSERT_EQ(
      shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 7 --set run.metrics_samples=0 --out run")
          .code,
      0);
  EXPECT_EQ(status_of("run").at("elbo_source"), "recycled");
  const Ended none = gmmvi("evidence run");
  EXPECT_EQ(none.code, 0) << none.error;
  EXPECT_NE(none.out.find("No evaluation was spent"), std::string::npos) << none.out;
  ASSERT_EQ(gmmvi("evidence run -n 30").code, 0);
  const Ended more = gmmvi("evidence run/ -n 50");
  ASSERT_EQ(more.code, 0) << more.error;
  EXPECT_EQ(count(more.out, "at 50 more samples of run/model.nc; there are 80, kept in run/evidence/"), 1) << more.out;
  EXPECT_EQ(count(more.out, "\nVerdict: "), 1) << more.out;
  const json status = status_of("run");
  EXPECT_EQ(status.at("elbo_source"), "fresh");
  EXPECT_EQ(status.at("metrics_samples").get<int>() + status.at("metrics_samples_outside").get<int>(), 80);
  EXPECT_EQ(status.at("state"), "finished");
  const Ended summary = gmmvi("summary run");
  EXPECT_NE(summary.out.find("80 fresh samples"), std::string::npos) << summary.out;
  EXPECT_EQ(count(gmmvi("evidence run -n 0").out, "there are 80"), 1);
}

TEST_P(ProgramOnRanks, RefusesEvidenceOfAModelAloneOrOfAnotherRun) {
  fit();
  const Ended alone = gmmvi("evidence run/model.nc -n 3");
  EXPECT_EQ(alone.code, 64);
  expect_one_message(alone, "is a model file alone");
  std::string status = content_of(folder_ / "run/status.json");
  status.replace(status.find(model_hash_of("run")), 4, "beef");
  write("run/status.json", status);
  const Ended other = gmmvi("evidence run -n 3");
  EXPECT_EQ(other.code, 65);
  expect_one_message(other, "is of another model than the model.nc beside it");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run/evidence"));
}

TEST_F(Program, TheDrawsAreTheSameOnAnyNumberOfRanks) {
  fit();
  const std::string arguments = GMMVI_PROGRAM " sample run -n 500 --seed 9 --log-target --out ";
  ASSERT_EQ(shell(launch(1) + arguments + "one.nc").code, 0);
  ASSERT_EQ(shell(launch(3) + arguments + "three.nc").code, 0);
  EXPECT_EQ(values("one.nc", "posterior", "x", {1, 500, 2}), values("three.nc", "posterior", "x", {1, 500, 2}));
  for (const char* variable : {"component", "log_q", "lp"})
    EXPECT_EQ(values("one.nc", "sample_stats", variable, {1, 500}),
              values("three.nc", "sample_stats", variable, {1, 500}));
}

TEST_F(Program, TheModelIsTheSameOnAnyNumberOfRanks) {
  write("small.yml", small_config);
  const std::string arguments = GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 12 --out ";
  ASSERT_EQ(shell(launch(1) + arguments + "one").code, 0);
  ASSERT_EQ(shell(launch(3) + arguments + "three").code, 0);
  EXPECT_GT(status_of("one").at("components"), 2);
  EXPECT_EQ(status_of("one").at("model_hash"), status_of("three").at("model_hash"));
  EXPECT_EQ(status_of("one").at("elbo"), status_of("three").at("elbo"));
}

TEST_F(Program, AResolvedConfigRepeatsItsRun) {
  write("small.yml", small_config);
  ASSERT_EQ(shell(GMMVI_PROGRAM " run small.yml --codename SAMTRON --iterations 8 --seed 5"
                                " --set sample_selector_config.desired_samples_per_component=30"
                                " --set temperature=1.5")
                .code,
            0);
  const Ended again = shell(GMMVI_PROGRAM " run runs/small-SAMTRON-seed5/config.yml --out again");
  ASSERT_EQ(again.code, 0) << again.error;
  EXPECT_EQ(status_of("again").at("model_hash"), status_of("runs/small-SAMTRON-seed5").at("model_hash"));
}

TEST_F(Program, DataThatRankZeroReadAreTheSameEverywhere) {
  const std::string arguments = GMMVI_PROGRAM " run " GMMVI_CONFIGS
                                              "/published/breast_cancer_samtron.yml"
                                              " --iterations 2 --set run.metrics_samples=10 --out ";
  ASSERT_EQ(shell(launch(1) + arguments + "one").code, 0);
  ASSERT_EQ(shell(launch(3) + arguments + "three").code, 0);
  EXPECT_EQ(status_of("one").at("model_hash"), status_of("three").at("model_hash"));
  const io::Model model = io::read_model(folder_ / "three/model.nc");
  EXPECT_EQ(model.parameter_names.size(), 31u);
  EXPECT_EQ(model.parameter_names.front(), "intercept");
}

}  // namespace
}  // namespace gmmvi

// A program whose evaluations several ranks make together (team_target.cpp), and the example of one.

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "io/predictive_file.hpp"
#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;

constexpr const char* config = R"(
codename: SAMTRON
sample_selector_config: {desired_samples_per_component: 20}
num_component_adapter_config: {add_iters: 3, num_prior_samples: 5}
evaluation: {max_retries: 0, batches_in_flight: 2}
run: {iterations: 12, grace: 0.5}
)";

std::string of_size(int team) {
  return " --set evaluation.ranks_per_evaluation=" + std::to_string(team) + " ";
}

/// Prints the process ids of those that live, rank 0 first.
const std::string ranks_left = "ps -C runner_team_target -o pid=,stat= | awk '$2 !~ /^Z/ {print $1}'";

class Teams : public test::Program {
 protected:
  void SetUp() override { write("team.yml", config); }
  static std::string launched(int ranks, const std::string& program) {
    std::string launch = GMMVI_SOME_RANKS;
    launch.replace(launch.find("RANKS"), 5, std::to_string(ranks));
    return (ranks == 1 ? "" : launch + " ") + program + " ";
  }
  Ended team(int ranks, const std::string& arguments, const std::string& environment = "") {
    return shell(environment + " " + launched(ranks, GMMVI_TEAM_PROGRAM) + arguments);
  }
  /// A run in teams of two, to which something is done after its first iteration, and that leaves no rank behind.
  Ended disturbed(int ranks, const std::string& target, const std::string& what) {
    Ended ended = shell("TEAM_TARGET=" + target + " " + launched(ranks, GMMVI_TEAM_PROGRAM) + "run team.yml --out run" +
                        of_size(2) + "& pid=$!; until [ -s run/metrics.jsonl ]; do sleep 0.02; done; sleep 0.3; " +
                        what + "; wait $pid");
    EXPECT_EQ(
        shell("for i in $(seq 100); do " + ranks_left + " >left; [ -s left ] || break; sleep 0.1; done; cat left").out,
        "");
    return ended;
  }
  void expect_error(const Ended& ended, int code, const std::string& part) {
    EXPECT_EQ(ended.code, code) << ended.out << ended.error;
    expect_one_message(ended, part);
  }
};

TEST_F(Teams, OfAnySizeFindTheSame) {
  ASSERT_EQ(team(1, "run team.yml --out alone").code, 0);
  const struct { int ranks, size; } cases[] = {{2, 1}, {2, 2}, {3, 2}, {4, 2}, {4, 4}, {7, 2}, {7, 3}};
  for (const auto& [ranks, size] : cases) {
    const std::string run = "run" + std::to_string(ranks) + "by" + std::to_string(size);
    const Ended ended = team(ranks, "run team.yml --out " + run + of_size(size));
    ASSERT_EQ(ended.code, 0) << ended.out << ended.error;
    EXPECT_EQ(model_hash_of(run), model_hash_of("alone")) << run;
    EXPECT_EQ(ended.error, "") << run;
  }
}

TEST_F(Teams, OfTheExampleFindTheSame) {
  const auto field = [&](int ranks, const std::string& arguments) {
    return shell(launched(ranks, GMMVI_FIELD_PROGRAM) + arguments);
  };
  ASSERT_EQ(field(1, "defaults > field.yml").code, 0);
  const std::string run = "run field.yml --preset expensive --iterations 40 --out ";
  ASSERT_EQ(field(1, run + "alone").code, 0);
  ASSERT_EQ(field(4, run + "run" + of_size(2)).code, 0);
  EXPECT_EQ(model_hash_of("run"), model_hash_of("alone"));
  EXPECT_NEAR(status_of("run").at("elbo").get<double>(), -0.4924, 0.1);
}

constexpr const char* library_config = R"yaml(
codename: ZAMTRON
parameters: {a: {prior: "normal(0, 1)", bounds: [-1, 3]}, b: {prior: "half_normal(2)"}}
target: {type: plugin, library: LIBRARY, options: {speed: fast}, returns: outputs}
likelihood: {data: data.csv, noise: "gaussian(0.5)"}
sample_selector_config: {desired_samples_per_component: 40}
run: {iterations: 20}
)yaml";

// Outputs of a rank that is not the team's first are NaN.
TEST_F(Teams, OfALibraryFindTheSameInTheUsersSpace) {
  std::string text = library_config;
  text.replace(text.find("LIBRARY"), 7, GMMVI_SLEEPING_PLUGIN);
  write("library.yml", text);
  write("data.csv", "value\n0.5\n0.9\n0.3\n");
  const auto gmmvi = [&](int ranks, const std::string& arguments) {
    const Ended ended = shell(launched(ranks, GMMVI_PROGRAM) + arguments);
    EXPECT_EQ(ended.code, 0) << arguments << ended.error;
    return ended.out;
  };
  gmmvi(1, "run library.yml --out alone");
  gmmvi(4, "run library.yml --out run" + of_size(2));
  EXPECT_EQ(status_of("run").at("failures"), 0) << content_of(folder_ / "run/failures.jsonl");
  EXPECT_EQ(model_hash_of("run"), model_hash_of("alone"));
  const auto summary = [&](const std::string& run) {
    return test::json::parse(gmmvi(1, "summary --json " + run)).at("parameters");
  };
  EXPECT_EQ(summary("run"), summary("alone"));
  EXPECT_GT(summary("run").at(1).at("quantiles").at("0.05"), 0.0);

  write("points.csv", "a,b\n0.5,1\n-1,1\n");
  const std::string told = gmmvi(1, "evaluate library.yml --at points.csv");
  EXPECT_NE(told.find("outside_support"), std::string::npos) << told;
  const auto without_seconds = [](const std::string& line) { return line.substr(0, line.find("\"seconds\"")); };
  EXPECT_EQ(without_seconds(gmmvi(2, "evaluate library.yml --at points.csv" + of_size(2))), without_seconds(told));

  gmmvi(1, "predict alone -n 100");
  gmmvi(4, "predict run -n 100");
  const io::Predictive alone = io::read_predictive(folder_ / "alone/predictive.nc"),
                       found = io::read_predictive(folder_ / "run/predictive.nc");
  EXPECT_EQ(found.mean, alone.mean);
  EXPECT_EQ(found.effective_samples, alone.effective_samples);
}

TEST_F(Teams, OfAnotherSizeGoOnAfterAKill) {
  ASSERT_EQ(team(1, "run team.yml --out undisturbed --progress none").code, 0);
  const Ended killed = disturbed(4, "slow", "kill -9 $(" + ranks_left + " | sed -n 2p)");  // one that serves
  EXPECT_NE(killed.code, 0);
  const Ended ended = team(3, "run --resume run" + of_size(3));
  ASSERT_EQ(ended.code, 0) << ended.out << ended.error;
  EXPECT_EQ(model_hash_of("run"), model_hash_of("undisturbed"));
}

TEST_F(Teams, EndInOrderWhenTheyAreAsked) {
  const Ended ended = disturbed(3, "slow", "kill -TERM $(" + ranks_left + ")");
  EXPECT_EQ(ended.code, 130) << ended.out << ended.error;
  EXPECT_EQ(status_of("run").at("state"), "interrupted");
  EXPECT_EQ(team(4, "run --resume run" + of_size(2)).code, 0);
}

TEST_F(Teams, LeaveAnEvaluationBehindThatHangs) {
  const Ended ended = disturbed(3, "hangs", "kill -TERM $(" + ranks_left + ")");
  EXPECT_EQ(ended.code, 130) << ended.out << ended.error;
  EXPECT_EQ(status_of("run").at("state"), "interrupted");
  EXPECT_EQ(team(2, "run --resume run" + of_size(2)).code, 0) << "once it is mended";
}

TEST_F(Teams, LeaveItBehindAtTheEndOfAJobAsWell) {
  const Ended ended = disturbed(3, "hangs", "kill -USR1 $(" + ranks_left + ")");
  EXPECT_EQ(ended.code, 75) << ended.out << ended.error;
  EXPECT_EQ(count(ended.error, "error: "), 1) << ended.error;
  EXPECT_EQ(team(3, "run --resume run" + of_size(3)).code, 0) << "once it is mended";
}

TEST_F(Teams, CountWhatFailsOnAllRanks) {
  ASSERT_EQ(team(1, "run team.yml --out alone", "TEAM_TARGET=agreed").code, 0);
  const Ended ended = team(3, "run team.yml --out run" + of_size(2), "TEAM_TARGET=agreed");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_GT(status_of("run").at("failures"), 0);
  EXPECT_EQ(status_of("run").at("failures"), status_of("alone").at("failures"));
  EXPECT_EQ(model_hash_of("run"), model_hash_of("alone"));
  EXPECT_NE(content_of(folder_ / "run/failures.jsonl").find("the banana slipped"), std::string::npos);
}

TEST_F(Teams, OfWhichOneRankAloneThrowsEndTheRun) {
  const struct {
    int ranks, size;
    std::string target;
  } cases[] = {{4, 2, "one"}, {3, 3, "one"}, {2, 2, "deaf"}};
  for (const auto& [ranks, size, target] : cases) {
    const std::string run = target + std::to_string(size);
    const Ended ended = team(ranks, "run team.yml --out " + run + of_size(size), "TEAM_TARGET=" + target);
    EXPECT_EQ(ended.code, 69) << ended.out << ended.error;
    expect_one_message(
        ended, "an evaluation cannot end: rank " + std::to_string(size - 1) + " of the team: the banana slipped");
    EXPECT_EQ(status_of(run).at("state"), "failed");
    EXPECT_EQ(team(ranks, "run --resume " + run).code, 0) << "once it is mended";
  }
}

TEST_F(Teams, MakeTheEvaluationsOfAllCommands) {
  write("points.csv", "0,0\n0,2\n");
  write("earlier.csv", "x1,x2,log_density\n0,0,0\n0,2,-2\n");
  const std::string two = of_size(2);
  const Ended evaluated = team(3, "evaluate team.yml --at points.csv" + two);
  EXPECT_EQ(evaluated.code, 0) << evaluated.error;
  EXPECT_NE(evaluated.out.find("\"log_density\":-2.0"), std::string::npos) << evaluated.out;
  const Ended checked = team(5, "check team.yml" + two);
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_NE(checked.out.find("Nothing is wrong with this config"), std::string::npos) << checked.out;
  ASSERT_EQ(team(3, "import team.yml earlier.csv --out run --check 2" + two).code, 0);
  ASSERT_EQ(team(3, "run --resume run").code, 0);
  EXPECT_EQ(team(4, "evidence run -n 30").code, 0);
  const Ended sampled = team(2, "sample run -n 20 --log-target");
  EXPECT_EQ(sampled.code, 0) << sampled.error;
  EXPECT_NE(sampled.out.find("Evaluated the target at 20 draws"), std::string::npos) << sampled.out;
  EXPECT_EQ(team(2, "sample run -n 20 --inside --out inside.nc").code, 0);
}

TEST_F(Teams, AreRefusedWhereTheyCannotBe) {
  expect_error(team(1, "run team.yml --out run" + of_size(2)), 78, "there is 1 rank: start 2 at least");
  expect_error(team(3, "run team.yml --out run" + of_size(4)), 78, "there are 3 ranks: start 4 at least");
  expect_error(team(4, "run team.yml --out run --set evaluation.slots=2" + of_size(2)), 78, "evaluation.slots is 2");
  write("small.yml", test::small_config);
  expect_error(shell(launched(3, GMMVI_PROGRAM) + "run small.yml --codename SAMTRON --out run" + of_size(2)), 78,
               "a rank makes the evaluations of this target alone");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

}  // namespace
}  // namespace gmmvi

// Simulators outside, as users name them in a config: the pendulum of apps/examples through its doors.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <Eigen/Core>
#include <Eigen/LU>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "io/predictive_file.hpp"
#include "runner/pendulum_server.hpp"
#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::Ended;
using test::json;
using namespace std::chrono_literals;

const std::string examples = GMMVI_SIMULATORS;
const std::string with_plugin = " --set target.library=" GMMVI_PENDULUM_C;

/// The config of one problem that is simulated in some way, and the options that it needs here.
struct Door {
  const char* config;
  std::string options;
  std::string program = GMMVI_PROGRAM;
};

constexpr const char* points =
    "amplitude,damping,friction,frequency,sigma\n1.2,0.12,0.15,2.5,0.05\n0.4,0.5,0.01,3.5,0.3\n-1,0.1,0.2,2,0.1\n";

class Outside : public test::ProgramOnRanks {
 protected:
  void SetUp() override { write("points.csv", points); }
  std::vector<json> lines(const std::string& text) {
    std::vector<json> all;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) all.push_back(json::parse(line));
    return all;
  }
  std::vector<json> evaluated(const Door& door) {
    const Ended ended =
        shell(marked(door.program) + "evaluate " + examples + "/" + door.config + door.options + " --at points.csv");
    EXPECT_EQ(ended.code, 0) << ended.error;
    return lines(ended.out);
  }
  /// With a mark that its simulators inherit.
  std::string marked(const std::string& program = GMMVI_PROGRAM) const {
    return fmt::format("{}env GMMVI_TEST_MARK={} {} ", launch(GetParam()), mark(), program);
  }
  Ended gmmvi(const std::string& arguments) { return shell(marked() + arguments); }
  std::string mark() const { return folder_.path().filename().string(); }
  /// Of the simulators, after some seconds to obey at most.
  int left_behind() const {
    for (int tenths = 0; running() > 0 && tenths < 80; ++tenths) std::this_thread::sleep_for(100ms);
    return running();
  }
  int running() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      const std::string environment = content_of(entry.path() / "environ");
      count += environment.find("GMMVI_TEST_MARK=" + mark()) != std::string::npos ? 1 : 0;
    }
    return count;
  }
};

INSTANTIATE_TEST_SUITE_P(Ranks, Outside, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(Outside, LogDensitiesAndGradientsAreTheSameThroughEveryDoor) {
  const test::PendulumServer server;
  const std::string without_gradients = " --set codename=ZAMTRON --set target.library=";
  // The first one has gradients.
  std::vector<Door> doors = {{"plugin.yml", with_plugin},
                             {"plugin.yml", without_gradients + GMMVI_PENDULUM_CPP},
                             {"python.yml", ""},
                             {"array.yml", ""},
                             {"process.yml", ""},
                             {"once.yml", ""},
                             {"umbridge.yml", " --set target.url=" + server.url()},
                             {"own.yml", "", GMMVI_PENDULUM_PROGRAM}};
#ifdef GMMVI_PENDULUM_FORTRAN
  doors.push_back({"plugin.yml", without_gradients + GMMVI_PENDULUM_FORTRAN});
#endif
  std::vector<json> expected;
  int gradients = 0;
  for (const Door& door : doors) {
    const std::string name = door.config + door.options;
    const std::vector<json> found = evaluated(door);
    ASSERT_EQ(found.size(), 3U) << name;
    if (expected.empty()) expected = found;
    for (std::size_t n = 0; n < found.size(); ++n) {
      ASSERT_EQ(found[n].at("status"), "value") << found[n];
      const double value = found[n].at("log_density"), first = expected[n].at("log_density");
      EXPECT_NEAR(value, first, 1e-12 * std::abs(first)) << name;
      if (!found[n].contains("gradient")) continue;
      ++gradients;
      const std::vector<double> g = found[n].at("gradient"), first_g = expected[n].at("gradient");
      ASSERT_EQ(g.size(), 5U) << name;
      for (std::size_t p = 0; p < 5; ++p) EXPECT_NEAR(g[p], first_g[p], 1e-12 * std::abs(first_g[p])) << name << p;
    }
  }
  EXPECT_EQ(gradients, 2 * 3);  // of the plugin in C, and of the server
}

TEST_P(Outside, AFitOfAServersGradientsIsThatOfTheLibrary) {
  const test::PendulumServer server;
  const std::map<std::string, std::string> options = {{"plugin", with_plugin},
                                                      {"umbridge", " --set target.url=" + server.url()}};
  for (const auto& [name, option] : options) {
    const Ended ended =
        gmmvi(fmt::format("run {}/{}.yml{} --preset expensive --set evaluation.parallel=1 --iterations 3 "
                          "--out {}",
                          examples, name, option, name));
    ASSERT_EQ(ended.code, 0) << ended.error;
    EXPECT_EQ(status_of(name).at("failures"), 0);
  }
  EXPECT_EQ(model_hash_of("plugin"), model_hash_of("umbridge"));
}

// No variable of gmmvi's own MPI reaches a simulator, so that what tests of MPI need has to be said again.
constexpr const char* heat_config = R"yaml(
target:
  command: [)yaml" GMMVI_HEAT_COMMAND R"yaml(]
  environment:
    OMPI_ALLOW_RUN_AS_ROOT: "1"
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1"
    OMPI_MCA_rmaps_base_oversubscribe: "1"
    OMPI_MCA_hwloc_base_binding_policy: none
    OMPI_MCA_mpi_yield_when_idle: "1"
    OMPI_MCA_btl_vader_single_copy_mechanism: none
)yaml";

TEST_P(Outside, ASimulatorMayBeAnMpiProgram) {
  write("heat.yml", "extends: " + examples + "/heat/heat.yml\n" + heat_config);
  const Ended ended = gmmvi("run heat.yml --preset expensive_without_gradients --set run.max_evaluations=9 --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(status_of("run").at("failures"), 0) << content_of(folder_ / "run/failures.jsonl");
  EXPECT_GE(status_of("run").at("evaluations"), 9);
  // The truth of the measurements is far likelier than what is far from it.
  write("points.csv", "diffusivity,warm,sigma\n4e-5,55,0.5\n5e-5,55,0.5\n");
  const std::vector<json> found = lines(gmmvi("evaluate heat.yml --at points.csv").out);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_GT(found[0].at("log_density").get<double>(), found[1].at("log_density").get<double>() + 10.0);
}

TEST_P(Outside, FitsOfTheSameNumbersAreTheSame) {
  std::string expected;
  for (const char* config : {"python.yml", "process.yml"}) {
    const std::string run = config[1] == 'y' ? "python" : "process";
    const Ended ended = gmmvi(
        fmt::format("run {}/{} --preset expensive_without_gradients --iterations 3 --out {}", examples, config, run));
    ASSERT_EQ(ended.code, 0) << ended.error;
    if (expected.empty()) expected = model_hash_of(run);
    EXPECT_EQ(model_hash_of(run), expected);
    EXPECT_EQ(status_of(run).at("failures"), 0);
  }
  EXPECT_EQ(left_behind(), 0);
}

TEST_P(Outside, ResultsAreInTheUsersSpace) {
  ASSERT_EQ(
      gmmvi("run " + examples + "/plugin.yml" + with_plugin + " --preset expensive --iterations 40 --out run").code, 0);
  const Ended summary = shell(GMMVI_PROGRAM " summary run --json");
  ASSERT_EQ(summary.code, 0) << summary.error;
  const json parameters = json::parse(summary.out).at("parameters");
  ASSERT_EQ(parameters.size(), 5U);
  EXPECT_EQ(parameters[3].at("name"), "frequency");
  EXPECT_NEAR(parameters[3].at("mean").get<double>(), 2.5, 0.1);
  EXPECT_NEAR(parameters[4].at("mean").get<double>(), 0.05, 0.03);
  EXPECT_GT(parameters[4].at("quantiles").at("0.05").get<double>(), 0.0);

  ASSERT_EQ(shell(GMMVI_PROGRAM " sample run -n 1000 --log-target").code, 0);
  const auto sigma = values("run/samples.nc", "posterior", "sigma", {1, 1000});
  const auto x = values("run/samples.nc", "posterior", "x", {1, 1000, 5});
  const auto lp = values("run/samples.nc", "sample_stats", "lp", {1, 1000});
  for (std::size_t n = 0; n < 1000; ++n) {
    EXPECT_GT(sigma[n], 0.0);
    EXPECT_EQ(sigma[n], x[5 * n + 4]);
  }
  // lp is the log density at x, on the user's scale.
  std::ofstream(folder_ / "points.csv") << "amplitude,damping,friction,frequency,sigma\n"
                                        << fmt::format("{:.17g},{:.17g},{:.17g},{:.17g},{:.17g}\n", x[0], x[1], x[2],
                                                       x[3], x[4]);
  const std::vector<json> found = evaluated({"plugin.yml", with_plugin});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NEAR(found[0].at("log_density").get<double>(), lp[0], 1e-8 * std::abs(lp[0]));
  EXPECT_EQ(shell(GMMVI_PROGRAM " report run").code, 0);
}

TEST_P(Outside, DrawsOfAStanModelAreInItsOwnParameters) {
  write("data.json", R"({"shift": 0.5})");
  write("stan.yml", "codename: SAMTRON\ntarget: {type: bridgestan, library: " GMMVI_STAN_MODEL ", data: data.json}\n");
  ASSERT_EQ(gmmvi("run stan.yml --preset expensive --iterations 5 --out run").code, 0);
  const auto of_100 = [&](const std::string& file, const char* name) {
    return values(file, "posterior", name, {1, 100});
  };
  EXPECT_NE(shell(GMMVI_PROGRAM " summary run").out.find("On the unconstrained scale"), std::string::npos);
  EXPECT_EQ(json::parse(shell(GMMVI_PROGRAM " summary run --json").out).at("scale"), "unconstrained");
  ASSERT_EQ(gmmvi("sample run -n 100").code, 0);
  const auto x = values("run/samples.nc", "posterior", "x", {1, 100, 2});  // unconstrained: mu, log sigma
  const auto mu = of_100("run/samples.nc", "mu"), sigma = of_100("run/samples.nc", "sigma");
  for (std::size_t n = 0; n < 100; ++n) {
    EXPECT_EQ(mu[n], x[2 * n]);
    EXPECT_EQ(sigma[n], std::exp(x[2 * n + 1]));
  }
  EXPECT_ANY_THROW(of_100("run/samples.nc", "product"));

  for (const char* file : {"first.nc", "second.nc"})
    ASSERT_EQ(gmmvi(fmt::format("sample run -n 100 --generated --out {}", file)).code, 0);
  const auto product = of_100("first.nc", "product"), noise = of_100("first.nc", "noise");
  EXPECT_EQ(noise, of_100("second.nc", "noise"));
  for (std::size_t n = 0; n < 100; ++n) EXPECT_EQ(product[n], mu[n] * sigma[n]);
  EXPECT_EQ(std::set<double>(noise.begin(), noise.end()).size(), 100U);  // each draw's own random numbers

  // A model file alone does not name the library, nor does the run of another target.
  ASSERT_EQ(gmmvi("sample run/model.nc -n 100 --out unconstrained.nc").code, 0);
  EXPECT_EQ(values("unconstrained.nc", "posterior", "x", {1, 100, 2}), x);
  const Ended refused = gmmvi("sample run/model.nc --generated --out refused.nc");
  EXPECT_EQ(refused.code, 64);
  expect_one_message(refused, "--generated is for the run folder of a Stan model");
}

constexpr const char* failing = R"py(
import os, sys, signal
def f(a, b):
    if a > 0.5: print("the mesh has a hole", file=sys.stderr, flush=True); os.kill(os.getpid(), signal.SIGSEGV)
    if a < -0.5: raise ValueError("did not converge")
    return -0.5 * (a * a + b * b)
)py";

constexpr const char* failing_config = R"yaml(
codename: ZAMTRON
parameters:
  a: {prior: "normal(0, 1)"}
  b: {prior: "uniform(-2, 5)"}
target: {type: python, function: f.py:f, returns: log_likelihood}
evaluation: {max_retries: 0, max_failure_fraction: 1}
run: {iterations: 2}
)yaml";

TEST_P(Outside, FailuresAreToldWithNamesValuesAndLastWords) {
  write("f.py", failing);
  write("f.yml", failing_config);
  const Ended ended = gmmvi("run f.yml --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  const auto told = lines(content_of(folder_ / "run/failures.jsonl"));
  EXPECT_EQ(std::ssize(told), status_of("run").at("failures").get<std::int64_t>());
  ASSERT_GT(told.size(), 0U);
  for (const json& line : told) {
    const double a = line.at("parameters").at("a"), b = line.at("parameters").at("b");
    EXPECT_GT(b, -2.0);
    EXPECT_LT(b, 5.0);
    EXPECT_GT(std::abs(a), 0.5);
    EXPECT_NE(line.at("reason").get<std::string>().find(a > 0.5 ? "the mesh has a hole" : "did not converge"),
              std::string::npos)
        << line;
  }
  EXPECT_EQ(left_behind(), 0);
}

TEST_P(Outside, WorkDirectoriesOfFailuresAreInTheRunsFolder) {
  write("sim.sh", "#!/bin/sh\nexit 3\n");
  std::filesystem::permissions(folder_ / "sim.sh", std::filesystem::perms::owner_all);
  std::string config = failing_config;
  const std::string target = "{type: python, function: f.py:f, ";
  config.replace(config.find(target), target.size(), "{type: process, mode: once, command: ./sim.sh, ");
  write("f.yml", config);
  gmmvi("run f.yml --out run --iterations 1");
  const auto failed = lines(content_of(folder_ / "run/failures.jsonl"));
  ASSERT_GT(failed.size(), 0U);
  std::size_t kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "run/work"))
    kept += std::filesystem::exists(entry.path() / "parameters.json") ? 1 : 0;
  EXPECT_EQ(kept, failed.size());
  EXPECT_NE(failed.front().at("reason").get<std::string>().find("run/work/"), std::string::npos);
}

TEST_P(Outside, WhatCannotStartEndsTheRunWithItsOwnWords) {
  write("f.py", "import no_such_module\ndef f(a, b): return 0.0\n");
  write("f.yml", failing_config);
  const Ended ended = gmmvi("run f.yml --out run");
  EXPECT_EQ(ended.code, 69) << ended.error;
  expect_one_message(ended, "no_such_module");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

constexpr const char* slow = R"py(
import os, time
def f(a, b):
    time.sleep(0.05)
    return -0.5 * (a * a + b * b)
)py";

TEST_P(Outside, NothingIsLeftBehindAfterAKill) {
  write("slow_simulator.py", slow);
  std::string config = failing_config;
  config.replace(config.find("f.py:f"), 6, "slow_simulator.py:f");
  write("f.yml", config);
  // All that has been launched from this folder, and nothing of other tests; the simulators are left.
  const Ended ended = shell(fmt::format("({}run f.yml --iterations 1000 --out run & wait) & ", marked()) +
                            "for i in $(seq 100); do sleep 0.1; [ -s run/metrics.jsonl ] && break; done; "
                            "for p in $(pgrep -x 'gmmvi|mpiexec|mpirun|orterun'); do "
                            "[ /proc/$p/cwd -ef . ] && kill -9 $p; done; wait");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "run/metrics.jsonl")) << ended.error;
  EXPECT_EQ(left_behind(), 0) << ended.error;
}

constexpr const char* hanging = R"py(
import time
time.sleep(1.5)  # longer than an evaluation may take
def f(a, b):
    with open("calls.txt", "a") as calls: calls.write(f"{int(a > 0.5)}\n")
    if a > 0.5: time.sleep(60)
    return -0.5 * (a * a + b * b)
)py";

TEST_P(Outside, AStartAfterAFailureIsNotOfTheTimeThatTheNextEvaluationHas) {
  write("f.py", hanging);
  write("f.yml", failing_config);
  const std::string few = " --iterations 1 --set sample_selector_config.desired_samples_per_component=10";
  const Ended ended = gmmvi(
      "run f.yml --out run --set evaluation.slots=1 --set evaluation.time_limit=1 "
      "--set target.kill_grace=0.1 --set run.metrics_samples=0" +
      few);
  ASSERT_EQ(ended.code, 0) << ended.error;
  const auto told = lines(content_of(folder_ / "run/failures.jsonl"));
  ASSERT_GT(told.size(), 0U);
  for (const json& line : told) EXPECT_GT(line.at("parameters").at("a"), 0.5) << line.at("reason");
  const std::string calls = content_of(folder_ / "calls.txt");
  EXPECT_EQ(std::ssize(told), std::ranges::count(calls, '1'));
  EXPECT_EQ(std::ranges::count(calls, '\n'), 10) << "each was made";
}

TEST_P(Outside, ACheckFindsGradientsThatAreWrong) {
  write("f.yml", std::string(failing_config) + "codename: SAMTRON\n");
  const auto checked = [&](const std::string& function) {
    write("f.py", function);
    std::string config = failing_config;
    config.replace(config.find("ZAMTRON"), 7, "SAMTRON");
    config.replace(config.find("returns: log_likelihood"), 23, "returns: log_likelihood, gradients: true");
    write("f.yml", config);
    return gmmvi("check f.yml");
  };
  const std::string density = "def f(a, b):\n    return -0.5 * (a * a + 3 * b * b), ";
  const Ended right = checked(density + "[-a, -3 * b]\n");
  EXPECT_EQ(right.code, 0) << right.error;
  EXPECT_NE(right.out.find("they agree"), std::string::npos) << right.out;
  EXPECT_NE(right.out.find("prior median: a = "), std::string::npos) << right.out;
  const Ended swapped = checked(density + "[-a, 3 * b]\n");
  EXPECT_EQ(swapped.code, 69);
  EXPECT_NE(swapped.error.find("Wrong is the part of b"), std::string::npos) << swapped.error;
  EXPECT_NE(swapped.error.find("the sign is swapped"), std::string::npos) << swapped.error;
  // Of a function that returns the posterior, one of the two is that of the likelihood alone.
  const auto of_posterior = [&](const std::string& function) {
    write("f.py", function);
    std::string config = content_of(folder_ / "f.yml");
    if (const auto at = config.find("log_likelihood"); at != std::string::npos) config.replace(at, 14, "log_density");
    write("f.yml", config);
    return gmmvi("check f.yml").error;
  };
  const std::string without = of_posterior("def f(a, b):\n    return 0.7 * a - 0.5 * a * a, [0.7, 0.0]\n");
  EXPECT_NE(without.find("the gradient lacks the prior's"), std::string::npos) << without;
  const std::string with = of_posterior("def f(a, b):\n    return 0.7 * a, [0.7 - a, 0.0]\n");
  EXPECT_NE(with.find("the log density lacks the prior"), std::string::npos) << with;
}

constexpr const char* scaled_config = R"yaml(
codename: SAMTRON
parameters:
  small: {{prior: "normal({0}, {0})"}}
  large: {{prior: "exponential({1})"}}
  between: {{bounds: [-{2}, {2}]}}
target: {{type: python, function: f.py:f, returns: log_likelihood, gradients: true, options: {{sizes: [{0}, {2}]}}}}
sample_selector_config: {{desired_samples_per_component: 40}}
run: {{iterations: 30, metrics_samples: 1000}}
)yaml";

// A likelihood of the parameters in their own units, with a gradient by these.
constexpr const char* scaled = R"py(
def f(small, large, between, options):
    one, two = options["sizes"]
    a, b, c = small / one, large / two, between / two
    r, s = a + b - 3, c - 0.3 * a
    return -2 * r * r - 4 * s * s, [(-4 * r + 2.4 * s) / one, -4 * r / two, -8 * s / two]
)py";

TEST_P(Outside, ParametersOfTheSmallestAndTheLargestScalesAreFittedAsFast) {
  write("f.py", scaled);
  write("one.yml", fmt::format(scaled_config, "1", "1", "1"));
  write("far.yml", fmt::format(scaled_config, "1.0e-9", "1.0e-9", "1.0e+9"));
  for (const char* name : {"one", "far"}) {
    const Ended ended = gmmvi(fmt::format("run {0}.yml --out {0}", name));
    ASSERT_EQ(ended.code, 0) << ended.error;
  }
  const json one = status_of("one"), far = status_of("far");
  EXPECT_EQ(one.at("evaluations"), far.at("evaluations"));
  EXPECT_EQ(one.at("components"), far.at("components"));
  EXPECT_NEAR(one.at("elbo").get<double>(), far.at("elbo").get<double>(), 1e-6);
  const auto parameters = [&](const std::string& run) {
    return json::parse(shell(GMMVI_PROGRAM " summary --json " + run).out).at("parameters");
  };
  const json of_one = parameters("one"), of_far = parameters("far");
  for (std::size_t d = 0; d < 3; ++d)
    for (const char* number : {"mean", "standard_deviation"}) {
      const double expected = of_one.at(d).at(number).get<double>() * (d == 0 ? 1e-9 : 1e9);
      EXPECT_NEAR(of_far.at(d).at(number).get<double>(), expected, 1e-6 * std::abs(expected)) << number << d;
    }
}

// Between these bounds there are seven doubles, an eighth apart: what is nearer to a bound than a sixteenth rounds to
// it.
TEST_P(Outside, DrawsThatRoundToABoundAreCountedAndNotOnIt) {
  write("f.py", "def f(a):\n    assert 1e15 < a < 1e15 + 1\n    return 0.0\n");
  write("f.yml", R"yaml(
codename: ZAMTRON
parameters: {a: {bounds: [1000000000000000, 1000000000000001]}}
target: {type: python, function: f.py:f, returns: log_likelihood}
run: {iterations: 20}
)yaml");
  const Ended ended = gmmvi("run f.yml --out run");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(status_of("run").at("failures"), 0);
  const Ended sampled = gmmvi("sample run -n 1000");
  ASSERT_EQ(sampled.code, 0) << sampled.error;
  for (const double a : values("run/samples.nc", "posterior", "a", {1, 1000})) {
    EXPECT_GT(a, 1e15);
    EXPECT_LT(a, 1e15 + 1);
  }
  const auto end = sampled.out.find(" of the numbers rounded to a bound of their parameter");
  ASSERT_NE(end, std::string::npos) << sampled.out;
  EXPECT_NEAR(std::stoi(sampled.out.substr(0, end)), 125, 40) << sampled.out;
}

TEST_P(Outside, AFirstMixtureOfOtherParametersIsRefused) {
  const auto config = [](const std::string& prior_of_b) {
    return fmt::format(
        "codename: ZAMTRON\ntarget: {{type: python, function: f.py:f, returns: log_likelihood}}\n"
        "run: {{iterations: 2}}\nparameters: {{a: {{prior: \"normal(0, 1)\"}}, b: {{prior: \"{}\"}}}}\n",
        prior_of_b);
  };
  write("f.py", "def f(a, b): return -0.5 * (a * a + b * b)\n");
  write("first.yml", config("normal(0, 1)"));
  ASSERT_EQ(gmmvi("run first.yml --out first").code, 0);
  EXPECT_EQ(gmmvi("run first.yml --from first/model.nc --out again").code, 0);
  const std::string why = "its mixture is of parameters with other bounds, scales or priors";
  for (const char* prior : {"normal(0, 2)", "normal(1, 1)", "half_normal(1)"}) {
    write("other.yml", config(prior));
    const Ended ended = gmmvi("run other.yml --from first/model.nc --out other");
    EXPECT_EQ(ended.code, 65) << prior;
    expect_one_message(ended, "first/model.nc: " + why);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "other"));
  }
  // Of a target whose parameters are the solver's.
  write("small.yml", test::small_config);
  ASSERT_EQ(gmmvi("run small.yml --codename SAMTRON --iterations 1 --out small").code, 0);
  expect_one_message(gmmvi("run first.yml --from small/model.nc --out other"), why);
  expect_one_message(gmmvi("run small.yml --codename SAMTRON --from first/model.nc --out other"), why);
}

constexpr const char* line = R"py(
def line(a, b, options):
    jacobian = {"a": lambda t: 1.0, "b": lambda t: t}
    return ([a + b * t for t in options["t"]],
            [[jacobian[name](t) for name in options["order"]] for t in options["t"]])
)py";

constexpr const char* line_config = R"yaml(
codename: SEMTRON
parameters: {{{}}}
prior: {{model: {}}}
target: {{type: python, function: line.py:line, returns: outputs, gradients: true, options: {{order: {}, t: [{}]}}}}
likelihood: {{data: {}, noise: "gaussian(0.3)"}}
sample_selector_config: {{desired_samples_per_component: 40}}
model_initialization: {{num_initial_components: 1}}
run: {{iterations: 40}}
)yaml";

/// Data of a line a + b t with errors, and their posterior in closed form.
struct LineData {
  Eigen::VectorXd t = Eigen::VectorXd::LinSpaced(20, -1.0, 2.0);
  Eigen::VectorXd y = 1.0 - 0.5 * t.array() + 0.3 * (37.0 * t.array()).sin();

  std::string times(Eigen::Index first, Eigen::Index count) const {
    return fmt::format("{:.17g}", fmt::join(t.segment(first, count), ", "));
  }
  std::string table(Eigen::Index first, Eigen::Index count) const {
    return fmt::format("value\n{:.17g}\n", fmt::join(y.segment(first, count), "\n"));
  }
  /// Of a and b ~ N(0, 2²), noise of 0.3.
  std::pair<Eigen::Vector2d, Eigen::Matrix2d> posterior() const {
    Eigen::MatrixXd design(t.size(), 2);
    design << Eigen::VectorXd::Ones(t.size()), t;
    const Eigen::Matrix2d precision = design.transpose() * design / 0.09 + Eigen::Matrix2d::Identity() / 4.0;
    return {precision.inverse() * (design.transpose() * y) / 0.09, precision.inverse()};
  }
};

TEST_P(Outside, LearnsFromDataInInstalments) {
  const LineData data;
  write("line.py", line);
  write("one.csv", data.table(0, 8));
  write("two.csv", data.table(8, 12));
  const std::string priors = "a: {prior: \"normal(0, 2)\"}, b: {prior: \"normal(0, 2)\"}";
  write("one.yml", fmt::format(line_config, priors, "null", "ab", data.times(0, 8), "one.csv"));
  write("two.yml", fmt::format(line_config, "b: {}, a: {}", "first/model.nc", "ba", data.times(8, 12), "two.csv"));
  ASSERT_EQ(gmmvi("run one.yml --out first").code, 0);
  const Ended checked = gmmvi("check two.yml");
  EXPECT_EQ(checked.code, 0) << checked.error;
  EXPECT_NE(checked.out.find("prior median: b = "), std::string::npos) << checked.out;
  EXPECT_NE(checked.out.find("they agree"), std::string::npos) << checked.out;
  const Ended ended = gmmvi("run two.yml --out second");
  ASSERT_EQ(ended.code, 0) << ended.error;

  const auto [mean, covariance] = data.posterior();
  const json parameters = json::parse(shell(GMMVI_PROGRAM " summary second --json").out).at("parameters");
  for (const Eigen::Index d : {0, 1}) {
    const json& found = parameters.at(1 - d);  // they are in another order
    const double sd = std::sqrt(covariance(d, d));
    EXPECT_NEAR(found.at("mean").get<double>(), mean[d], 0.05 * sd) << found;
    EXPECT_NEAR(found.at("standard_deviation").get<double>(), sd, 0.05 * sd) << found;
  }
  // The model is part of what the run is made of.
  std::filesystem::remove_all(folder_ / "first");
  ASSERT_EQ(gmmvi("run one.yml --seed 2 --out first").code, 0);
  const Ended resumed = gmmvi("run --resume second --iterations 50");
  EXPECT_NE(resumed.code, 0);
  expect_one_message(resumed, "first/model.nc");
}

// The first model knows nothing of c, which only the second data tell of.
TEST_P(Outside, LearnsInInstalmentsOfAParameterThatIsNew) {
  const LineData data;
  write("line.py", line);
  write("one.csv", data.table(0, 8));
  write("two.csv", data.table(8, 12));
  const std::string normal = "{prior: \"normal(0, 2)\"}";
  write("one.yml",
        fmt::format(line_config, fmt::format("a: {0}, b: {0}", normal), "null", "ab", data.times(0, 8), "one.csv"));
  write("two.yml", fmt::format(line_config, fmt::format("c: {}, b: {{}}, a: {{}}", normal), "first/model.nc", "cba",
                               data.times(8, 12), "two.csv"));
  // The second ones are of a + b t + c t².
  write("line.py", std::string(line) + R"py(
def line(options, **x):
    terms = {"a": lambda t: 1.0, "b": lambda t: t, "c": lambda t: t * t}
    jacobian = [[terms[name](t) for name in options["order"]] for t in options["t"]]
    return [sum(d * x[name] for d, name in zip(row, options["order"])) for row in jacobian], jacobian
)py");
  ASSERT_EQ(gmmvi("run one.yml --out first").code, 0);
  const Ended ended = gmmvi("run two.yml --out second");
  ASSERT_EQ(ended.code, 0) << ended.error;

  Eigen::MatrixXd design(20, 3);
  design << Eigen::VectorXd::Ones(20), data.t, data.t.cwiseAbs2();
  design.col(2).head(8).setZero();
  const Eigen::Matrix3d covariance = (design.transpose() * design / 0.09 + Eigen::Matrix3d::Identity() / 4.0).inverse();
  const Eigen::Vector3d mean = covariance * (design.transpose() * data.y) / 0.09;
  const json parameters = json::parse(shell(GMMVI_PROGRAM " summary second --json").out).at("parameters");
  ASSERT_EQ(parameters.size(), 3U);
  for (const Eigen::Index d : {0, 1, 2}) {
    const json& found = parameters.at(2 - d);
    const double sd = std::sqrt(covariance(d, d));
    EXPECT_NEAR(found.at("mean").get<double>(), mean[d], 0.05 * sd) << found;
    EXPECT_NEAR(found.at("standard_deviation").get<double>(), sd, 0.05 * sd) << found;
  }
}

TEST_P(Outside, APriorModelHasToFit) {
  const LineData data;
  write("line.py", line);
  write("one.csv", data.table(0, 8));
  const auto refused = [&](const std::string& parameters, const std::string& model, const std::string& part) {
    write("f.yml", fmt::format(line_config, parameters, model, "ab", data.times(0, 8), "one.csv"));
    const Ended ended = gmmvi("run f.yml --out run");
    EXPECT_NE(ended.code, 0);
    expect_one_message(ended, part);
  };
  refused("a: {}, b: {}", "missing.nc", "missing.nc");
  write("small.yml", test::small_config);
  ASSERT_EQ(gmmvi("run small.yml --codename SAMTRON --iterations 2 --out other").code, 0);
  refused("a: {prior: flat}, b: {prior: flat}", "other/model.nc", "they are matched by their names");
  write("density.yml", std::string(failing_config) + "prior: {model: other/model.nc}\n");
  const Ended ended = gmmvi("run density.yml --set target.returns=log_density --out run");
  expect_one_message(ended, "prior");
}

TEST_P(Outside, PredictsOutputs) {
  const LineData data;
  write("line.py", line);
  // The last row has no datum; its output is predicted all the same.
  LineData shown = data;
  std::string table = data.table(0, 19) + "NA\n";
  write("all.csv", table);
  const std::string priors = "a: {prior: \"normal(0, 2)\"}, b: {prior: \"normal(0, 2)\"}";
  write("all.yml", fmt::format(line_config, priors, "null", "ab", data.times(0, 20), "all.csv"));
  ASSERT_EQ(gmmvi("run all.yml --out run").code, 0);
  const Ended ended = gmmvi("predict run -n 4000");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_NE(ended.out.find("From 4000 draws"), std::string::npos) << ended.out;
  const std::string file = folder_ / "run/predictive.nc";
  const io::Predictive found = io::read_predictive(file);

  shown.t.conservativeResize(19);
  shown.y.conservativeResize(19);
  const auto [mean, covariance] = shown.posterior();
  ASSERT_EQ(found.mean.size(), 20);
  EXPECT_EQ(found.data.head(19), shown.y);
  EXPECT_TRUE(std::isnan(found.data[19]));
  EXPECT_EQ(found.draws, 4000);
  EXPECT_GT(found.effective_samples, 3000.0);
  for (Eigen::Index m = 0; m < 20; ++m) {
    const Eigen::Vector2d design(1.0, data.t[m]);
    const double expected = design.dot(mean), sd = std::sqrt(design.dot(covariance * design));
    EXPECT_NEAR(found.mean[m], expected, 0.1 * sd);
    for (const Eigen::Index i : {0, 1, 2})
      EXPECT_NEAR(found.quantiles(i, m), expected + static_cast<double>(i - 1) * 1.6449 * sd, 0.15 * sd);
  }

  ASSERT_EQ(shell(GMMVI_PROGRAM " report run").code, 0);
  const std::string page = content_of(folder_ / "run/report.html");
  EXPECT_NE(page.find("\"effective_samples\":"), std::string::npos);
  EXPECT_NE(page.find("\"prior\":["), std::string::npos);

  // The same bits on another number of ranks.
  ASSERT_EQ(shell(launch(4 - GetParam()) + GMMVI_PROGRAM " predict run -n 4000").code, 0);
  const io::Predictive again = io::read_predictive(file);
  EXPECT_EQ(again.mean, found.mean);
  EXPECT_EQ(again.quantiles, found.quantiles);
  EXPECT_EQ(again.effective_samples, found.effective_samples);
}

TEST_P(Outside, PredictsThePendulum) {
  ASSERT_EQ(
      gmmvi("run " + examples + "/plugin.yml" + with_plugin + " --codename SAMTRON --iterations 100 --out run").code,
      0);
  ASSERT_EQ(gmmvi("predict run -n 1000").code, 0);
  const io::Predictive found = io::read_predictive(folder_ / "run/predictive.nc");
  ASSERT_EQ(found.mean.size(), 40);
  EXPECT_GT(found.effective_samples, 200.0);
  // The data have a noise of 0.05; the band is of what they scatter around.
  EXPECT_LT((found.data - found.quantiles.row(1).transpose()).norm() / std::sqrt(40.0), 0.07);
  for (Eigen::Index m = 0; m < 40; ++m) {
    EXPECT_LT(found.quantiles(0, m) - 0.2, found.data[m]);
    EXPECT_GT(found.quantiles(2, m) + 0.2, found.data[m]);
    EXPECT_LT(found.quantiles(0, m), found.quantiles(2, m));
  }
}

TEST_P(Outside, PredictsNothingWhereThereAreNoOutputs) {
  write("f.py", "def f(a, b):\n    return -0.5 * (a * a + b * b)\n");
  write("f.yml", failing_config);
  ASSERT_EQ(gmmvi("run f.yml --out run").code, 0);
  const Ended ended = gmmvi("predict run");
  EXPECT_NE(ended.code, 0);
  expect_one_message(ended, "returns a log density, and no outputs");
}

}  // namespace
}  // namespace gmmvi

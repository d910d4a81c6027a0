// gmmvi compare and gmmvi combine as users start them; what they compute is tested elsewhere.
#include <cmath>
#include <filesystem>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include "io/model_file.hpp"
#include "io/model_hash.hpp"
#include "runner/program.hpp"

namespace gmmvi {
namespace {

using test::content_of;
using test::count;
using test::Ended;
using test::json;
using test::ProgramOnRanks;

constexpr const char* two_modes = R"(
target:
  type: gaussian_mixture
  weights: [0.7, 0.3]
  means: [[0.0, 0.0], [40.0, 40.0]]
  variances: [[1.0, 4.0], [1.0, 1.0]]
)";

io::Model model(const std::vector<double>& places, const std::vector<double>& weights, double elbo) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  for (const double place : places)
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(
        Eigen::Vector2d(place, place),
        FullCovariance::from_variances(place == 0.0 ? Eigen::Vector2d(1.0, 4.0) : Eigen::Vector2d(1.0, 1.0))));
  return {Mixture<FullCovariance>(std::move(gaussians), Eigen::Map<const Eigen::VectorXd>(
                                                            weights.data(), static_cast<Eigen::Index>(weights.size()))),
          {"x1", "x2"},
          {.gmmvi_version = "test",
           .target = "Gaussian mixture",
           .codename = "SAMTRON",
           .elbo = ElboEstimate{.value = elbo, .standard_error = 0.001, .samples = 1000}}};
}

class SeveralRunsOfAProgram : public ProgramOnRanks {
 protected:
  void SetUp() override {
    write("two.yml", two_modes);
    io::write_model(folder_ / "a.nc", model({0.0, 40.0}, {0.7, 0.3}, 0.0));
    io::write_model(folder_ / "b.nc", model({0.0}, {1.0}, std::log(0.7)));
  }
};
INSTANTIATE_TEST_SUITE_P(Ranks, SeveralRunsOfAProgram, testing::Values(1, 3), testing::PrintToStringParamName());

TEST_P(SeveralRunsOfAProgram, CompareNamesWhatOneMissed) {
  const Ended ended = gmmvi("compare a.nc b.nc");
  EXPECT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(ended.error, "");
  EXPECT_EQ(count(ended.out, "The runs do not agree: run 2 misses mode 2 (30 % of the mass)"), 1) << ended.out;
  const json read = json::parse(gmmvi("compare --json a.nc b.nc").out);
  EXPECT_EQ(read.at("agree"), false);
  EXPECT_EQ(read.at("modes").size(), 2u);
}

TEST_P(SeveralRunsOfAProgram, CombineMakesAModelThatOtherCommandsTake) {
  const Ended ended = gmmvi("combine a.nc b.nc --out both.nc");
  ASSERT_EQ(ended.code, 0) << ended.error;
  EXPECT_EQ(count(ended.out, "3 components of 2 runs are 2 now: 1 were merged"), 1) << ended.out;
  const io::Model both = io::read_model(folder_ / "both.nc");
  const auto& mixture = std::get<Mixture<FullCovariance>>(both.mixture);
  EXPECT_NEAR(mixture.weights().minCoeff(), 0.3, 1e-12);
  EXPECT_EQ(json::parse(both.attributes.combined_from).at(0).at("run"), "a.nc");
  EXPECT_EQ(count(gmmvi("summary both.nc").out, "gmmvi combine"), 1);
  EXPECT_EQ(json::parse(gmmvi("summary --json both.nc").out).at("combined_from").size(), 2u);
  EXPECT_EQ(gmmvi("sample both.nc -n 10").code, 0);
  EXPECT_EQ(gmmvi("run two.yml --codename SAMTRON --iterations 1 --from both.nc --out run").code, 0);
  EXPECT_EQ(gmmvi("compare both.nc run").code, 0);
}

TEST_P(SeveralRunsOfAProgram, OrderDoesNotMatterAndNothingIsReplaced) {
  ASSERT_EQ(gmmvi("combine a.nc b.nc --out both.nc").code, 0);
  ASSERT_EQ(gmmvi("combine b.nc a.nc --out other.nc").code, 0);
  EXPECT_EQ(io::model_hash(io::read_model(folder_ / "both.nc").mixture),
            io::model_hash(io::read_model(folder_ / "other.nc").mixture));
  const std::string before = content_of(folder_ / "a.nc");
  const Ended ended = gmmvi("combine a.nc b.nc --out a.nc");
  EXPECT_EQ(ended.code, 73);
  expect_one_message(ended, "it is there already, and models never replace a file");
  EXPECT_EQ(content_of(folder_ / "a.nc"), before);
}

TEST_P(SeveralRunsOfAProgram, RunsOfDifferentTargetsAreRefused) {
  write("small.yml", test::small_config);
  const std::string run = "run small.yml --codename SAMTRON --iterations 1 --set run.metrics_samples=10 ";
  ASSERT_EQ(gmmvi(run + "--seed 1 --out one").code, 0);
  ASSERT_EQ(gmmvi(run + "--seed 2 --out two").code, 0);
  const Ended words = gmmvi("compare a.nc one");
  EXPECT_EQ(words.code, 65);
  expect_one_message(words, "the target of the first is `Gaussian mixture`, of the second `random Gaussian mixture`");
  const Ended seeds = gmmvi("combine one two --out both.nc");
  EXPECT_EQ(seeds.code, 65);
  expect_one_message(seeds, "their target is drawn from the seed, which is 1 and 2");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "both.nc"));

  const std::string given = " --codename SAMTRON --iterations 1 --set run.metrics_samples=10 --out ";
  ASSERT_EQ(gmmvi("run two.yml" + given + "here").code, 0);
  ASSERT_EQ(gmmvi("run two.yml --set 'target.weights=[0.5, 0.5]'" + given + "there").code, 0);
  const Ended options = gmmvi("compare here there");
  EXPECT_EQ(options.code, 65);
  expect_one_message(options, "the `target` in their config.yml differs");
}

/// gmmvi.fit writes function and data into each run's folder.
class RunsOfAFunction : public test::Program {
 protected:
  void fit(const std::string& run, const std::string& function, const std::string& data, double sd = 0.3) {
    ASSERT_EQ(shell("mkdir " + run).code, 0);
    write(run + "/f.py", "def line(a, b): return [a, a + b, " + function + "]\n");
    write(run + "/data.csv", "value\n0\n1\n" + data + "\n");
    write(run + ".yml", fmt::format(R"yaml(
codename: ZEMTRON
parameters: {{a: {{prior: "normal(0, 1)"}}, b: {{prior: "normal(0, 1)"}}}}
target: {{type: python, function: "{0}/f.py:line", returns: outputs, outputs: 3}}
likelihood: {{data: "{0}/data.csv", noise: "gaussian({1})"}}
run: {{iterations: 2, metrics_samples: 10}}
)yaml",
                                    run, sd));
    const Ended ended = shell(GMMVI_PROGRAM " run " + run + ".yml --out " + run + "/run");
    ASSERT_EQ(ended.code, 0) << ended.error;
  }
  Ended compare(const std::string& a, const std::string& b) {
    return shell(GMMVI_PROGRAM " compare " + a + "/run " + b + "/run");
  }
};

TEST_F(RunsOfAFunction, AreOfOnePosteriorWhereFunctionAndDataHaveTheSameContent) {
  fit("a", "a + 2 * b", "2");
  fit("b", "a + 2 * b", "2");
  const Ended same = compare("a", "b");
  EXPECT_EQ(same.code, 0) << same.error;
  fit("c", "a + 3 * b", "2");
  expect_one_message(compare("a", "c"), "a/run and c/run are not fits of one posterior: the `target` in their");
  fit("d", "a + 2 * b", "3");
  expect_one_message(compare("a", "d"), "the data that outputs are compared with differ");
  fit("e", "a + 2 * b", "2", 0.4);
  expect_one_message(compare("a", "e"), "the `likelihood` in their config.yml differs");
}

TEST_P(SeveralRunsOfAProgram, OneRunIsNotEnough) {
  EXPECT_EQ(gmmvi("compare a.nc").code, 64);
  EXPECT_EQ(gmmvi("combine a.nc b.nc").code, 64) << "--out has to be given";
}

}  // namespace
}  // namespace gmmvi

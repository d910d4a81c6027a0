#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/error.hpp"

#include "runner/columns.hpp"
#include "runner/combination.hpp"
#include "runner/comparison.hpp"

namespace gmmvi::runner {
namespace {

using nlohmann::json;

struct Place {
  double x, weight;
};

FittedRun run(const std::string& name, const std::vector<Place>& places, std::optional<double> elbo) {
  std::vector<GaussianPointer<FullCovariance>> gaussians;
  Eigen::VectorXd weights(static_cast<Eigen::Index>(places.size()));
  for (std::size_t k = 0; k < places.size(); ++k) {
    gaussians.push_back(std::make_shared<const Gaussian<FullCovariance>>(
        Eigen::Vector2d(places[k].x, 0.0), FullCovariance::from_variances(Eigen::Vector2d(1.0, 4.0))));
    weights[static_cast<Eigen::Index>(k)] = places[k].weight;
  }
  io::ModelAttributes attributes{.target = "a test", .codename = "SAMTRON", .evaluations = 100};
  if (elbo) attributes.elbo = ElboEstimate{.value = *elbo, .standard_error = 0.01, .samples = 1000};
  return {name, {Mixture<FullCovariance>(std::move(gaussians), weights), {"α", "b"}, attributes}};
}

void give_evidence(FittedRun& run, double log_evidence, double pareto_k, double standard_error = 0.01) {
  run.model.attributes.elbo->log_evidence = log_evidence;
  run.model.attributes.elbo->log_evidence_standard_error = standard_error;
  run.model.attributes.elbo->effective_sample_size = 500.0;
  run.model.attributes.elbo->pareto_k = pareto_k;
}

/// p̃ has a mass of 10, 8 and 2 of it in two modes; the second run misses one.
std::vector<FittedRun> one_misses_a_mode() {
  return {run("runs/a", {{0.0, 0.8}, {30.0, 0.2}}, std::log(10.0)), run("runs/b", {{0.01, 1.0}}, std::log(8.0)),
          run("runs/c", {{0.0, 0.8}, {30.0, 0.2}}, std::log(10.0))};
}

std::string message_of(const std::vector<FittedRun>& runs) {
  try {
    require_one_posterior(runs);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void expect_80_columns(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(width(line), 80u) << line;
}

TEST(Comparison, OfRunsThatAgreeSaysSo) {
  const SeveralRuns runs =
      together({run("runs/a", {{0.0, 0.6}, {30.0, 0.4}}, -1.0), run("runs/b", {{0.0, 0.61}, {30.0, 0.39}}, -1.02)});
  EXPECT_TRUE(compare(runs).agree());
  const std::string text = comparison_text(runs);
  EXPECT_NE(text.find("The runs agree: they have the same modes"), std::string::npos) << text;
  expect_80_columns(text);
  EXPECT_EQ(json::parse(comparison_json(runs)).at("agree"), true);
}

TEST(Comparison, NamesTheModeThatARunMisses) {
  const SeveralRuns runs = together(one_misses_a_mode());
  const std::string text = comparison_text(runs);
  EXPECT_NE(text.find("The runs do not agree: run 2 misses mode 2 (20 % of the mass)"), std::string::npos) << text;
  EXPECT_NE(text.find("gmmvi combine"), std::string::npos);
  expect_80_columns(text);
  const json read = json::parse(comparison_json(runs));
  EXPECT_EQ(read.at("agree"), false);
  EXPECT_EQ(read.at("disagreements").at(0), "modes");
  ASSERT_EQ(read.at("modes").size(), 2u);
  const json& mode = read.at("modes").at(1);
  EXPECT_NEAR(mode.at("share").get<double>(), 0.2, 1e-12);
  EXPECT_EQ(mode.at("runs").at(0).at("components"), json({1}));
  EXPECT_EQ(mode.at("runs").at(1).at("found"), false);
  EXPECT_EQ(mode.at("runs").at(2).at("found"), true);
}

TEST(Comparison, PutsTheWorstParameterFirstInStandardDeviations) {
  FittedRun moved = run("runs/b", {{0.0, 1.0}}, -1.0);
  const auto gaussian = std::make_shared<const Gaussian<FullCovariance>>(
      Eigen::Vector2d(0.0, 1.0), FullCovariance::from_variances(Eigen::Vector2d(1.0, 4.0)));
  moved.model.mixture = Mixture<FullCovariance>({gaussian}, Eigen::VectorXd::Ones(1));
  const SeveralRuns runs = together({run("runs/a", {{0.0, 1.0}}, -1.0), moved});
  const Comparison comparison = compare(runs);
  EXPECT_EQ(comparison.parameters[0].name, "b");
  // Between two at 0 and 1 the variance is 4 + 1/4.
  EXPECT_NEAR(comparison.parameters[0].mean_difference, 1.0 / std::sqrt(4.25), 1e-12);
  EXPECT_EQ(comparison.parameters[1].mean_difference, 0.0);
  EXPECT_EQ(comparison.disagreements, std::vector<std::string>{"means"});
}

// A pair with large errors may differ by much, and is not the one that says most.
TEST(Comparison, OfEvidencesSaysTheLargestDifferenceOrTheOneThatIsMostTooLarge) {
  std::vector<FittedRun> runs = {run("runs/a", {{0.0, 1.0}}, -3.0), run("runs/b", {{0.0, 1.0}}, -3.0),
                                 run("runs/c", {{0.0, 1.0}}, -3.0)};
  give_evidence(runs[0], -2.0, 0.3, 0.3);
  give_evidence(runs[1], -2.35, 0.3, 0.01);
  give_evidence(runs[2], -2.33, 0.3, 0.01);
  EXPECT_NEAR(compare(together(runs)).measure_difference, 0.35, 1e-12);
  EXPECT_TRUE(compare(together(runs)).agree());
  give_evidence(runs[2], -2.20, 0.3, 0.01);  // by 0.15 where 0.1 is the same
  EXPECT_NEAR(compare(together(runs)).measure_difference, 0.15, 1e-12);
  EXPECT_EQ(compare(together(runs)).disagreements, std::vector<std::string>{"evidence"});
}

TEST(Comparison, MeasuresByEvidencesWhereAllCanBeTrusted) {
  std::vector<FittedRun> runs = {run("runs/a", {{0.0, 1.0}}, -3.0), run("runs/b", {{0.0, 1.0}}, -3.0)};
  give_evidence(runs[0], -2.0, 0.3);
  EXPECT_EQ(together(runs).measure, Measure::elbo);
  give_evidence(runs[1], -1.0, 0.3);
  const SeveralRuns trusted = together(runs);
  EXPECT_EQ(trusted.measure, Measure::evidence);
  EXPECT_EQ(trusted.log_masses, (std::vector<double>{-2.0, -1.0}));
  EXPECT_EQ(compare(trusted).disagreements, std::vector<std::string>{"evidence"});
  give_evidence(runs[1], -1.0, 0.9);
  const SeveralRuns not_trusted = together(runs);
  EXPECT_EQ(not_trusted.measure, Measure::elbo) << "a few large weights may have made it";
  EXPECT_NE(comparison_text(not_trusted).find("evidence of run 2 is not to be"), std::string::npos)
      << comparison_text(not_trusted);
}

TEST(Comparison, SaysWhereTheSameModelWasNamedTwice) {
  const auto a = run("runs/a", {{0.0, 1.0}}, -1.0);
  EXPECT_NE(comparison_text(together({a, a})).find("are the same model"), std::string::npos);
}

TEST(Comparison, FitsManyRunsAndLongNames) {
  std::vector<FittedRun> runs;
  for (int r = 0; r < 9; ++r)
    runs.push_back(run(std::string(60, 'x') + std::to_string(r), {{0.0, 0.5}, {30.0, 0.5}}, -1.0));
  runs[3].model.parameter_names[0] = runs[0].model.parameter_names[0];
  expect_80_columns(comparison_text(together(runs)));
}

TEST(SeveralRuns, OfDifferentTargetsOrParametersAreRefused) {
  std::vector<FittedRun> runs = {run("runs/a", {{0.0, 1.0}}, -1.0), run("runs/b", {{0.0, 1.0}}, -1.0)};
  EXPECT_EQ(message_of(runs), "");
  runs[1].model.parameter_names[1] = "c";
  EXPECT_EQ(message_of(runs),
            "runs/a and runs/b are not fits of one posterior: parameter 2 is called `b` in the first, "
            "`c` in the second. Name runs of one target.");
  runs[1].model.parameter_names.push_back("d");
  EXPECT_NE(message_of(runs).find("the first has 2 parameters, the second 3"), std::string::npos);
  runs[1].model.attributes.target = "another";
  EXPECT_NE(message_of(runs).find("the target of the first is `a test`, of the second `another`"), std::string::npos);
}

TEST(CombinedModel, HasTheMissedModeAndSaysWhereItIsFrom) {
  const SeveralRuns runs = together(one_misses_a_mode());
  const io::Model model = combined_model(runs);
  const auto& mixture = std::get<Mixture<FullCovariance>>(model.mixture);
  ASSERT_EQ(mixture.size(), 2);
  EXPECT_NEAR(mixture.weights()[0], 0.8, 1e-12);
  EXPECT_NEAR(mixture.weights()[1], 0.2, 1e-12);
  EXPECT_EQ(model.attributes.evaluations, 300);
  EXPECT_EQ(model.attributes.codename, "SAMTRON");
  EXPECT_FALSE(model.attributes.elbo) << "nobody measured it";
  const json origin = json::parse(model.attributes.combined_from);
  ASSERT_EQ(origin.size(), 3u);
  EXPECT_EQ(origin.at(1).at("run"), "runs/b");
  EXPECT_EQ(origin.at(1).at("log_mass_is"), "elbo");
  double shares = 0.0;
  for (const json& each : origin) shares += each.at("share").get<double>();
  EXPECT_NEAR(shares, 1.0, 1e-12);
  expect_80_columns(combination_text(runs));
}

TEST(CombinedModel, NeedsToKnowHowMuchARunCounts) {
  const SeveralRuns runs = together({run("runs/a", {{0.0, 1.0}}, -1.0), run("runs/b", {{0.0, 1.0}}, std::nullopt)});
  EXPECT_EQ(runs.measure, Measure::none);
  try {
    combined_model(runs);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("runs/b has neither evidence nor ELBO"), std::string::npos);
  }
}

TEST(Columns, KeepTheEndOfPathsAndBreakBetweenWords) {
  EXPECT_EQ(end_of_text("runs/α/long", 6), "…/long");
  EXPECT_EQ(end_of_text("αβγ", 3), "αβγ");
  EXPECT_EQ(wrapped("one two three", 7), "one two\nthree\n");
}

}  // namespace
}  // namespace gmmvi::runner

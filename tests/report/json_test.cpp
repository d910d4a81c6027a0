#include "report/json.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "situations.hpp"

namespace gmmvi::report {
namespace {

RunData run_named(const std::string& folder) {
  RunData run{.name = "run", .folder = folder, .model = model()};
  run.status = {status(), "2026-01-31T12:00:00Z"};
  return run;
}

TEST(ReportJson, HasWhatTheTableSays) {
  const Json json = to_json({run_named("runs/run")});
  const Json& run = json.at("runs").at(0);
  for (const auto& [key, value] : {std::pair<const char*, Json>("name", "run"),
                                   {"target", "a test"},
                                   {"codename", "SAMTRON"},
                                   {"preset", "expensive"},
                                   {"seed", 7},
                                   {"elbo", -1.25},
                                   {"elbo_standard_error", 0.5},
                                   {"components", 2},
                                   {"iterations", 3},
                                   {"evaluations", 300},
                                   {"ranks", 2},
                                   {"state", "finished"}})
    EXPECT_EQ(run.at(key), value) << key;
  EXPECT_EQ(run.at("model_hash").get<std::string>().size(), 16u);
}

TEST(ReportJson, HasTheVerdictAndTheEvidence) {
  RunData run = run_named("runs/run");
  run.status->status.verdict = io::Verdict{.findings = {{io::Finding::Severity::care, "trend", "Still improving."}}};
  run.status->status.elbo->log_evidence = -0.5;
  run.status->status.elbo->log_evidence_standard_error = 0.25;
  const Json json = to_json({run}).at("runs").at(0);
  EXPECT_EQ(json.at("verdict").at("word"), "usable with care");
  EXPECT_EQ(json.at("verdict").at("severity"), "care");
  EXPECT_EQ(json.at("verdict").at("findings").at(0).at("text"), "Still improving.");
  EXPECT_EQ(json.at("log_evidence"), -0.5);
  EXPECT_EQ(json.at("elbo_source"), "fresh");
  EXPECT_FALSE(to_json({run_named("runs/run")}).at("runs").at(0).contains("verdict"));
}

TEST(ReportJson, HasMarginalsAndPairsOfEveryRunOfATarget) {
  const Json json = to_json({run_named("x/run"), run_named("y/run")});
  EXPECT_EQ(json.at("runs").at(1).at("name"), "y/run");  // the same name twice
  ASSERT_EQ(json.at("targets").size(), 1u);
  const Json& target = json.at("targets").at(0);
  EXPECT_EQ(target.at("runs"), (Json{0, 1}));
  EXPECT_EQ(target.at("parameters"), (Json{"a", "b"}));
  EXPECT_EQ(target.at("marginals").size(), 2u);
  EXPECT_EQ(target.at("marginals").at(0).size(), 2u);
  EXPECT_GE(target.at("marginals").at(1).at(1).at("x").size(), 40u);
  ASSERT_EQ(target.at("pairs").size(), 1u);
  EXPECT_EQ(target.at("pairs").at(0).at("samples").at(1).at("x").size(), 1000u);
  // variances 1 + 3/4 and 2 + 3/4, covariance 3/4
  EXPECT_NEAR(target.at("pairs").at(0).at("correlations").at(0).get<double>(), 0.75 / std::sqrt(1.75 * 2.75), 1e-3);
  EXPECT_TRUE(target.at("histograms").empty());
  // mean (3 − 1) / 4, standard deviation √1.75
  ASSERT_EQ(target.at("summaries").size(), 2u);
  const Json& a = target.at("summaries").at(1).at(0);
  ASSERT_EQ(a.size(), 5u);
  EXPECT_EQ(a.at(0), 0.5);
  EXPECT_NEAR(a.at(1).get<double>(), std::sqrt(1.75), 1e-5);
  EXPECT_LT(a.at(2), a.at(3));
  EXPECT_LT(a.at(3), a.at(4));
  const Json& contours = target.at("pairs").at(0).at("contours");
  ASSERT_EQ(contours.size(), 2u);
  ASSERT_EQ(contours.at(0).size(), 2u);
  EXPECT_EQ(contours.at(0).at(1).at("mass"), 0.9);
  EXPECT_GE(contours.at(0).at(1).at("lines").at(0).at("x").size(), 20u);
}

TEST(ReportJson, KeepsTargetsApart) {
  RunData other = run_named("other");
  other.model = model({"c", "d"});
  RunData young{.name = "young"};
  EXPECT_EQ(to_json({run_named("run"), other, run_named("run2"), young}).at("targets").size(), 3u);
}

TEST(ReportJson, HasHistogramsOfTrueSamplesThatFit) {
  RunData run = run_named("run");
  run.true_samples = Eigen::MatrixXd::Random(2, 500);
  EXPECT_EQ(to_json({run}).at("targets").at(0).at("histograms").size(), 2u);
  run.true_samples = Eigen::MatrixXd::Random(3, 500);
  EXPECT_TRUE(to_json({run}).at("targets").at(0).at("histograms").empty());
}

TEST(ReportJson, HasPriorsWhereTheyAreKnownAndBounds) {
  RunData run = run_named("run");
  run.model->transforms = Transforms({{.lower = 0.0}, {.lower = -1.0, .upper = 2.0}});
  EXPECT_FALSE(to_json({run}).at("targets").at(0).at("marginals").at(0).at(0).contains("prior"));
  run.priors = {[](double x) { return 2.0 * x; }, {}};
  const Json target = to_json({run}).at("targets").at(0);
  EXPECT_EQ(target.at("bounds"), Json::parse("[[0, null], [-1, 2]]"));
  const Json& a = target.at("marginals").at(0).at(0);
  ASSERT_EQ(a.at("prior").size(), a.at("x").size());
  EXPECT_NEAR(a.at("prior").at(7).get<double>(), 2.0 * a.at("x").at(7).get<double>(), 1e-3);
  EXPECT_FALSE(target.at("marginals").at(0).at(1).contains("prior"));
}

TEST(ReportJson, HasThePredictedOutputs) {
  RunData run = run_named("run");
  EXPECT_FALSE(to_json({run}).at("runs").at(0).contains("predictive"));
  constexpr Eigen::Index outputs = 5000;
  run.predictive = io::Predictive{.data = Eigen::VectorXd::LinSpaced(outputs, 0.0, outputs - 1.0),
                                  .mean = Eigen::VectorXd::Zero(outputs),
                                  .quantiles = Eigen::Vector3d(-1.0, 0.0, 2.0).replicate(1, outputs),
                                  .draws = 100};
  run.predictive->data[0] = NAN;
  const Json json = to_json({run}).at("runs").at(0).at("predictive");
  EXPECT_LE(json.at("output").size(), 2000u);
  ASSERT_EQ(json.at("data").size(), json.at("output").size());
  EXPECT_TRUE(json.at("data").at(0).is_null());
  EXPECT_EQ(json.at("data").at(9).get<double>() + 1.0, json.at("output").at(9).get<double>());
  EXPECT_EQ(json.at("low").at(3), -1.0);
  EXPECT_EQ(json.at("high").at(3), 2.0);
  EXPECT_EQ(json.at("simulated"), true);
  EXPECT_FALSE(json.contains("data_low"));

  run.predictive->data_quantiles = Eigen::Vector3d(-3.0, 0.0, 4.0).replicate(1, outputs);
  const Json with_data = to_json({run}).at("runs").at(0).at("predictive");
  EXPECT_EQ(with_data.at("data_low").at(3), -3.0);
  EXPECT_EQ(with_data.at("data_high").at(3), 4.0);
}

TEST(ReportJson, GivesTheHeaviestComponentsLinesOfTheirOwn) {
  RunData run = run_named("run");
  History::Weights& all = run.history.weights.emplace_back();
  for (int k = 0; k < 30; ++k) {
    all.ids.push_back(100 + k);
    all.weights.push_back((k + 1) / 465.0);
  }
  const Json weights = to_json({run}).at("runs").at(0).at("weights");
  ASSERT_EQ(weights.at("components").size(), 24u);
  EXPECT_EQ(weights.at("components").at(0).at("id"), 106);
  EXPECT_NEAR(weights.at("others").at(0).get<double>(), 21 / 465.0, 1e-5);
}

TEST(ReportJson, HasNullForWhatIsNotFinite) {
  RunData run = run_named("run");
  run.history.elbo.push_back({{}, -INFINITY, NAN});
  EXPECT_TRUE(to_json({run}).at("runs").at(0).at("fresh").at("value").at(0).is_null());
}

TEST(ReportJson, StaysSmallWhateverTheSize) {
  RunData run = run_named("run");
  constexpr Eigen::Index d = 1500;
  const auto gaussian = std::make_shared<const Gaussian<DiagonalCovariance>>(
      Eigen::VectorXd::Random(d), DiagonalCovariance::from_variances(Eigen::VectorXd::Ones(d)));
  run.model->mixture = Mixture<DiagonalCovariance>({gaussian}, Eigen::VectorXd::Ones(1));
  run.model->parameter_names.assign(d, "x");
  for (std::int64_t i = 0; i < 20000; ++i)
    run.history.elbo.push_back({{100 * i, 123456 * i, 0.1234567 * double(i)}, -std::sqrt(double(i)), 0.0123456});
  EXPECT_LT(to_json({run}).dump().size(), 4500000u);
}

}  // namespace
}  // namespace gmmvi::report

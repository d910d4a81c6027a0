#include "runner/summary.hpp"

#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/model_hash.hpp"

namespace gmmvi::runner {
namespace {

using nlohmann::json;

template <class Covariance>
Mixture<Covariance> mixture_of(const std::vector<double>& places, const Eigen::VectorXd& weights) {
  std::vector<GaussianPointer<Covariance>> gaussians;
  for (const double place : places)
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(
        Eigen::Vector2d(place, -place), Covariance::from_variances(Eigen::Vector2d(1.0, 4.0))));
  return {std::move(gaussians), weights};
}

template <class Covariance>
io::Model model_of(const Mixture<Covariance>& mixture) {
  return {mixture,
          {"α", "a parameter with a long name"},
          {.gmmvi_version = "1.2.3",
           .target = "a test",
           .codename = "SAMTRON",
           .seed = 7,
           .iterations = 12,
           .evaluations = 3400,
           .elbo = ElboEstimate{.value = -78.4,
                                .standard_error = 0.021,
                                .samples = 9999,
                                .log_evidence = -78.31,
                                .log_evidence_standard_error = 0.025,
                                .effective_sample_size = 2000,
                                .pareto_k = 0.42},
           .elbo_estimate = -79.1}};
}

io::Model two_components() {
  return model_of(mixture_of<FullCovariance>({0.0, 10.0}, Eigen::Vector2d(0.25, 0.75)));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string line_with(const std::string& text, const std::string& part) {
  for (const std::string& line : lines_of(text))
    if (line.find(part) != std::string::npos) return line;
  return "no line with " + part;
}

/// In characters: α has two bytes, a minus sign three.
std::size_t width(const std::string& text) {
  std::size_t characters = 0;
  for (const char byte : text) characters += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  return characters;
}

TEST(SummaryText, BeginsWithWhatTheModelIs) {
  const std::vector<std::string> lines = lines_of(summary_text(two_components()));
  EXPECT_EQ(lines[0], "target        a test");
  EXPECT_EQ(lines[1], "parameters    2");
  EXPECT_EQ(lines[2], "codename      SAMTRON, seed 7");
  EXPECT_EQ(lines[3], "iterations    12");
  EXPECT_EQ(lines[4], "evaluations   3400");
  EXPECT_EQ(lines[5], "−ELBO         78.400 ± 0.021 (9999 fresh samples)");
  EXPECT_EQ(lines[6], "log evidence  −78.310 ± 0.025 (importance sampling: 2000 of 9999 samples count, Pareto k 0.42)");
  EXPECT_EQ(lines[7], "components    2, full covariances");
  EXPECT_EQ(lines[8], "model hash    " + io::to_hex(io::model_hash(two_components().mixture)));
}

TEST(SummaryText, NamesThePreset) {
  io::Model model = two_components();
  model.attributes.preset = "expensive";
  EXPECT_EQ(line_with(summary_text(model), "codename"), "codename      SAMTRON, preset expensive, seed 7");
  EXPECT_EQ(nlohmann::json::parse(summary_json(model)).at("preset"), "expensive");
}

TEST(SummaryText, SaysWhereTheElboIsAnEstimateOnly) {
  io::Model model = two_components();
  model.attributes.elbo.reset();
  EXPECT_EQ(line_with(summary_text(model), "ELBO"),
            "−ELBO         ≈ 79.10 (from samples that the mixture was fitted to: too good)");
}

// Six digits of each number would make 86 columns.
TEST(SummaryText, HasFewerDigitsWhereTheyWouldNotFitATerminal) {
  io::Model model = model_of(mixture_of<FullCovariance>({-1234.567, 10.0 / 3.0}, Eigen::Vector2d(0.25, 0.75)));
  model.parameter_names[1] = std::string(36, 'n');
  const std::string text = summary_text(model), row = line_with(text, "nnnn");
  EXPECT_LE(width(row), 80U) << row;
  EXPECT_EQ(width(line_with(text, "std. dev.")), width(row));
  std::istringstream numbers(row.substr(36));
  double mean = 0;
  numbers >> mean;
  EXPECT_NEAR(mean, 0.25 * 1234.567 - 0.75 * 10.0 / 3.0, 0.5);
}

TEST(SummaryText, HasAnAlignedLineForEveryParameter) {
  const std::string text = summary_text(two_components());
  const std::string heading = line_with(text, "mean"), first = line_with(text, "α "),
                    second = line_with(text, "a long");
  EXPECT_EQ(width(first), width(heading));
  EXPECT_EQ(width(second), width(heading));
  std::istringstream numbers(first.substr(std::string("α").size()));
  double mean = 0, standard_deviation = 0;
  numbers >> mean >> standard_deviation;
  EXPECT_NEAR(mean, 7.5, 1e-5);
  EXPECT_NEAR(standard_deviation, std::sqrt(1.0 + 0.25 * 0.75 * 100.0), 1e-5);
}

TEST(SummaryText, ListsTheHeaviestComponentsFirstAndSumsUpTheRest) {
  Eigen::VectorXd weights = Eigen::VectorXd::LinSpaced(12, 1.0, 12.0);
  const std::string text =
      summary_text(model_of(mixture_of<DiagonalCovariance>(std::vector<double>(12, 1.0), weights)));
  EXPECT_NE(text.find("12, diagonal covariances\n"), std::string::npos);
  const std::vector<std::string> lines = lines_of(text);
  ASSERT_GE(lines.size(), 12u);
  const std::size_t end = lines.size() - 2;  // of components
  EXPECT_EQ(lines[end - 11], "       11      0.153846");
  EXPECT_EQ(lines[end - 2], "        2     0.0384615");
  EXPECT_EQ(lines[end - 1], "   2 more     0.0384615");
}

TEST(SummaryText, LeavesOutComponentsOfNearlyNoWeight) {
  const Eigen::Vector4d weights(0.5, 1e-30, 0.5, 1e-9);
  const io::Model model = model_of(mixture_of<FullCovariance>({0.0, 1.0, 2.0, 3.0}, weights));
  const std::vector<std::string> lines = lines_of(summary_text(model));
  EXPECT_EQ(lines[lines.size() - 4], "        2           0.5");
  EXPECT_EQ(lines[lines.size() - 3], "2 of a weight below 1e-06 left out");
  EXPECT_EQ(json::parse(summary_json(model)).at("components").size(), 4u) << "programs get them all";
}

io::Status judged_status() {
  io::Status status;
  status.state = io::Status::State::finished;
  status.elbo = ElboEstimate{.value = -78.2, .standard_error = 0.1, .samples = 500};
  status.verdict = io::Verdict{.findings = {{io::Finding::Severity::care, "trend", "Still improving."}}};
  return status;
}

TEST(SummaryText, EndsWithTheVerdict) {
  const io::Model model = two_components();
  const std::string text = summary_text(model, judged_status());
  EXPECT_TRUE(text.ends_with("\nVerdict: usable with care\n!  Still improving.\n")) << text;
  EXPECT_NE(line_with(text, "ELBO").find("78.20 ± 0.10 (500 fresh samples)"), std::string::npos) << "the newest";
}

TEST(SummaryText, SaysWhyThereIsNoVerdict) {
  io::Model model = two_components();
  EXPECT_NE(summary_text(model).find("Verdict: not known"), std::string::npos);
  model.attributes.verdict = "Verdict: good";
  EXPECT_TRUE(summary_text(model).ends_with("\nVerdict: good\n")) << "a file alone has it, too";
  io::Status status;
  status.state = io::Status::State::running;
  EXPECT_NE(summary_text(model, status).find("none as yet"), std::string::npos);
  status.state = io::Status::State::failed;
  status.reason = "the disk is full";
  EXPECT_NE(summary_text(model, status).find("Verdict: not to be trusted\n!! The run failed: the disk is full"),
            std::string::npos);
}

TEST(SummaryJson, HasTheVerdict) {
  const json read = json::parse(summary_json(two_components(), judged_status()));
  EXPECT_EQ(read.at("verdict").at("word"), "usable with care");
  EXPECT_EQ(read.at("verdict").at("findings").at(0).at("severity"), "care");
  EXPECT_EQ(read.at("elbo"), -78.2);
  EXPECT_EQ(read.at("state"), "finished");
  EXPECT_TRUE(json::parse(summary_json(two_components())).at("verdict").is_null());
}

TEST(SummaryJson, HasTheMixturesNumbers) {
  const io::Model model = two_components();
  const auto& mixture = std::get<Mixture<FullCovariance>>(model.mixture);
  const json read = json::parse(summary_json(model));
  ASSERT_EQ(read.at("parameters").size(), 2u);
  for (Eigen::Index d = 0; d < 2; ++d) {
    const json& parameter = read.at("parameters").at(static_cast<std::size_t>(d));
    EXPECT_EQ(parameter.at("mean"), mixture.mean()[d]);
    EXPECT_EQ(parameter.at("standard_deviation"), std::sqrt(mixture.marginal_variances()[d]));
    for (const double p : {0.05, 0.5, 0.95})
      EXPECT_EQ(parameter.at("quantiles").at(json(p).dump()), mixture.marginal_quantile(d, p));
  }
  EXPECT_EQ(read.at("parameters").at(0).at("name"), "α");
  EXPECT_EQ(read.at("components").at(0), json({{"id", 1}, {"weight", mixture.weights()[1]}}));
}

TEST(SummaryJson, SaysWhereTheModelComesFrom) {
  io::Model model = two_components();
  json read = json::parse(summary_json(model));
  EXPECT_EQ(read.at("target"), "a test");
  EXPECT_EQ(read.at("codename"), "SAMTRON");
  EXPECT_EQ(read.at("seed"), 7);
  EXPECT_EQ(read.at("iterations"), 12);
  EXPECT_EQ(read.at("evaluations"), 3400);
  EXPECT_EQ(read.at("elbo"), -78.4);
  EXPECT_EQ(read.at("elbo_standard_error"), 0.021);
  EXPECT_EQ(read.at("elbo_estimate"), -79.1);
  EXPECT_EQ(read.at("covariance_shape"), "full");
  EXPECT_EQ(read.at("model_hash"), io::to_hex(io::model_hash(model.mixture)));
  model.attributes.elbo.reset();
  read = json::parse(summary_json(model));
  EXPECT_TRUE(read.at("elbo").is_null() && read.at("elbo_standard_error").is_null());
}

}  // namespace
}  // namespace gmmvi::runner

#include "target/logistic_regression.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

LabelledTable breast_cancer() {
  return with_binary_labels(read_table(GMMVI_DATA_DIR "/breast_cancer.csv"));
}

// With a feature whose standard deviation is 1 already, and margins that a person can follow.
LabelledTable two_observations() {
  return {.names = {"x"}, .features = Eigen::Vector2d(-1.0, 1.0), .labels = Eigen::Vector2d(0.0, 1.0)};
}

double log_normal(double x, double standard_deviation) {
  return -0.5 * std::pow(x / standard_deviation, 2) - std::log(standard_deviation) -
         0.5 * std::log(2 * std::numbers::pi);
}

// Σ log σ(± (1, features)·θ) + log prior, a number at a time.
double plain_log_density(const LabelledTable& table, const Eigen::VectorXd& theta, double prior_std) {
  long double sum = 0.0;
  for (const double coordinate : theta) sum += log_normal(coordinate, prior_std);
  const Eigen::RowVectorXd means = table.features.colwise().mean();
  const Eigen::RowVectorXd scales = (table.features.rowwise() - means).array().square().colwise().mean().sqrt();
  for (Eigen::Index n = 0; n < table.labels.size(); ++n) {
    long double margin = theta[0];
    for (Eigen::Index f = 0; f < scales.size(); ++f) margin += table.features(n, f) / scales[f] * theta[f + 1];
    if (table.labels[n] == 1.0) margin = -margin;
    sum += std::min(margin, 0.0L) - std::log1p(std::exp(-std::abs(margin)));
  }
  return static_cast<double>(sum);
}

TEST(LogisticRegression, IsTheReferencesOne) {
  double tolerance = 0.0;
  const nlohmann::json golden = test::golden_target("logistic_regression", tolerance);
  const nlohmann::json& inputs = golden.at("inputs");
  LogisticRegression target({.names = {"a", "b"},
                             .features = test::matrix(inputs.at("raw_features")),
                             .labels = test::vector(inputs.at("labels"))},
                            inputs.at("prior_std"));
  const Evaluation evaluation = test::evaluate(target, test::matrix_of_columns(inputs.at("x")));
  test::expect_near_relative(evaluation.log_densities, test::vector(golden.at("expected").at("log_density")),
                             tolerance);
  test::expect_near_relative(evaluation.gradients, test::matrix_of_columns(golden.at("expected").at("grad")),
                             tolerance);
}

TEST(LogisticRegression, NamesItsParameters) {
  LogisticRegression target(breast_cancer(), 10.0);
  EXPECT_EQ(target.dimension(), 31);
  ASSERT_EQ(target.parameter_names().size(), 31U);
  EXPECT_EQ(target.parameter_names().front(), "intercept");
  EXPECT_EQ(target.parameter_names()[1], "mean_radius");
}

TEST(LogisticRegression, GivesEveryObservationOneHalfAtTheOrigin) {
  LogisticRegression target(breast_cancer(), 10.0);
  const double log_density = test::evaluate(target, Eigen::MatrixXd::Zero(31, 1)).log_densities[0];
  EXPECT_NEAR(log_density, -569.0 * std::numbers::ln2 + 31.0 * log_normal(0.0, 10.0), 1e-11);
}

// Every number of padded rows, from none to all but one of a chunk.
TEST(LogisticRegression, AgreesWithThePlainFormulaForAnyNumberOfObservations) {
  const LabelledTable all = breast_cancer();
  for (const Eigen::Index observations : {30, 47, 48, 49, 95, 96, 97, 569}) {
    const LabelledTable table{
        .names = all.names, .features = all.features.topRows(observations), .labels = all.labels.head(observations)};
    LogisticRegression target(table, 3.0);
    for (const double scale : {1e-3, 0.1, 1.0, 30.0}) {
      const Eigen::MatrixXd samples = test::normal_samples(target, scale, 3);
      const Evaluation evaluation = test::evaluate(target, samples);
      for (Eigen::Index n = 0; n < samples.cols(); ++n) {
        test::expect_near_relative(evaluation.log_densities[n], plain_log_density(table, samples.col(n), 3.0), 1e-13);
      }
    }
  }
}

TEST(LogisticRegression, HasTheGradientOfItsLogDensity) {
  LogisticRegression target(breast_cancer(), 10.0);
  test::expect_gradients_of_log_density(target, test::normal_samples(target, 0.1), 1e-5);
}

TEST(LogisticRegression, GivesASampleTheSameBitsInAnyGroup) {
  LogisticRegression target(breast_cancer(), 10.0);
  test::expect_same_bits_in_any_group(target, test::normal_samples(target, 1.0));
}

TEST(LogisticRegression, GivesASampleTheSameBitsInEveryPlace) {
  LogisticRegression target(breast_cancer(), 10.0);
  const Eigen::MatrixXd samples = test::normal_samples(target, 1.0);
  const Evaluation forwards = test::evaluate(target, samples);
  const Evaluation backwards = test::evaluate(target, samples.rowwise().reverse());
  EXPECT_EQ(backwards.log_densities, forwards.log_densities.reverse());
  EXPECT_EQ(backwards.gradients, forwards.gradients.rowwise().reverse());
}

TEST(LogisticRegression, KeepsSamplesThatAreNotFiniteFromTheirNeighbours) {
  LogisticRegression target(breast_cancer(), 10.0);
  test::expect_bad_samples_stay_alone(target, test::normal_samples(target, 1.0));
}

TEST(LogisticRegression, StaysRightWhereAProbabilityUnderflows) {
  LogisticRegression target(two_observations(), 1e3);
  // Margins of −1e4, where log σ(u) = u, and of 1e4, where it is 0; then both of one sign.
  const Eigen::MatrixXd samples{{0.0, 0.0, 1e4}, {1e4, -1e4, 0.0}};
  const Evaluation evaluation = test::evaluate(target, samples);
  const double prior = log_normal(0.0, 1e3) + log_normal(1e4, 1e3);
  EXPECT_NEAR(evaluation.log_densities[0], -2e4 + prior, 1e-9);
  EXPECT_NEAR(evaluation.log_densities[1], prior, 1e-9);
  EXPECT_NEAR(evaluation.log_densities[2], -1e4 + prior, 1e-9);
  test::expect_near_relative(evaluation.gradients, Eigen::MatrixXd{{0.0, 0.0, -1.01}, {-2.01, 0.01, -1.0}}, 1e-12);
}

TEST(LogisticRegression, RefusesFeaturesThatCannotBeScaled) {
  for (const double huge : {0.0, 1e200}) {
    const LabelledTable table{
        .names = {"level"}, .features = Eigen::Vector2d(-huge, huge), .labels = Eigen::Vector2d(0.0, 1.0)};
    try {
      LogisticRegression target(table, 1.0);
      ADD_FAILURE() << "features of ±" << huge << " were accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      EXPECT_NE(std::string(error.what()).find("'level'"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace gmmvi::target

#include "target/neural_network.hpp"

#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

/// All observations for learning, none for tests.
SplitData training_only(Eigen::MatrixXd features, Eigen::VectorXd labels) {
  return {.training = {std::move(features), std::move(labels)}, .test = {}, .validation = {}};
}

// The golden likelihood takes 9 observations for 50: that is a scaling of 50/9, which the prior must not feel.
TEST(NeuralNetwork, IsTheReferencesOne) {
  double tolerance = 0.0;
  const nlohmann::json golden = test::golden_target("bnn_regression", tolerance);
  const nlohmann::json& inputs = golden.at("inputs");
  const double scaling = inputs.at("num_train").get<double>() / 9.0;
  NeuralNetwork target(
      training_only(test::matrix_of_columns(inputs.at("batch_features")), test::vector(inputs.at("batch_labels"))),
      {.data = "",
       .hidden_units = inputs.at("hidden_units"),
       .prior_std = std::sqrt(scaling) * inputs.at("prior_std").get<double>(),
       .likelihood_scaling = scaling},
      1);
  const Evaluation evaluation = test::evaluate(target, test::matrix_of_columns(inputs.at("x")));
  test::expect_near_relative(evaluation.log_densities, test::vector(golden.at("expected").at("log_density")),
                             tolerance);
  test::expect_near_relative(evaluation.gradients, test::matrix_of_columns(golden.at("expected").at("grad")),
                             tolerance);
}

/// 20 observations of one feature that decides on the label, of which 12 are to learn from.
LabelledTable table() {
  LabelledTable table{.names = {"x"}, .features = Eigen::MatrixXd(20, 1), .labels = Eigen::VectorXd(20)};
  for (Eigen::Index n = 0; n < 20; ++n) {
    table.features(n, 0) = static_cast<double>(n);
    table.labels[n] = n < 10 ? 0.0 : 1.0;
  }
  return table;
}

TEST(NeuralNetwork, TakesNoMinibatchesLargerThanItsTrainingSet) {
  const auto made = [](Eigen::Index batch_size) {
    const NeuralNetworkOptions options{.data = "some.csv", .hidden_units = {2}, .batch_size = batch_size};
    return NeuralNetwork(standardized_split(table(), options.data, 3), options, 3);
  };
  EXPECT_EQ(made(12).dimension(), 7);
  for (const Eigen::Index size : {13, 14, 1000000}) try {
      made(size);
      ADD_FAILURE() << size;
    } catch (const Error& error) {
      EXPECT_EQ(
          std::string(error.what()),
          fmt::format("some.csv: minibatches of {} cannot be taken from the 12 observations that the network learns "
                      "from (60 % of all). Make batch_size smaller.",
                      size));
    }
}

TEST(StandardizedSplit, HasSixtyTwentyAndTwentyPercent) {
  const SplitData data = standardized_split(table(), "file", 3);
  EXPECT_EQ(data.training.labels.size(), 12);
  EXPECT_EQ(data.test.labels.size(), 4);
  EXPECT_EQ(data.validation.labels.size(), 4);
  Eigen::VectorXd all(20);
  all << data.training.features.transpose(), data.test.features.transpose(), data.validation.features.transpose();
  EXPECT_NEAR(all.sum(), 0.0, 1e-13);
  EXPECT_NEAR(all.squaredNorm() / 20.0, 1.0, 1e-13);
  std::sort(all.begin(), all.end());
  EXPECT_GT((all.tail(19) - all.head(19)).minCoeff(), 0.1) << "every row once";
}

TEST(StandardizedSplit, IsDecidedBySeedModuloTen) {
  EXPECT_EQ(standardized_split(table(), "file", 13).test.features,
            standardized_split(table(), "file", 3).test.features);
  EXPECT_NE(standardized_split(table(), "file", 4).test.features, standardized_split(table(), "file", 3).test.features);
}

TEST(StandardizedSplit, NeedsAFewRows) {
  LabelledTable small{.names = {"x"}, .features = Eigen::Vector2d(1.0, 2.0), .labels = Eigen::Vector2d(0.0, 1.0)};
  EXPECT_THROW(standardized_split(small, "file", 0), Error);
}

TEST(NeuralNetwork, EstimatesItsLikelihoodFromMinibatchesWithoutBias) {
  const SplitData data = standardized_split(table(), "file", 3);
  NeuralNetwork full(data, {.data = "", .hidden_units = {2}}, 1);
  NeuralNetwork parts(data, {.data = "", .hidden_units = {2}, .batch_size = 3}, 1);
  const Eigen::MatrixXd theta = test::normal_samples(full, 1.0, 1);
  const Evaluation exact = test::evaluate(full, theta);
  double sum = 0.0, squares = 0.0;
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(full.dimension());
  constexpr int count = 20000;
  for (std::uint64_t position = 0; position < count; ++position) {
    const SampleId id{5, position};
    const Evaluation estimate = parts.evaluate(theta, {&id, 1}, true);
    sum += estimate.log_densities[0];
    squares += estimate.log_densities[0] * estimate.log_densities[0];
    gradient += estimate.gradients.col(0) / count;
  }
  const double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean);
  EXPECT_GT(deviation, 0.0);
  EXPECT_NEAR(mean, exact.log_densities[0], 5.0 * deviation / std::sqrt(count));
  EXPECT_LT((gradient - exact.gradients.col(0)).norm(), 0.05 * exact.gradients.col(0).norm());
  const SampleId metrics{SampleId::metrics_batch | 5, 0};
  EXPECT_EQ(parts.evaluate(theta, {&metrics, 1}, false).log_densities, exact.log_densities) << "metrics get all data";
}

// A network of one layer and two classes is logistic regression.
TEST(NeuralNetwork, WithoutHiddenLayersClassifiesLikeLogisticRegression) {
  const Eigen::RowVector3d x(-1.0, 0.5, 2.0);
  const Eigen::Vector3d labels(0.0, 1.0, 1.0);
  NeuralNetwork target(training_only(x, labels), {.data = "", .classification = true, .hidden_units = {}}, 1);
  ASSERT_EQ(target.dimension(), 4);  // a weight and a bias for each class
  const Eigen::Vector4d theta(0.2, 0.7, -0.1, 0.4);
  double expected = -0.5 * theta.squaredNorm();
  for (Eigen::Index n = 0; n < 3; ++n) {
    const double margin = (theta[1] - theta[0]) * x[n] + theta[3] - theta[2];
    expected -= std::log1p(std::exp(labels[n] == 1.0 ? -margin : margin));
  }
  EXPECT_NEAR(test::evaluate(target, theta).log_densities[0], expected, 1e-13);
}

TEST(NeuralNetwork, AveragesPredictionsForItsMetrics) {
  const Eigen::RowVector2d x(0.0, 1.0);
  const Eigen::Vector2d labels(1.0, 3.0);
  SplitData data = training_only(x, labels);
  data.test = data.training;
  NeuralNetwork target(data, {.data = "", .hidden_units = {}}, 1);
  // f(x) = w x + b: the two samples predict (0, 4) and (2, 2), on average what is right
  const Eigen::Matrix2d samples{{4.0, 0.0}, {0.0, 2.0}};
  const auto metrics = target.metrics({}, samples);
  ASSERT_EQ(metrics.size(), 2u);
  EXPECT_EQ(metrics[0].name, "test_loss");
  EXPECT_NEAR(metrics[0].value, 0.0, 1e-15);
  EXPECT_NEAR(target.metrics({}, samples.leftCols(1))[0].value, 1.0, 1e-15);
}

}  // namespace
}  // namespace gmmvi::target

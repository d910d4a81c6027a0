#include "target/minibatch_logistic_regression.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

LabelledTable table(Eigen::Index rows = 30) {
  LabelledTable table{.names = {"a", "b"}, .features = Eigen::MatrixXd(rows, 2), .labels = Eigen::VectorXd(rows)};
  core::Stream stream(1, core::Purpose::metrics);
  stream.normal({table.features.data(), static_cast<std::size_t>(table.features.size())});
  for (double& label : table.labels) label = stream.uniform() < 0.4 ? 1.0 : 0.0;
  return table;
}

TEST(MinibatchLogisticRegression, OfAllObservationsIsTheFullOne) {
  LogisticRegression full(table(), 3.0);
  MinibatchLogisticRegression all(table(), {.data = "", .prior_std = 3.0, .batch_size = 30}, 1);
  const Eigen::MatrixXd theta = test::normal_samples(full, 2.0);
  const Evaluation expected = test::evaluate(full, theta), evaluation = test::evaluate(all, theta);
  test::expect_near_relative(evaluation.log_densities, expected.log_densities, 1e-12);
  test::expect_near_relative(evaluation.gradients, expected.gradients, 1e-12);
}

TEST(MinibatchLogisticRegression, GivesMetricsAllObservations) {
  LogisticRegression full(table(), 3.0);
  MinibatchLogisticRegression parts(table(), {.data = "", .prior_std = 3.0, .batch_size = 4}, 1);
  const Eigen::MatrixXd theta = test::normal_samples(full, 2.0, 3);
  const std::vector<SampleId> ids(3, SampleId{SampleId::metrics_batch | 8, 0});
  EXPECT_EQ(parts.evaluate(theta, ids, true).log_densities, test::evaluate(full, theta).log_densities);
}

TEST(MinibatchLogisticRegression, IsUnbiased) {
  for (const bool own : {true, false}) {
    MinibatchLogisticRegression parts(table(), {.data = "", .batch_size = 4, .use_own_batch_per_sample = own}, 1);
    LogisticRegression full(table(), 10.0);
    const Eigen::MatrixXd theta = test::normal_samples(full, 1.0, 1);
    double sum = 0.0, squares = 0.0;
    constexpr int count = 20000;
    for (std::uint64_t batch = 0; batch < count; ++batch) {
      const SampleId id{batch, 0};
      const double value = parts.evaluate(theta, {&id, 1}, false).log_densities[0];
      sum += value;
      squares += value * value;
    }
    const double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean);
    EXPECT_GT(deviation, 0.1);
    EXPECT_NEAR(mean, test::evaluate(full, theta).log_densities[0], 5.0 * deviation / std::sqrt(count));
  }
}

TEST(MinibatchLogisticRegression, LeavesTheTestSetOut) {
  const LabelledTable all = table();
  MinibatchLogisticRegression part(all, {.data = "", .size_test_set = 12}, 1);
  LabelledTable changed = all;
  changed.labels.tail(12) = 1.0 - changed.labels.tail(12).array();
  MinibatchLogisticRegression same(changed, {.data = "", .size_test_set = 12}, 1);
  const Eigen::MatrixXd theta = test::normal_samples(part, 1.0, 3);
  EXPECT_EQ(test::evaluate(part, theta).log_densities, test::evaluate(same, theta).log_densities);
}

TEST(MinibatchLogisticRegression, NeedsEnoughObservations) {
  EXPECT_THROW(MinibatchLogisticRegression(table(), {.data = "", .batch_size = 31}, 1), Error);
  EXPECT_THROW(MinibatchLogisticRegression(table(), {.data = "", .batch_size = 11, .size_test_set = 20}, 1), Error);
  EXPECT_THROW(MinibatchLogisticRegression(table(), {.data = "", .size_test_set = 30}, 1), Error);
}

}  // namespace
}  // namespace gmmvi::target

#include "target/given_mixture.hpp"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::target {
namespace {

void expect_refused(const std::function<void()>& body, const std::string& words) {
  try {
    body();
    ADD_FAILURE() << "accepted: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
  }
}

const Eigen::MatrixXd means{{0.0, 1.0}, {2.0, 3.0}};

TEST(GivenMixture, BecomesMatrices) {
  EXPECT_EQ(given_means({{0.0, 2.0}, {1.0, 3.0}}), means);
  EXPECT_EQ(given_weights({}, 3), Eigen::Vector3d::Ones());
  EXPECT_EQ(given_weights({1.0, 2.0}, 2), Eigen::Vector2d(1.0, 2.0));
  const auto covariances =
      given_covariances({{{4.0, 0.0}, {0.0, 1.0}}, {{2.0, 1.0}, {1.0, 2.0}}}, means, "covariances");
  EXPECT_LT((covariances[1].matrix() - Eigen::Matrix2d{{2.0, 1.0}, {1.0, 2.0}}).norm(), 1e-15);
  EXPECT_LT((given_variances({{1.0, 2.0}, {3.0, 4.0}}, means)[1].variances() - Eigen::Vector2d(3.0, 4.0)).norm(),
            1e-15);
}

TEST(GivenMixture, WhoseParametersDoNotFitIsRefused) {
  expect_refused([] { given_means({}); }, "at least one mean");
  expect_refused([] { given_means({{1.0, 2.0}, {3.0}}); }, "the means of component 2 have 1 numbers");
  expect_refused([] { given_weights({1.0}, 2); }, "there are 1 weights, but 2 means");
  expect_refused([] { given_weights({1.0, 0.0}, 2); }, "greater than 0");
  expect_refused([] { given_covariances({{{1.0}}}, means, "scales"); }, "there are 1 scales, but 2 means");
  expect_refused(
      [] {
        given_covariances({{{1.0, 0.0}}, {{1.0, 0.0}}}, means, "scales");
      },
      "the scales of component 1 have 1 rows");
  const Rows unit = {{1.0, 0.0}, {0.0, 1.0}};
  expect_refused(
      [&] {
        given_covariances({unit, {{1.0, 0.5}, {0.4, 1.0}}}, means, "covariances");
      },
      "the covariances of component 2 are not symmetric and positive definite");
  expect_refused(
      [&] {
        given_covariances({unit, {{1.0, 2.0}, {2.0, 1.0}}}, means, "covariances");
      },
      "positive definite");
  expect_refused([] { given_variances({{1.0, 1.0}, {1.0, 0.0}}, means); }, "variances of component 2");
}

}  // namespace
}  // namespace gmmvi::target

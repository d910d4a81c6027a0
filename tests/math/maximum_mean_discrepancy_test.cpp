#include "math/maximum_mean_discrepancy.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "support/golden.hpp"

namespace gmmvi::math {
namespace {

Eigen::MatrixXd normal(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  Eigen::MatrixXd values(rows, cols);
  core::Stream(seed, core::Purpose::metrics).normal({values.data(), static_cast<std::size_t>(values.size())});
  return values;
}

TEST(MaximumMeanDiscrepancy, IsTheReferencesOne) {
  const nlohmann::json golden = test::golden("mmd");
  ASSERT_EQ(golden.at("cases").size(), 2u);
  for (const nlohmann::json& each : golden.at("cases")) {
    const nlohmann::json& inputs = each.at("inputs");
    const MaximumMeanDiscrepancy discrepancy(test::matrix_of_columns(inputs.at("groundtruth")), inputs.at("alpha"));
    EXPECT_NEAR(discrepancy(test::matrix_of_columns(inputs.at("sample"))), each.at("expected").at("mmd").get<double>(),
                golden.at("tolerance").get<double>());
  }
}

TEST(MaximumMeanDiscrepancy, OfTheGroundTruthIsZero) {
  const Eigen::MatrixXd truth = normal(3, 700, 1).array() + 50.0;
  EXPECT_NEAR(MaximumMeanDiscrepancy(truth, 1.0)(truth), 0.0, 1e-12);
}

TEST(MaximumMeanDiscrepancy, DoesNotFeelTheUnitsOfACoordinate) {
  const Eigen::MatrixXd truth = normal(2, 300, 1), samples = normal(2, 200, 2).array() + 0.3;
  const Eigen::VectorXd units{{1e-6, 1e4}};
  EXPECT_NEAR(MaximumMeanDiscrepancy(truth, 2.0)(samples),
              MaximumMeanDiscrepancy(units.asDiagonal() * truth, 2.0)(units.asDiagonal() * samples), 1e-12);
}

TEST(MaximumMeanDiscrepancy, GrowsWithADifference) {
  const MaximumMeanDiscrepancy discrepancy(normal(2, 1500, 1), 1.0);
  const Eigen::MatrixXd samples = normal(2, 1500, 2);
  const double same = discrepancy(samples), near = discrepancy(samples.array() + 0.3),
               far = discrepancy(samples.array() + 3.0);
  EXPECT_LT(same, 0.003);
  EXPECT_GT(near, 3.0 * same);
  EXPECT_GT(far, 10.0 * near);
}

}  // namespace
}  // namespace gmmvi::math

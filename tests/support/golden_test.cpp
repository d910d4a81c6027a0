#include "support/golden.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace gmmvi::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Golden, ReadsRowsOfSamplesAsColumns) {
  const auto rows = nlohmann::json::parse("[[1, 2, 3], [4, 5, 6]]");
  const Eigen::MatrixXd columns = matrix_of_columns(rows);
  ASSERT_EQ(columns.rows(), 3);
  EXPECT_EQ(columns(2, 0), 3);
  EXPECT_EQ(columns(0, 1), 4);
  EXPECT_EQ(matrix(rows), columns.transpose());
}

TEST(Golden, ReadsNullAsAbsent) {
  EXPECT_EQ(vector(nlohmann::json::parse("[1, null]"), -infinity), Eigen::Vector2d(1, -infinity));
  const Eigen::MatrixXd columns = matrix_of_columns(nlohmann::json::parse("[null, [1, 2]]"));
  EXPECT_TRUE(columns.col(0).array().isNaN().all());
  EXPECT_EQ(columns.col(1), Eigen::Vector2d(1, 2));
}

TEST(Golden, SaysWhichFileIsMissing) {
  EXPECT_THROW(golden("absent"), std::runtime_error);
}

TEST(ExpectNearRelative, AllowsTheToleranceAndNoMore) {
  expect_near_relative(1000.0009, 1000.0, 1e-6);
  expect_near_relative(0.9e-6, 0.0, 1e-6);
  expect_near_relative(-infinity, -infinity, 1e-6);
  EXPECT_NONFATAL_FAILURE(expect_near_relative(1000.002, 1000.0, 1e-6), "instead of 1000");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(2e-6, 0.0, 1e-6), "off by 2e-06");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(1.0, infinity, 1e-6), "inf");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(infinity, 1.0, 1e-6), "inf");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(nan, nan, 1e-6), "nan");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(nan, 1.0, 1e-6), "nan");
}

TEST(ExpectNearRelative, ComparesEveryEntryAndTheShape) {
  const Eigen::Vector3d values(1, 2, 3);
  expect_near_relative(values, Eigen::Vector3d(1, 2, 3), 0.0);
  EXPECT_NONFATAL_FAILURE(expect_near_relative(values, Eigen::Vector3d(1, 2.5, 4), 0.1), "2 of 3 entries differ");
  EXPECT_NONFATAL_FAILURE(expect_near_relative(values, Eigen::Vector2d(1, 2), 0.1), "3 x 1 matrix instead of 2 x 1");
}

}  // namespace
}  // namespace gmmvi::test

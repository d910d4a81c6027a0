#include "math/triangular.hpp"

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

class Triangles : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::MatrixXd lower(std::uint64_t seed) const {
    Eigen::MatrixXd matrix = test::normal_matrix(GetParam(), GetParam(), seed);
    matrix.triangularView<Eigen::StrictlyUpper>().setZero();
    matrix.diagonal().array() += 3.0 * std::sqrt(static_cast<double>(GetParam()));
    return matrix;
  }
};

TEST_P(Triangles, SolvingUndoesTheProduct) {
  const Eigen::MatrixXd t = lower(1), x = lower(2);
  Eigen::MatrixXd b = t * x;
  math::solve_lower_in_place(t, b);
  EXPECT_LT(test::largest_error(b, x), 1e-12);
  EXPECT_TRUE(b.isLowerTriangular(0.0));
}

TEST_P(Triangles, WhatStandsAboveTheDiagonalOfTheMatrixIsNotRead) {
  Eigen::MatrixXd t = lower(1), expected = lower(2), b = expected;
  math::solve_lower_in_place(t, expected);
  t.triangularView<Eigen::StrictlyUpper>().setConstant(std::numeric_limits<double>::quiet_NaN());
  math::solve_lower_in_place(t, b);
  EXPECT_TRUE(test::same_bits(b, expected));
}

// Below, at, and beyond what is solved at once, odd halves included.
INSTANTIATE_TEST_SUITE_P(Dimensions, Triangles, testing::Values(1, 2, 23, 24, 25, 49, 97, 150));

}  // namespace
}  // namespace gmmvi

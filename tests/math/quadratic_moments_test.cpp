#include "math/quadratic_moments.hpp"

#include <tuple>

#include <gtest/gtest.h>

#include "gmmvi/regression.hpp"

#include "math/situations.hpp"

namespace gmmvi::math {
namespace {

class QuadraticMoments : public testing::TestWithParam<std::tuple<Eigen::Index, Eigen::Index>> {};

TEST_P(QuadraticMoments, AreTheProductOfTheFeatures) {
  const auto [d, n] = GetParam();
  const Eigen::MatrixXd samples = test::normal_matrix(d, n, 1);
  const Eigen::VectorXd weights = test::normal_vector(n, 2).array().exp();
  const Eigen::MatrixXd features = feature_matrix(Features::quadratic, samples);
  const Eigen::MatrixXd product = features * weights.asDiagonal() * features.transpose();
  const Eigen::MatrixXd expected = product.triangularView<Eigen::Lower>();
  EXPECT_LT(test::largest_error(quadratic_moments(samples, weights), expected), 1e-13 * expected.cwiseAbs().maxCoeff());
}

// Around a product's four coordinates, and around a block's samples.
INSTANTIATE_TEST_SUITE_P(Sizes, QuadraticMoments,
                         testing::Combine(testing::Values(1, 2, 3, 4, 5, 8, 11),
                                          testing::Values(1, 255, 256, 257, 600)));

TEST(QuadraticMomentsOperations, AreAThirdOfThoseOfTheProductInManyDimensions) {
  const auto of_product = [](Eigen::Index d) {
    const auto features = static_cast<double>(feature_count(Features::quadratic, d));
    return 0.5 * features * features;
  };
  EXPECT_LT(quadratic_moments_operations(30), 0.5 * of_product(30));
  EXPECT_NEAR(quadratic_moments_operations(300) / of_product(300), 1.0 / 3.0, 0.02);
}

}  // namespace
}  // namespace gmmvi::math

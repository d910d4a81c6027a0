#include "gmmvi/regression.hpp"

#include <cmath>
#include <limits>

#include <Eigen/QR>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

constexpr Features all_features[] = {Features::linear, Features::squares, Features::quadratic};

// The ridge regression by a QR decomposition of all features at once, the ridge as rows more.
Eigen::VectorXd by_qr(Features features, const Eigen::MatrixXd& samples, const Eigen::VectorXd& values,
                      const Eigen::VectorXd& weights, double ridge) {
  const Eigen::MatrixXd phi = feature_matrix(features, samples);
  const Eigen::Index f = phi.rows(), n = phi.cols();
  Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(n + f - 1, f);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(n + f - 1);
  rows.topRows(n) = weights.cwiseSqrt().asDiagonal() * phi.transpose();
  rows.bottomRows(f - 1).diagonal().setConstant(std::sqrt(ridge));
  right.head(n) = weights.cwiseSqrt().cwiseProduct(values);
  return rows.colPivHouseholderQr().solve(right);
}

TEST(FeatureMatrix, HasTheFeaturesInTheirOrder) {
  const Eigen::Vector3d x(2.0, 3.0, 5.0);
  Eigen::VectorXd quadratic(10), squares(7), linear(4);
  quadratic << 4, 6, 10, 9, 15, 25, 2, 3, 5, 1;
  squares << 4, 9, 25, 2, 3, 5, 1;
  linear << 2, 3, 5, 1;
  EXPECT_EQ(feature_matrix(Features::quadratic, x), quadratic);
  EXPECT_EQ(feature_matrix(Features::squares, x), squares);
  EXPECT_EQ(feature_matrix(Features::linear, x), linear);
}

TEST(FeatureCount, IsThatOfTheMatrix) {
  for (const Features features : all_features)
    for (const Eigen::Index d : {1, 2, 7})
      EXPECT_EQ(feature_count(features, d), feature_matrix(features, Eigen::MatrixXd::Ones(d, 1)).rows());
  EXPECT_EQ(feature_count(Features::quadratic, 300), 45451);
}

class RegressionOn : public testing::TestWithParam<std::tuple<Features, Eigen::Index>> {
 protected:
  const Features features = std::get<0>(GetParam());
  const Eigen::Index d = 3, n = std::get<1>(GetParam());
  const Eigen::MatrixXd samples = test::normal_matrix(d, n, 1);
  const Eigen::VectorXd values = 10.0 * test::normal_vector(n, 2).array() + 50.0;
  const Eigen::VectorXd weights = test::normal_vector(n, 3).array().exp();
  const double ridge = 0.01;
};

TEST_P(RegressionOn, IsThatOfAQrDecomposition) {
  const auto fit = Regression::fit(features, {samples, values, weights, ridge});
  EXPECT_LT(test::largest_error(fit.coefficients(), by_qr(features, samples, values, weights, ridge)), 1e-10);
  const auto unweighted = Regression::fit(features, {.samples = samples, .values = values, .ridge = ridge});
  EXPECT_LT(
      test::largest_error(unweighted.coefficients(), by_qr(features, samples, values, Eigen::VectorXd::Ones(n), ridge)),
      1e-10);
}

TEST_P(RegressionOn, PredictsWithItsCoefficients) {
  const auto fit = Regression::fit(features, {samples, values, weights, ridge});
  EXPECT_LT(
      test::largest_error(fit.predict(samples), feature_matrix(features, samples).transpose() * fit.coefficients()),
      1e-13);
}

TEST_P(RegressionOn, AWeightOfTwoIsTheSampleTwice) {
  Eigen::MatrixXd twice(d, 2 * n);
  twice << samples, samples;
  const Eigen::VectorXd values_twice = values.replicate(2, 1);
  const auto weighted = Regression::fit(features, {samples, values, Eigen::VectorXd::Constant(n, 2.0), ridge});
  const auto doubled = Regression::fit(features, {.samples = twice, .values = values_twice, .ridge = ridge});
  EXPECT_LT(test::largest_error(weighted.coefficients(), doubled.coefficients()), 1e-10);
}

TEST_P(RegressionOn, AnInfiniteRidgeLeavesTheMean) {
  const auto fit = Regression::fit(features, {samples, values, weights, 1e15});
  EXPECT_LT(fit.coefficients().head(fit.coefficients().size() - 1).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_NEAR(fit.constant(), weights.dot(values) / weights.sum(), 1e-9);
}

// On both sides of the block's size, and fewer samples than features.
INSTANTIATE_TEST_SUITE_P(Samples, RegressionOn,
                         testing::Combine(testing::ValuesIn(all_features),
                                          testing::Values(1, 5, 40, 255, 256, 257, 700)));

template <class Covariance>
Covariance some_covariance(Eigen::Index d);
template <>
FullCovariance some_covariance(Eigen::Index d) {
  return test::covariance_with_condition(d, 100.0, 7);
}
template <>
DiagonalCovariance some_covariance(Eigen::Index d) {
  return DiagonalCovariance::from_variances(test::normal_vector(d, 8).array().exp());
}

template <class Covariance>
class Surrogate : public testing::Test {
 protected:
  Gaussian<Covariance> whitening(Eigen::Index d) const {
    return {10.0 * test::normal_vector(d, 1), some_covariance<Covariance>(d)};
  }
};
using Shapes = testing::Types<FullCovariance, DiagonalCovariance>;
TYPED_TEST_SUITE(Surrogate, Shapes);

Eigen::VectorXd times(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& x) {
  return matrix * x;
}
Eigen::VectorXd times(const Eigen::VectorXd& diagonal, const Eigen::VectorXd& x) {
  return diagonal.cwiseProduct(x);
}

// −½ xᵀAx + xᵀa + a₀
template <class Symmetric>
Eigen::VectorXd values_of(const Symmetric& hessian, const Eigen::VectorXd& linear, double constant,
                          const Eigen::MatrixXd& samples) {
  Eigen::VectorXd values(samples.cols());
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const Eigen::VectorXd x = samples.col(n);
    values[n] = -0.5 * x.dot(times(hessian, x)) + x.dot(linear) + constant;
  }
  return values;
}

Eigen::MatrixXd samples_of(const auto& gaussian, Eigen::Index count) {
  const Eigen::VectorXd scale = gaussian.covariance().variances().cwiseSqrt();
  return (scale.asDiagonal() * test::normal_matrix(gaussian.dimension(), count, 5)).colwise() + gaussian.mean();
}

TYPED_TEST(Surrogate, FindsAQuadraticFunctionOfItsShape) {
  for (const Eigen::Index d : {1, 2, 6}) {
    const auto gaussian = this->whitening(d);
    const auto hessian = some_covariance<TypeParam>(d).matrix();
    const Eigen::VectorXd linear = test::normal_vector(d, 3);
    const Eigen::MatrixXd samples = samples_of(gaussian, 200);
    const Eigen::VectorXd values = values_of(hessian, linear, -7.0, samples);
    const auto fit = QuadraticSurrogate<TypeParam>::fit(gaussian, {.samples = samples, .values = values});
    EXPECT_LT(test::largest_error(fit.negated_hessian(), hessian), 1e-8);
    EXPECT_LT(test::largest_error(fit.whitened_negated_hessian(), gaussian.covariance().whiten_hessian(hessian)), 1e-8);
    EXPECT_LT(test::largest_error(fit.linear(), linear), 1e-7);
    EXPECT_LT(test::largest_error(fit.gradient_at_mean(), linear - times(hessian, gaussian.mean())), 1e-8);
    EXPECT_LT(test::largest_error(fit.whitened_gradient_at_mean(),
                                  gaussian.covariance().whiten_gradient(fit.gradient_at_mean())),
              1e-12);
    EXPECT_NEAR(fit.constant(), -7.0, 1e-6);
    EXPECT_LT(test::largest_error(fit.predict(samples), values), 1e-9);
  }
}

TYPED_TEST(Surrogate, IsTheFunctionThatItPredictsWith) {
  const auto gaussian = this->whitening(4);
  const Eigen::MatrixXd samples = samples_of(gaussian, 60);
  const auto fit = QuadraticSurrogate<TypeParam>::fit(
      gaussian, {samples, test::normal_vector(60, 4), test::normal_vector(60, 5).array().exp(), 0.1});
  EXPECT_LT(test::largest_error(fit.predict(samples),
                                values_of(fit.negated_hessian(), fit.linear(), fit.constant(), samples)),
            1e-10);
}

TYPED_TEST(Surrogate, WithoutARidgeTheWhiteningDoesNotMatter) {
  const auto gaussian = this->whitening(3);
  const Gaussian<TypeParam> plain(Eigen::VectorXd::Zero(3), TypeParam::from_variances(Eigen::VectorXd::Ones(3)));
  const Eigen::MatrixXd samples = samples_of(gaussian, 60);
  const Eigen::VectorXd values = test::normal_vector(60, 4);
  const auto whitened = QuadraticSurrogate<TypeParam>::fit(gaussian, {.samples = samples, .values = values});
  const auto unwhitened = QuadraticSurrogate<TypeParam>::fit(plain, {.samples = samples, .values = values});
  EXPECT_LT(test::largest_error(whitened.predict(samples), unwhitened.predict(samples)), 1e-8);
}

TEST(Regression, WithFewerSamplesThanFeaturesAndASmallRidgeGoesThroughTheValues) {
  const Eigen::MatrixXd samples = test::normal_matrix(6, 20, 1);  // 28 features
  const Eigen::VectorXd values = test::normal_vector(20, 2);
  const auto fit = Regression::fit(Features::quadratic, {.samples = samples, .values = values, .ridge = 1e-10});
  EXPECT_LT(test::largest_error(fit.predict(samples), values), 1e-6);
  EXPECT_LT(fit.reciprocal_condition(), 1e-9);
}

TEST(Regression, ReportsItsCondition) {
  const Eigen::VectorXd values = test::normal_vector(100, 2);
  Eigen::MatrixXd samples = test::normal_matrix(2, 100, 1);
  const auto well = Regression::fit(Features::linear, {.samples = samples, .values = values});
  EXPECT_GT(well.reciprocal_condition(), 0.1);
  samples.row(1) = samples.row(0) + 1e-7 * samples.row(1);
  const auto badly = Regression::fit(Features::linear, {.samples = samples, .values = values});
  EXPECT_LT(badly.reciprocal_condition(), 1e-12);
  samples.row(1).setZero();
  const auto singular = Regression::fit(Features::linear, {.samples = samples, .values = values});
  EXPECT_EQ(singular.reciprocal_condition(), 0.0);
  EXPECT_EQ(singular.first_order()[1], 0.0);
}

TEST(Regression, FeaturesOfDifferentScaleDoNoHarm) {
  Eigen::MatrixXd samples = test::normal_matrix(2, 300, 1);
  samples.row(1) *= 1e8;
  const Eigen::VectorXd values = (2.0 * samples.row(0) - 3e-8 * samples.row(1)).transpose().array() + 4.0;
  const auto fit = Regression::fit(Features::linear, {.samples = samples, .values = values});
  EXPECT_NEAR(fit.first_order()[0], 2.0, 1e-12);
  EXPECT_NEAR(fit.first_order()[1], -3e-8, 1e-20);
  EXPECT_GT(fit.reciprocal_condition(), 0.1);
}

TEST(Regression, AConstantFarFromZeroDoesNoHarm) {
  const Eigen::MatrixXd samples = test::normal_matrix(2, 300, 1);
  const Eigen::VectorXd values = samples.row(0).transpose().array() - 1e9;
  const auto fit = Regression::fit(Features::linear, {.samples = samples, .values = values});
  EXPECT_NEAR(fit.first_order()[0], 1.0, 1e-8);
  EXPECT_NEAR(fit.constant(), -1e9, 1e-6);
}

TEST(Regression, WithoutAnyWeightIsZero) {
  const auto fit = Regression::fit(
      Features::quadratic, {test::normal_matrix(2, 9, 1), test::normal_vector(9, 2), Eigen::VectorXd::Zero(9), 1e-6});
  EXPECT_TRUE(fit.coefficients().isZero(0.0));
}

TEST(Regression, NumbersThatAreNotFiniteShowInTheCoefficients) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Eigen::VectorXd values = test::normal_vector(30, 2);
    values[29] = bad;
    const Eigen::MatrixXd samples = test::normal_matrix(2, 30, 1);
    const auto fit = Regression::fit(Features::quadratic, {.samples = samples, .values = values, .ridge = 1e-6});
    EXPECT_FALSE(fit.coefficients().allFinite());
  }
}

}  // namespace
}  // namespace gmmvi

#include "strategy/gradient_slopes.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include <Eigen/QR>
#include <gtest/gtest.h>

#include "math/situations.hpp"
#include "strategy/plain_coordinates.hpp"

namespace gmmvi::strategy {
namespace {

constexpr Eigen::Index d = 5;

/// Gradients that are not linear, at weighted samples.
struct Samples {
  explicit Samples(Eigen::Index count)
      : whitened(test::normal_matrix(d, count, 1)),
        gradients(test::normal_matrix(d, d, 2) * whitened + 0.5 * whitened.array().square().matrix() +
                  test::normal_matrix(d, count, 3)),
        weights(test::normal_vector(count, 4).array().square() + 0.01) {
    gradients.colwise() += test::normal_vector(d, 5);
    weights /= weights.sum();
  }
  Eigen::MatrixXd whitened, gradients;
  Eigen::VectorXd weights;
};

template <class Covariance>
NaturalGradient<Covariance> of(const Eigen::MatrixXd& samples, const Eigen::MatrixXd& gradients,
                               const Eigen::VectorXd& weights) {
  GradientSlopes<Covariance> slopes(samples.rows());
  slopes.add(samples, gradients, weights);
  return slopes.natural_gradient();
}

/// Slopes and value at 0 of the least squares with the ridge as further equations, where the value has none: [F + 1 x
/// m].
Eigen::MatrixXd least_squares(const Eigen::MatrixXd& samples, const Eigen::MatrixXd& gradients,
                              const Eigen::VectorXd& weights, double ridge) {
  const Eigen::Index f = samples.rows(), n = samples.cols();
  Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(n + f, f + 1), right(n + f, gradients.rows());
  right.setZero();
  const Eigen::VectorXd roots = weights.cwiseSqrt();
  equations.topLeftCorner(n, f) = roots.asDiagonal() * samples.transpose();
  equations.col(f).head(n) = roots;
  equations.bottomLeftCorner(f, f) = std::sqrt(ridge) * Eigen::MatrixXd::Identity(f, f);
  right.topRows(n) = roots.asDiagonal() * gradients.transpose();
  return equations.colPivHouseholderQr().solve(right);
}

TEST(GradientSlopes, AreThoseOfARidgeRegression) {
  for (const Eigen::Index count : {3, 8, 60}) {
    const Samples each(count);
    const double ridge = d * each.weights.squaredNorm();
    const Eigen::MatrixXd found =
        (1.0 + ridge) * least_squares(each.whitened, each.gradients, each.weights, ridge).topRows(d);
    const Eigen::VectorXd at_mean = each.gradients * each.weights - found.transpose() * (each.whitened * each.weights);
    const auto estimate = of<FullCovariance>(each.whitened, each.gradients, each.weights);
    EXPECT_LE(test::largest_error(estimate.whitened_gradient, -at_mean), 1e-11);
    EXPECT_LE(test::largest_error(estimate.whitened_hessian, -0.5 * (found + found.transpose())), 1e-11);
  }
}

TEST(GradientSlopes, OfADiagonalAreOfEveryCoordinateByItself) {
  const Samples each(12);
  const double ridge = each.weights.squaredNorm();
  const auto estimate = of<DiagonalCovariance>(each.whitened, each.gradients, each.weights);
  for (Eigen::Index i = 0; i < d; ++i) {
    const double slope =
        (1.0 + ridge) * least_squares(each.whitened.row(i), each.gradients.row(i), each.weights, ridge)(0, 0);
    EXPECT_NEAR(estimate.whitened_hessian[i], -slope, 1e-12);
    EXPECT_NEAR(estimate.whitened_gradient[i],
                slope * each.whitened.row(i).dot(each.weights) - each.gradients.row(i).dot(each.weights), 1e-12);
  }
}

/// ±√D e_i, which have mean 0 and covariance I.
Eigen::MatrixXd balanced() {
  Eigen::MatrixXd samples(d, 2 * d);
  samples << std::sqrt(d) * Eigen::MatrixXd::Identity(d, d), -std::sqrt(d) * Eigen::MatrixXd::Identity(d, d);
  return samples;
}

TEST(GradientSlopes, AreSteinsWhereSamplesAreBalanced) {
  const Eigen::MatrixXd samples = balanced(), gradients = test::normal_matrix(d, 2 * d, 7);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(2 * d, 0.5 / d);
  const Eigen::MatrixXd products = samples * weights.asDiagonal() * gradients.transpose();
  const auto full = of<FullCovariance>(samples, gradients, weights);
  EXPECT_LE(test::largest_error(full.whitened_gradient, -gradients * weights), 1e-14);
  EXPECT_LE(test::largest_error(full.whitened_hessian, -0.5 * (products + products.transpose())), 1e-14);
  const auto diagonal = of<DiagonalCovariance>(samples, gradients, weights);
  EXPECT_LE(test::largest_error(diagonal.whitened_hessian, -products.diagonal()), 1e-14);
}

// Of a Gaussian target: the error falls as that of the ridge does, 1/N, where Stein's falls as 1/√N.
TEST(GradientSlopes, AreNearlyExactWhereGradientsAreLinear) {
  const Eigen::MatrixXd precision = test::symmetric_with_eigenvalues(Eigen::VectorXd::LinSpaced(d, 0.5, 4.0), 8);
  const Eigen::VectorXd mean = test::normal_vector(d, 9);
  const auto error = [&](Eigen::Index count) {
    const Eigen::MatrixXd samples = test::normal_matrix(d, count, 10);
    const Eigen::MatrixXd gradients = -precision * (samples.colwise() - mean);
    const auto found = of<FullCovariance>(samples, gradients, Eigen::VectorXd::Constant(count, 1.0 / count));
    return std::max((found.whitened_hessian - precision).norm(), (found.whitened_gradient + precision * mean).norm());
  };
  EXPECT_LT(error(1000), 0.01);
  EXPECT_LT(error(100000), 0.0003);
  EXPECT_LT(error(40), 1.0) << "half of what the Hessian is";
}

TEST(GradientSlopes, AreSummedUpInAnyParts) {
  const Samples each(60);
  const auto whole = of<FullCovariance>(each.whitened, each.gradients, each.weights);
  GradientSlopes<FullCovariance> parts(d);
  for (const auto& [first, count] : {std::pair{0, 1}, {1, 32}, {33, 27}})
    parts.add(each.whitened.middleCols(first, count), each.gradients.middleCols(first, count),
              each.weights.segment(first, count));
  const auto sum = parts.natural_gradient();
  EXPECT_LE(test::largest_error(sum.whitened_gradient, whole.whitened_gradient), 1e-13);
  EXPECT_LE(test::largest_error(sum.whitened_hessian, whole.whitened_hessian), 1e-13);
}

// Weights that are not normalised estimate expectations, too, and these are linear in them.
TEST(GradientSlopes, AreInProportionToWhatWeightsAddUpTo) {
  const Samples each(20);
  const auto one = of<FullCovariance>(each.whitened, each.gradients, each.weights);
  const auto three = of<FullCovariance>(each.whitened, each.gradients, 3.0 * each.weights);
  EXPECT_LE(test::largest_error(three.whitened_gradient, 3.0 * one.whitened_gradient), 1e-13);
  EXPECT_LE(test::largest_error(three.whitened_hessian, 3.0 * one.whitened_hessian), 1e-13);
  const auto none = of<FullCovariance>(each.whitened, each.gradients, 0.0 * each.weights);
  EXPECT_EQ(none.whitened_gradient, Eigen::VectorXd::Zero(d));
  EXPECT_EQ(none.whitened_hessian, Eigen::MatrixXd::Zero(d, d));
}

// The estimator hands over what is inside the support, in the component's coordinates.
TEST(GradientSlopes, AreWhatSteinTakesIfAsked) {
  const auto gaussian = test::random_gaussian(d, 11, 50.0);
  const Samples each(40);
  Eigen::MatrixXd samples(d, 40);
  for (Eigen::Index n = 0; n < 40; ++n)
    samples.col(n) = gaussian->mean() + gaussian->covariance().color(each.whitened.col(n));
  std::vector<Eigen::Index> inside(40), positions(40);
  std::iota(positions.begin(), positions.end(), 0);
  std::iota(inside.begin(), inside.end(), 0);
  inside.erase(inside.begin() + 7);
  const Eigen::VectorXd log_weights = each.weights.array().log(), log_ratios = Eigen::VectorXd::Zero(40);
  const auto estimator = NaturalGradientEstimator<FullCovariance>::make(SteinOptions{.regression = true});
  const auto found =
      estimator->estimate(*gaussian, {samples, log_ratios, each.gradients, inside}, log_weights, positions, 0.0);
  const Eigen::VectorXd weights = each.weights(inside) / each.weights(inside).sum();
  Eigen::MatrixXd gradients(d, 39);
  for (Eigen::Index n = 0; n < 39; ++n)
    gradients.col(n) = gaussian->covariance().whiten_gradient(each.gradients.col(inside[static_cast<std::size_t>(n)]));
  const auto expected = of<FullCovariance>(each.whitened(Eigen::all, inside), gradients, weights);
  EXPECT_LE(test::largest_error(found.whitened_gradient, expected.whitened_gradient), 1e-11);
  EXPECT_LE(test::largest_error(found.whitened_hessian, expected.whitened_hessian), 1e-11);
}

}  // namespace
}  // namespace gmmvi::strategy

#include "math/contact.hpp"

#include <cmath>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::math {
namespace {

Gaussian<FullCovariance> full(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance) {
  return {mean, *FullCovariance::from_matrix(covariance)};
}

Gaussian<DiagonalCovariance> diagonal(const Eigen::VectorXd& mean, const Eigen::VectorXd& variances) {
  return {mean, DiagonalCovariance::from_variances(variances)};
}

TEST(Contact, IsHalfTheDistanceOfEqualGaussians) {
  for (const Eigen::Index d : {1, 3, 30}) {
    const Eigen::MatrixXd one = Eigen::MatrixXd::Identity(d, d);
    const Eigen::VectorXd away = 4.0 * Eigen::VectorXd::Unit(d, d - 1);
    EXPECT_NEAR(contact(full(away - away, one), full(away, one)), 2.0, 1e-12);
    EXPECT_NEAR(contact(diagonal(away - away, one.diagonal()), diagonal(away, one.diagonal())), 2.0, 1e-12);
  }
}

TEST(Contact, IsZeroForOneMeanWhateverTheCovariances) {
  const Eigen::VectorXd mean = test::normal_vector(4, 1);
  const Gaussian<FullCovariance> wide(mean, test::covariance_with_condition(4, 100.0, 2)),
      narrow(mean, test::covariance_with_condition(4, 10.0, 3));
  EXPECT_EQ(contact(wide, narrow), 0.0);
}

TEST(Contact, OfIntervalsIsTheirDistanceOverBothWidths) {
  EXPECT_NEAR(contact(diagonal(Eigen::VectorXd::Constant(1, -1.0), Eigen::VectorXd::Constant(1, 0.25)),
                      diagonal(Eigen::VectorXd::Constant(1, 4.0), Eigen::VectorXd::Constant(1, 4.0))),
              5.0 / 2.5, 1e-12);
}

TEST(Contact, OfTwoNeedlesThatFormAnLIsWhereTheyTouch) {
  // The straight way between the means leaves both at once.
  const auto lying = diagonal(Eigen::Vector2d(0.0, 0.0), Eigen::Vector2d(1.0, 1e-6)),
             standing = diagonal(Eigen::Vector2d(1.5, 1.5), Eigen::Vector2d(1e-6, 1.0));
  EXPECT_NEAR(contact(lying, standing), 1.5, 5e-3);
}

TEST(Contact, EllipsoidsOfThatRadiusTouchInOnePoint) {
  // The point (A⁻¹/λ + …) of the maximum is on both.
  const auto a = test::random_gaussian(5, 1), b = test::random_gaussian(5, 2);
  const double r = contact(*a, *b);
  double least = 1e9;  // over points of the ridge line, of the larger of both distances
  const Eigen::MatrixXd pa = a->covariance().matrix().inverse(), pb = b->covariance().matrix().inverse();
  for (double t = 1e-4; t < 1.0; t += 1e-4) {
    const Eigen::MatrixXd p = (1.0 - t) * pa + t * pb;
    const Eigen::VectorXd x = p.ldlt().solve((1.0 - t) * pa * a->mean() + t * pb * b->mean());
    least = std::min(least, std::max(a->whiten(x).norm(), b->whiten(x).norm()));
  }
  EXPECT_NEAR(r, least, 1e-3 * least);
  EXPECT_LE(r, least * (1.0 + 1e-12));
}

TEST(Contact, IsTheSameInOtherLinearCoordinatesAndFromTheOtherSide) {
  const auto a = test::random_gaussian(4, 1), b = test::random_gaussian(4, 2);
  const Eigen::MatrixXd map = test::normal_matrix(4, 4, 3);
  const auto mapped = [&](const Gaussian<FullCovariance>& g) {
    return full(map * g.mean(), map * g.covariance().matrix() * map.transpose());
  };
  EXPECT_NEAR(contact(*a, *b), contact(*b, *a), 1e-9);
  EXPECT_NEAR(contact(*a, *b), contact(mapped(*a), mapped(*b)), 1e-9);
}

TEST(Contact, OfDiagonalCovariancesIsThatOfTheSameFullOnes) {
  const auto a = diagonal(test::normal_vector(6, 1), test::normal_vector(6, 2).array().square() + 0.01),
             b = diagonal(test::normal_vector(6, 3), test::normal_vector(6, 4).array().square() + 0.01);
  EXPECT_NEAR(contact(a, b), contact(test::as_full(a), test::as_full(b)), 1e-9);
}

TEST(Contact, IsNotBelowWhatIsEnoughWhereItIsMore) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto a = test::random_gaussian(3, 2 * seed), b = test::random_gaussian(3, 2 * seed + 1);
    const double r = contact(*a, *b);
    EXPECT_EQ(contact(*a, *b, 1.01 * r), r);
    EXPECT_GE(contact(*a, *b, 0.5 * r), 0.5 * r);
    EXPECT_LE(contact(*a, *b, 0.5 * r), r * (1.0 + 1e-12));
  }
}

}  // namespace
}  // namespace gmmvi::math

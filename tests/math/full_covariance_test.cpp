#include "gmmvi/full_covariance.hpp"

#include <limits>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

TEST(FullCovarianceMaking, TakesOnlyFactorsWithAPositiveDiagonal) {
  const Eigen::Matrix2d good{{1.0, 0.0}, {0.5, 2.0}};
  EXPECT_TRUE(FullCovariance::from_cholesky(good));
  for (const double bad :
       {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (Eigen::Index i = 0; i < 2; ++i) {
      Eigen::Matrix2d cholesky = good;
      cholesky(i, i) = bad;
      EXPECT_FALSE(FullCovariance::from_cholesky(cholesky)) << bad << " at " << i;
    }
}

TEST(FullCovarianceMaking, RefusesAFactorWhoseInverseIsNotFinite) {
  EXPECT_FALSE(FullCovariance::from_cholesky(Eigen::Matrix2d{{1e-200, 0.0}, {1e200, 1e-200}}));
}

TEST(FullCovarianceMaking, RefusesWhatIsNotPositiveDefinite) {
  EXPECT_FALSE(FullCovariance::from_matrix(Eigen::Matrix2d{{1.0, 2.0}, {2.0, 1.0}}));
  EXPECT_FALSE(FullCovariance::from_matrix(Eigen::Matrix2d::Zero()));
  EXPECT_FALSE(FullCovariance::from_matrix(Eigen::Matrix2d::Constant(std::numeric_limits<double>::quiet_NaN())));
}

TEST(FullCovarianceMaking, FromVariancesIsTheDiagonalMatrix) {
  const Eigen::Vector3d variances(4.0, 0.25, 9.0);
  const FullCovariance covariance = FullCovariance::from_variances(variances);
  EXPECT_LT(test::largest_error(covariance.matrix(), Eigen::MatrixXd(variances.asDiagonal())), 1e-15);
  EXPECT_NEAR(covariance.log_determinant(), std::log(9.0), 1e-15);
}

class FullCovariances : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::Index dimension() const { return GetParam(); }
  FullCovariance covariance() const { return test::covariance_with_condition(dimension(), 100.0, 1); }
  Eigen::MatrixXd cholesky() const { return covariance().cholesky(); }
  Eigen::VectorXd vector() const { return test::normal_vector(dimension(), 2); }
  Eigen::MatrixXd square() const { return test::normal_matrix(dimension(), dimension(), 3); }
  Eigen::MatrixXd symmetric() const { return square() + square().transpose(); }
  Block block(std::uint64_t seed) const { return test::normal_matrix(lanes, dimension(), seed).array(); }
};

TEST_P(FullCovariances, TheMatrixAndItsFactorBelongTogether) {
  const Eigen::MatrixXd sigma = covariance().matrix();
  EXPECT_LT(test::largest_error(cholesky() * cholesky().transpose(), sigma), 1e-13);
  for (Eigen::Index d = 0; d < dimension(); ++d) EXPECT_NEAR(covariance().variance(d), sigma(d, d), 1e-13) << d;
  EXPECT_LT(test::largest_error(covariance().variances(), sigma.diagonal()), 1e-13);
  EXPECT_LT(test::largest_error(FullCovariance::from_matrix(sigma)->cholesky(), cholesky()), 1e-12);
  EXPECT_NEAR(covariance().log_determinant(), std::log(sigma.determinant()), 1e-10);
  EXPECT_TRUE(cholesky().isLowerTriangular(0.0));
}

TEST_P(FullCovariances, ColoringUndoesWhitening) {
  const Block x = block(4);
  Block whitened(lanes, dimension()), back(lanes, dimension());
  covariance().whiten(x, whitened);
  covariance().color(whitened, back);
  EXPECT_LT(test::largest_error(whitened.matrix() * cholesky().transpose(), x.matrix()), 1e-12);
  EXPECT_LT(test::largest_error(back.matrix(), x.matrix()), 1e-12);
}

TEST_P(FullCovariances, TransposedWhiteningOfTheResidualIsThePrecisionTimesIt) {
  const Block x = block(5);
  Block whitened(lanes, dimension()), out = Block::Zero(lanes, dimension());
  covariance().whiten(x, whitened);
  covariance().subtract_transposed_whitened(whitened, out);
  EXPECT_LT(test::largest_error(-out.matrix() * covariance().matrix(), x.matrix()), 1e-11);
}

TEST_P(FullCovariances, VectorsAndHessiansAreTransformedAsInDenseAlgebra) {
  EXPECT_LT(test::largest_error(covariance().times(vector()), covariance().matrix() * vector()), 1e-12);
  EXPECT_LT(test::largest_error(covariance().color(vector()), cholesky() * vector()), 1e-13);
  EXPECT_LT(test::largest_error(covariance().whiten_gradient(vector()), cholesky().transpose() * vector()), 1e-13);
  EXPECT_LT(
      test::largest_error(covariance().whiten_hessian(symmetric()), cholesky().transpose() * symmetric() * cholesky()),
      1e-11);
}

TEST_P(FullCovariances, SteinHessianIsTheSymmetricPartOfThePrecisionTimesTheSum) {
  const Eigen::MatrixXd product = covariance().matrix().inverse() * square();
  const Eigen::MatrixXd hessian = covariance().whitened_stein_hessian(square());
  EXPECT_LT(test::largest_error(covariance().unwhiten_hessian(hessian), -0.5 * (product + product.transpose())), 1e-11);
  EXPECT_TRUE(test::same_bits(hessian, hessian.transpose()));
}

TEST_P(FullCovariances, SteinHessianOfFewSamplesIsThatOfTheirSum) {
  for (const Eigen::Index samples : {0, 1, 3, 40}) {
    const Eigen::MatrixXd a = test::normal_matrix(dimension(), samples, 6),
                          b = test::normal_matrix(dimension(), samples, 7);
    const Eigen::MatrixXd hessian = covariance().whitened_stein_hessian(a, b);
    EXPECT_LT(test::largest_error(hessian, covariance().whitened_stein_hessian(a * b.transpose())), 1e-11) << samples;
    EXPECT_TRUE(test::same_bits(hessian, hessian.transpose()));
  }
}

TEST_P(FullCovariances, IdentityPlusIsThePolynomial) {
  const Eigen::MatrixXd m = symmetric(), identity = Eigen::MatrixXd::Identity(dimension(), dimension());
  EXPECT_LT(test::largest_error(FullCovariance::identity_plus(0.3, m), identity + 0.3 * m), 1e-14);
  EXPECT_LT(test::largest_error(FullCovariance::identity_plus(0.3, m, 0.7), identity + 0.3 * m + 0.7 * m * m), 1e-12);
}

TEST_P(FullCovariances, OuterProductsAreAdded) {
  const Eigen::MatrixXd a = test::normal_matrix(dimension(), 17, 6), b = test::normal_matrix(dimension(), 17, 7);
  Eigen::MatrixXd sum = square();
  FullCovariance::add_outer_products(a, b, sum);
  EXPECT_LT(test::largest_error(sum, square() + a * b.transpose()), 1e-13);
  EXPECT_TRUE(FullCovariance::zero(dimension()).isZero(0.0));
}

TEST_P(FullCovariances, WhitenedPrecisionGivesTheInverseOfThatPrecision) {
  const Eigen::VectorXd eigenvalues = vector().array().square() + 0.1;
  const Eigen::MatrixXd a = test::symmetric_with_eigenvalues(eigenvalues, 8);
  const auto moved = covariance().with_whitened_precision(a);
  ASSERT_TRUE(moved);
  EXPECT_LT(test::largest_error(moved->matrix(), cholesky() * a.inverse() * cholesky().transpose()), 1e-11);
  EXPECT_TRUE(Eigen::MatrixXd(moved->cholesky()).isLowerTriangular(0.0));
}

TEST_P(FullCovariances, AnIndefiniteWhitenedPrecisionIsRefused) {
  Eigen::VectorXd eigenvalues = Eigen::VectorXd::Constant(dimension(), 2.0);
  for (const double worst : {0.0, -1e-3, -5.0}) {
    eigenvalues[dimension() / 2] = worst;
    const Eigen::MatrixXd a =
        worst == 0.0 ? Eigen::MatrixXd(eigenvalues.asDiagonal()) : test::symmetric_with_eigenvalues(eigenvalues, 9);
    EXPECT_FALSE(covariance().with_whitened_precision(a)) << worst;
  }
}

TEST_P(FullCovariances, AWhitenedPrecisionThatIsNotFiniteIsRefused) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Eigen::MatrixXd a = Eigen::MatrixXd::Identity(dimension(), dimension());
    a(dimension() - 1, 0) = bad;
    EXPECT_FALSE(covariance().with_whitened_precision(a));
  }
}

TEST_P(FullCovariances, PackingKeepsEveryBit) {
  const FullCovariance original = covariance();
  std::vector<double> packed(static_cast<std::size_t>(FullCovariance::packed_size(dimension())));
  original.pack(packed);
  const FullCovariance unpacked = FullCovariance::unpack(dimension(), packed);
  const Block x = block(10);
  Block of_original(lanes, dimension()), of_unpacked(lanes, dimension());
  original.whiten(x, of_original);
  unpacked.whiten(x, of_unpacked);
  EXPECT_TRUE(test::same_bits(unpacked.cholesky(), original.cholesky()));
  EXPECT_TRUE(test::same_bits(of_unpacked, of_original));
  EXPECT_EQ(unpacked.log_determinant(), original.log_determinant());
}

INSTANTIATE_TEST_SUITE_P(Dimensions, FullCovariances, testing::Values(1, 2, 3, 4, 5, 8, 17, 32, 65));

}  // namespace
}  // namespace gmmvi

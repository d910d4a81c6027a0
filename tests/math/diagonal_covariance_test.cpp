// A diagonal covariance does what the full one with the same matrix does.

#include "gmmvi/diagonal_covariance.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/strategy/component_updater.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"

#include "math/mixture_density.hpp"
#include "math/situations.hpp"

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class DiagonalCovariances : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::Index dimension() const { return GetParam(); }
  Eigen::VectorXd vector(std::uint64_t seed) const { return test::normal_vector(dimension(), seed); }
  /// A matrix of the diagonal shape, as a full one.
  static Eigen::MatrixXd as_matrix(const Eigen::VectorXd& diagonal) { return diagonal.asDiagonal(); }
  Block block(std::uint64_t seed) const {
    Block filled;
    load_block(test::normal_matrix(dimension(), lanes, seed), 0, filled);
    return filled;
  }

  const Eigen::VectorXd variances = vector(1).array().exp();
  const DiagonalCovariance diagonal = DiagonalCovariance::from_variances(variances);
  const FullCovariance full = FullCovariance::from_variances(variances);
};

TEST_P(DiagonalCovariances, HaveTheNumbersOfTheFullOne) {
  EXPECT_LT(test::largest_error(diagonal.variances(), full.variances()), 1e-15);
  for (Eigen::Index d = 0; d < dimension(); ++d) EXPECT_DOUBLE_EQ(diagonal.variance(d), full.variance(d)) << d;
  EXPECT_LT(test::largest_error(as_matrix(diagonal.matrix()), full.matrix()), 1e-15);
  EXPECT_LT(test::largest_error(as_matrix(diagonal.cholesky()), Eigen::MatrixXd(full.cholesky())), 1e-15);
  EXPECT_NEAR(diagonal.log_determinant(), full.log_determinant(), 1e-13);
}

TEST_P(DiagonalCovariances, AreMadeOfTheirMatrix) {
  const auto again = DiagonalCovariance::from_matrix(diagonal.matrix());
  ASSERT_TRUE(again);
  EXPECT_LT(test::largest_error(again->matrix(), diagonal.matrix()), 1e-15);
  for (const double bad : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    Eigen::VectorXd matrix = diagonal.matrix();
    matrix[dimension() - 1] = bad;
    EXPECT_FALSE(DiagonalCovariance::from_matrix(matrix)) << bad;
  }
}

TEST_P(DiagonalCovariances, WhitenAndColorSamplesAlike) {
  const Block x = block(2);
  Block by_diagonal = x, by_full = x;
  const auto expect_equal = [&] {
    EXPECT_LT(test::largest_error(Eigen::MatrixXd(by_diagonal.matrix()), Eigen::MatrixXd(by_full.matrix())), 1e-14);
  };
  diagonal.whiten(x, by_diagonal), full.whiten(x, by_full), expect_equal();
  diagonal.color(x, by_diagonal), full.color(x, by_full), expect_equal();
  diagonal.subtract_transposed_whitened(x, by_diagonal), full.subtract_transposed_whitened(x, by_full), expect_equal();
}

TEST_P(DiagonalCovariances, TransformGradientsAndHessiansAlike) {
  const Eigen::VectorXd v = vector(3), h = vector(4);
  EXPECT_LT(test::largest_error(diagonal.times(v), full.times(v)), 1e-14);
  EXPECT_LT(test::largest_error(diagonal.whiten_gradient(v), full.whiten_gradient(v)), 1e-14);
  EXPECT_LT(test::largest_error(diagonal.unwhiten_gradient(v), full.unwhiten_gradient(v)), 1e-14);
  EXPECT_LT(test::largest_error(as_matrix(diagonal.whiten_hessian(h)), full.whiten_hessian(as_matrix(h))), 1e-14);
  EXPECT_LT(test::largest_error(as_matrix(diagonal.unwhiten_hessian(h)), full.unwhiten_hessian(as_matrix(h))), 1e-13);
  EXPECT_LT(
      test::largest_error(as_matrix(diagonal.whitened_stein_hessian(h)), full.whitened_stein_hessian(as_matrix(h))),
      1e-13);
  EXPECT_LT(test::largest_error(diagonal.color(v), full.color(v)), 1e-14);
  EXPECT_LT(test::largest_error(diagonal.unwhiten_gradient(diagonal.whiten_gradient(v)), v), 1e-14);
  EXPECT_LT(test::largest_error(diagonal.unwhiten_hessian(diagonal.whiten_hessian(h)), h), 1e-14);
  EXPECT_LT(test::largest_error(as_matrix(DiagonalCovariance::identity_plus(0.3, h, 0.7)),
                                FullCovariance::identity_plus(0.3, as_matrix(h), 0.7)),
            1e-14);
}

TEST_P(DiagonalCovariances, AddTheDiagonalOfOuterProducts) {
  const Eigen::MatrixXd a = test::normal_matrix(dimension(), 17, 6), b = test::normal_matrix(dimension(), 17, 7);
  Eigen::VectorXd sum = vector(5);
  DiagonalCovariance::add_outer_products(a, b, sum);
  EXPECT_LT(test::largest_error(sum, vector(5) + (a * b.transpose()).diagonal()), 1e-13);
  EXPECT_LT(test::largest_error(diagonal.whitened_stein_hessian(a, b), full.whitened_stein_hessian(a, b).diagonal()),
            1e-12);
  EXPECT_TRUE(DiagonalCovariance::zero(dimension()).isZero(0.0));
}

TEST_P(DiagonalCovariances, TakeAWhitenedPrecisionOnlyIfItIsPositiveAndFinite) {
  const Eigen::VectorXd a = vector(8).array().square() + 0.1;
  const auto moved = diagonal.with_whitened_precision(a);
  ASSERT_TRUE(moved);
  EXPECT_LT(test::largest_error(moved->variances(), variances.cwiseQuotient(a)), 1e-14);
  for (const double bad : {0.0, -1e-3, -infinity, infinity, nan}) {
    Eigen::VectorXd spoiled = a;
    spoiled[dimension() - 1] = bad;
    EXPECT_FALSE(diagonal.with_whitened_precision(spoiled)) << bad;
  }
}

TEST_P(DiagonalCovariances, AreNotMadeOfWhatIsNoStandardDeviation) {
  for (const double bad : {0.0, -1.0, 1e-320, infinity, nan}) {
    Eigen::VectorXd standard_deviations = variances;
    standard_deviations[0] = bad;
    EXPECT_FALSE(DiagonalCovariance::from_cholesky(standard_deviations)) << bad;
  }
}

TEST_P(DiagonalCovariances, PackingKeepsEveryBit) {
  std::vector<double> packed(static_cast<std::size_t>(DiagonalCovariance::packed_size(dimension())));
  diagonal.pack(packed);
  const auto unpacked = DiagonalCovariance::unpack(dimension(), packed);
  EXPECT_TRUE(test::same_bits(unpacked.cholesky(), diagonal.cholesky()));
  EXPECT_EQ(unpacked.log_determinant(), diagonal.log_determinant());
}

// ------------------------------------------------------------------------------------------------ Gaussians and steps

TEST_P(DiagonalCovariances, MakeTheSameGaussian) {
  const Gaussian<DiagonalCovariance> gaussian(vector(9), diagonal);
  const Gaussian<FullCovariance> other = test::as_full(gaussian);
  const Eigen::MatrixXd samples = test::normal_matrix(dimension(), 40, 10);
  EXPECT_NEAR(gaussian.entropy(), other.entropy(), 1e-13);
  EXPECT_LT(test::largest_error(gaussian.whiten(samples), other.whiten(samples)), 1e-13);
  const Eigen::VectorXd values = test::normal_vector(12, 11);
  EXPECT_LT(test::largest_error(gaussian.marginal_log_density(0, values), other.marginal_log_density(0, values)),
            1e-13);
}

template <class Covariance>
strategy::ComponentStep<Covariance> step(const ComponentUpdaterOptions& by, const Gaussian<Covariance>& gaussian,
                                         const Eigen::VectorXd& gradient,
                                         const typename Covariance::Symmetric& hessian) {
  return strategy::ComponentUpdater<Covariance>::make(by)->update(gaussian, {gradient, hessian}, {0.3, 1.0, false});
}

TEST_P(DiagonalCovariances, TakeTheSameStepsAndRefuseTheSame) {
  const Gaussian<DiagonalCovariance> gaussian(vector(9), diagonal);
  for (const double curvature : {0.2, 0.0, -3.0})
    for (const ComponentUpdaterOptions& by :
         {ComponentUpdaterOptions(TrustRegionUpdateOptions{}), ComponentUpdaterOptions(IblrUpdateOptions{}),
          ComponentUpdaterOptions(DirectUpdateOptions{})}) {
      const Eigen::VectorXd gradient = vector(12), hessian = vector(13).array() + curvature;
      const auto of_diagonal = step(by, gaussian, gradient, hessian);
      const auto of_full = step(by, test::as_full(gaussian), gradient, as_matrix(hessian));
      ASSERT_EQ(of_diagonal.gaussian.has_value(), of_full.gaussian.has_value());
      if (!of_full.gaussian) continue;
      EXPECT_LT(test::largest_error(of_diagonal.gaussian->mean(), of_full.gaussian->mean()), 1e-9);
      EXPECT_LT(test::largest_error(as_matrix(of_diagonal.gaussian->covariance().matrix()),
                                    of_full.gaussian->covariance().matrix()),
                1e-9);
    }
}

TEST_P(DiagonalCovariances, TheTrustRegionIsUsedToItsBoundOrTheMultiplierIsTheTemperature) {
  const Gaussian<DiagonalCovariance> gaussian(vector(9), diagonal);
  for (const double curvature : {2.0, 0.0, -3.0}) {
    const auto moved =
        step<DiagonalCovariance>(TrustRegionUpdateOptions{}, gaussian, vector(12), vector(13).array() + curvature);
    ASSERT_TRUE(moved.gaussian);
    const double kl = test::kl_divergence(test::as_full(*moved.gaussian), test::as_full(gaussian));
    EXPECT_LE(kl, 0.3 * (1.0 + 1e-10));
    EXPECT_TRUE(moved.eta == 1.0 || kl >= 0.3 * (1.0 - 1e-10)) << "eta " << moved.eta << ", KL " << kl;
  }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, DiagonalCovariances, testing::Values(1, 2, 3, 4, 5, 8, 17, 32, 65));

}  // namespace
}  // namespace gmmvi

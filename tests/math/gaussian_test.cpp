#include "gmmvi/gaussian.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi {
namespace {

using Full = Gaussian<FullCovariance>;

class Gaussians : public testing::TestWithParam<Eigen::Index> {
 protected:
  Eigen::Index dimension() const { return GetParam(); }
  Block block(std::uint64_t seed) const { return test::normal_matrix(lanes, dimension(), seed).array(); }
  const GaussianPointer<FullCovariance> gaussian = test::random_gaussian(GetParam(), 1);
};

TEST_P(Gaussians, LogDensityIsThatOfTheTextbook) {
  const Block x = block(2);
  Block scratch(lanes, dimension()), residuals(lanes, dimension());
  const LaneArray density = gaussian->log_density(x, scratch, residuals);
  const Eigen::MatrixXd sigma = gaussian->covariance().matrix();
  for (Eigen::Index n = 0; n < lanes; ++n) {
    const Eigen::VectorXd difference = x.row(n).matrix().transpose() - gaussian->mean();
    const double expected = -0.5 * (difference.dot(sigma.inverse() * difference) +
                                    std::log((2.0 * std::numbers::pi * sigma).determinant()));
    EXPECT_NEAR(density[n], expected, 1e-10 * std::max(1.0, std::abs(expected)));
  }
}

TEST_P(Gaussians, LogDensityIsWithinItsBoundsWithTheSameBits) {
  const Block x = 3.0 * block(5);
  Block scratch(lanes, dimension()), residuals(lanes, dimension());
  const LaneArray density = gaussian->log_density(x, scratch, residuals);
  LaneArray last = LaneArray::Constant(std::numeric_limits<double>::infinity());
  for (Eigen::Index rows = 1; rows <= dimension(); ++rows) {
    const LaneArray bound = gaussian->log_density_bound(rows, x, scratch, residuals);
    EXPECT_TRUE((bound >= density && bound <= last).all());
    EXPECT_TRUE(test::same_bits(gaussian->log_density_within_bound(rows, scratch, residuals), density));
    last = bound;
  }
}

TEST_P(Gaussians, TheResidualOfASampleIsTheNormalNumbersItCameFrom) {
  const Block z = block(3);
  Block x(lanes, dimension()), scratch(lanes, dimension()), residuals(lanes, dimension());
  gaussian->sample(z, x);
  gaussian->log_density(x, scratch, residuals);
  EXPECT_LT(test::largest_error(residuals.matrix(), z.matrix()), 1e-12);
}

TEST_P(Gaussians, EntropyIsTheNegatedLogDensityAtTheMeanPlusHalfTheDimension) {
  const Block x = gaussian->mean().transpose().replicate(lanes, 1).array();
  Block scratch(lanes, dimension()), residuals(lanes, dimension());
  const double at_mean = gaussian->log_density(x, scratch, residuals)[0];
  EXPECT_NEAR(gaussian->entropy(), 0.5 * static_cast<double>(dimension()) - at_mean, 1e-13 * std::abs(at_mean) + 1e-14);
}

TEST_P(Gaussians, AMarginalIsTheGaussianOfThatCoordinate) {
  const Eigen::VectorXd values = 3.0 * test::normal_vector(9, 4);
  for (Eigen::Index d = 0; d < dimension(); ++d) {
    const double variance = gaussian->covariance().matrix()(d, d);
    const Eigen::VectorXd marginal = gaussian->marginal_log_density(d, values);
    for (Eigen::Index n = 0; n < values.size(); ++n) {
      const double difference = values[n] - gaussian->mean()[d];
      const double expected = -0.5 * (difference * difference / variance + std::log(2.0 * std::numbers::pi * variance));
      EXPECT_NEAR(marginal[n], expected, 1e-12 * std::max(1.0, std::abs(expected)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dimensions, Gaussians, testing::Values(1, 2, 3, 7, 20));

}  // namespace
}  // namespace gmmvi

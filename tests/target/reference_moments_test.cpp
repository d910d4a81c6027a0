// Moments that targets know, against samples of the same density where they can be drawn, and against what the
// literature has.

#include "target/reference_moments.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "gmmvi/mixture.hpp"

#include "core/random.hpp"
#include "math/moments.hpp"
#include "target/funnel.hpp"
#include "target/gaussian_mixture.hpp"
#include "target/student_t_mixture.hpp"
#include "target/truncated_gaussian.hpp"

namespace gmmvi::target {
namespace {

// E[x²] − E[x]²: 0.25·(1 + 0) + 0.75·(4 + 16) − 3² = 6.25 and 0.25·(9 + 1) + 0.75·(1 + 1) − (−0.5)² = 3.75.
TEST(ReferenceMoments, OfAMixture) {
  const Eigen::MatrixXd means{{0.0, 4.0}, {1.0, -1.0}};
  const auto moments =
      moments_of_mixture(Eigen::Vector2d(0.25, 0.75), means, {Eigen::Vector2d(1.0, 9.0), Eigen::Vector2d(4.0, 1.0)});
  EXPECT_TRUE(moments.means.isApprox(Eigen::Vector2d(3.0, -0.5), 1e-15));
  EXPECT_TRUE(moments.standard_deviations.isApprox(Eigen::Vector2d(2.5, std::sqrt(3.75)), 1e-15));
}

TEST(ReferenceMoments, OfAGaussianMixtureAreThoseOfItsSamples) {
  const auto target = random_gaussian_mixture<FullCovariance>(3, 5);
  const auto samples = Mixture<FullCovariance>(target.gaussians(), target.weights()).sample(40000, 1).samples;
  const auto moments = *target.reference_moments();
  const Eigen::MatrixX2d drawn = math::moments_of(samples);
  for (Eigen::Index d = 0; d < 3; ++d) {
    EXPECT_NEAR((drawn(d, 0) - moments.means[d]) / moments.standard_deviations[d], 0.0, 0.02);
    EXPECT_NEAR(std::sqrt(drawn(d, 1)) / moments.standard_deviations[d], 1.0, 0.02);
  }
}

// A t distribution with ν degrees of freedom has variance ν / (ν − 2) times the scale, and none up to ν = 2.
TEST(ReferenceMoments, OfStudentTMixturesNeedAVariance) {
  const auto scale = *FullCovariance::from_matrix(Eigen::Matrix2d{{2.0, 0.5}, {0.5, 3.0}});
  const Eigen::MatrixXd mean = Eigen::Vector2d(1.0, -2.0);
  const auto moments = *StudentTMixture(Eigen::VectorXd::Ones(1), mean, {scale}, 5.0).reference_moments();
  EXPECT_EQ(moments.means, Eigen::Vector2d(1.0, -2.0));
  EXPECT_TRUE(moments.standard_deviations.isApprox(Eigen::Vector2d(10.0 / 3.0, 5.0).cwiseSqrt(), 1e-14));
  EXPECT_FALSE(StudentTMixture(Eigen::VectorXd::Ones(1), mean, {scale}, 2.0).reference_moments());
}

TEST(ReferenceMoments, OfTheFunnelAreThoseOfItsSamples) {
  const auto moments = *Funnel({.dimension = 3}).reference_moments();
  EXPECT_EQ(moments.means, Eigen::Vector3d::Zero());
  EXPECT_EQ(moments.standard_deviations[0], 3.0);
  // E[exp(3 z)] over a grid of z ~ N(0, 1), by the rectangle rule
  double variance = 0.0;
  for (int i = -2000; i <= 2000; ++i) {
    const double z = 0.01 * i;
    variance += 0.01 * std::exp(3.0 * z - 0.5 * z * z) / std::sqrt(2.0 * std::acos(-1.0));
  }
  EXPECT_NEAR(moments.standard_deviations[1] / std::sqrt(variance), 1.0, 1e-12);
  EXPECT_EQ(moments.standard_deviations[2], moments.standard_deviations[1]);
}

TEST(ReferenceMoments, OfADiscAreThoseOfItsSamples) {
  const auto moments = *UniformDisc({.center = {3.0, -1.0}, .radius = 4.0}).reference_moments();
  core::Stream stream(1, core::Purpose::metrics);
  Eigen::MatrixXd samples(2, 40000);
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    const double distance = 4.0 * std::sqrt(stream.uniform()), angle = 2.0 * std::acos(-1.0) * stream.uniform();
    samples(0, n) = 3.0 + distance * std::cos(angle);
    samples(1, n) = -1.0 + distance * std::sin(angle);
  }
  const Eigen::MatrixX2d drawn = math::moments_of(samples);
  EXPECT_TRUE(((drawn.col(0) - moments.means).array().abs() < 0.04).all());
  EXPECT_TRUE(((drawn.col(1).cwiseSqrt() - moments.standard_deviations).array().abs() < 0.04).all());
}

}  // namespace
}  // namespace gmmvi::target

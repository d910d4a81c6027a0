#include "strategy/boundary.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "math/importance_weights.hpp"

namespace gmmvi::strategy {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(JumpAtRim, IsNoneWhereNothingLiesOutsideAndGrowsWithWhatDoes) {
  EXPECT_EQ(jump_at_rim(0, 100, 2), 0.0);
  EXPECT_GT(jump_at_rim(1, 100, 2), 1.0);
  EXPECT_GT(jump_at_rim(50, 100, 2), jump_at_rim(1, 100, 2));
  EXPECT_GT(jump_at_rim(1, 100, 3), jump_at_rim(1, 100, 2));
}

TEST(ShareInside, IsTheWeightOfTheSamplesInside) {
  const Eigen::Vector3d log_weights(std::log(1.0), std::log(2.0), std::log(5.0));
  EXPECT_NEAR(share_inside(log_weights, {0, 2}), 6.0 / 8.0, 1e-15);
  EXPECT_EQ(share_inside(log_weights, {}), 0.0);
  EXPECT_EQ(share_inside(Eigen::Vector3d::Constant(-infinity), {0, 1}), 0.0);
}

TEST(LearnableSampleSize, IsTheEffectiveSampleSizeWithoutSamplesOutside) {
  const Eigen::Vector4d log_weights(0.1, -0.3, 0.7, 0.2);
  EXPECT_EQ(learnable_sample_size(log_weights, {0, 1, 2, 3}, 5.0), math::effective_sample_size(log_weights));
}

TEST(LearnableSampleSize, CountsSamplesInsideAndTheLessTheHigherTheRim) {
  const Eigen::Vector4d log_weights = Eigen::Vector4d::Zero();
  EXPECT_DOUBLE_EQ(learnable_sample_size(log_weights, {0, 1, 3}, 0.0), 3.0);
  EXPECT_DOUBLE_EQ(learnable_sample_size(log_weights, {0, 1, 3}, 3.0), 3.0 / (1.0 + 9.0 / 3.0));
  EXPECT_GT(learnable_sample_size(log_weights, {0, 1, 3}, 1e6), 0.1);
  EXPECT_EQ(learnable_sample_size(log_weights, {}, 3.0), 0.0);
}

TEST(Seats, AreForComponentsOutsideTheSupportAndTheBestSamplesInside) {
  const Footing outside{.share_inside = 0.0, .effective_sample_size = 50.0};
  const Footing good{.share_inside = 0.9, .effective_sample_size = 50.0};
  const Footing unknown{.share_inside = 0.0, .effective_sample_size = 3.0};
  const Eigen::VectorXd scores = (Eigen::VectorXd(5) << 9.0, 1.0, 3.0, 2.0, 8.0).finished();
  const auto given = seats({outside, good, unknown, outside, outside}, {1, 2}, scores);
  EXPECT_EQ(given[0], 2);
  EXPECT_FALSE(given[1]);
  EXPECT_FALSE(given[2]);
  EXPECT_EQ(given[3], 1);
  EXPECT_FALSE(given[4]) << "no sample inside is left";
}

template <class Covariance>
void expect_seated() {
  const Eigen::Vector3d variances(1.0, 4.0, 9.0), sample(5.0, 6.0, 7.0);
  const Gaussian<Covariance> gaussian(Eigen::Vector3d::Zero(), Covariance::from_variances(variances));
  const auto moved = seated(gaussian, {.share_inside = 0.001, .effective_sample_size = 1e6}, sample);
  EXPECT_EQ(moved.mean(), sample);
  // Volumes are as the roots of determinants.
  EXPECT_NEAR(0.5 * moved.covariance().log_determinant(),
              0.5 * gaussian.covariance().log_determinant() + std::log(0.001), 1e-12);
}

TEST(Seated, HasTheVolumeOfThePartThatWasInside) {
  expect_seated<FullCovariance>();
  expect_seated<DiagonalCovariance>();
}

TEST(Seated, IsNotShrunkByMoreThanItsSamplesTell) {
  const Gaussian<FullCovariance> gaussian(Eigen::VectorXd::Zero(1),
                                          FullCovariance::from_variances(Eigen::VectorXd::Ones(1)));
  const auto moved =
      seated(gaussian, {.share_inside = 0.0, .effective_sample_size = 99.0}, Eigen::VectorXd::Constant(1, 2.0));
  EXPECT_NEAR(std::sqrt(moved.covariance().variance(0)), 0.01, 1e-12);
}

TEST(SearchWidth, IsFullInEveryOtherIterationAndGoesDownBetween) {
  for (std::int64_t iteration = 1; iteration < 40; iteration += 2) EXPECT_EQ(search_width(iteration), 1.0);
  EXPECT_EQ(search_width(2), 0.5);
  EXPECT_EQ(search_width(4), 0.25);
  EXPECT_EQ(search_width(10), 1.0 / 32.0);
  EXPECT_EQ(search_width(12), 0.5);
}

template <class Covariance>
void expect_narrowed() {
  const Eigen::Vector3d variances(1.0, 4.0, 9.0), mean(5.0, 6.0, 7.0), center(1.0, 2.0, -1.0);
  const auto narrow =
      narrowed(Gaussian<Covariance>(mean, Covariance::from_variances(variances)), Eigen::VectorXd(center), 0.25);
  EXPECT_EQ(narrow.mean(), Eigen::VectorXd(Eigen::Vector3d(2.0, 3.0, 1.0)));
  for (Eigen::Index d = 0; d < 3; ++d) EXPECT_NEAR(narrow.covariance().variance(d), variances[d] / 16.0, 1e-14);
}

TEST(Narrowed, IsTheMixtureAboutItsCenterAtAnotherScale) {
  expect_narrowed<FullCovariance>();
  expect_narrowed<DiagonalCovariance>();
}

}  // namespace
}  // namespace gmmvi::strategy

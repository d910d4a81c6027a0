#include "model/duplicates.hpp"

#include <memory>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::model {
namespace {

Sourced<FullCovariance> at(double place, double weight, std::size_t fit, double variance = 1.0) {
  return {{std::make_shared<const Gaussian<FullCovariance>>(
               Eigen::Vector2d(place, 0.0), FullCovariance::from_variances(Eigen::Vector2d::Constant(variance))),
           weight},
          {fit}};
}

double total(const std::vector<Sourced<FullCovariance>>& components) {
  double sum = 0.0;
  for (const auto& each : components) sum += each.component.weight;
  return sum;
}

TEST(Duplicates, OfSeveralFitsAreOne) {
  const auto merged = merge_duplicates<FullCovariance>(
      {at(0.0, 0.1, 0), at(8.0, 0.2, 0), at(8.01, 0.2, 1), at(0.01, 0.1, 1), at(0.02, 0.1, 2)});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_NEAR(total(merged), 0.7, 1e-15);
  for (const auto& each : merged) {
    const bool left = each.component.gaussian->mean()[0] < 4.0;
    EXPECT_NEAR(each.component.gaussian->mean()[0], left ? 0.01 : 8.005, 1e-12);
    EXPECT_NEAR(each.component.weight, left ? 0.3 : 0.4, 1e-15);
    EXPECT_EQ(each.fits, left ? (std::vector<std::size_t>{0, 1, 2}) : (std::vector<std::size_t>{0, 1}));
  }
}

TEST(Duplicates, OfOneFitStay) {
  EXPECT_EQ(merge_duplicates<FullCovariance>({at(0.0, 0.1, 0), at(0.0, 0.2, 0)}).size(), 2u);
  // The one of another fit goes to the nearer one, and no more to the other.
  const auto merged = merge_duplicates<FullCovariance>({at(0.0, 0.1, 0), at(0.1, 0.1, 0), at(0.09, 0.1, 1)});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].component.gaussian->mean()[0], 0.0);
  EXPECT_NEAR(merged[1].component.gaussian->mean()[0], 0.095, 1e-12);
}

TEST(Duplicates, AreTheSameAtAnyWeights) {
  // A light one is not swallowed because it weighs little.
  EXPECT_EQ(merge_duplicates<FullCovariance>({at(0.0, 0.5, 0), at(1.0, 1e-6, 1)}).size(), 2u);
  EXPECT_EQ(merge_duplicates<FullCovariance>({at(0.0, 0.5, 0), at(0.05, 1e-6, 1)}).size(), 1u);
  EXPECT_EQ(merge_duplicates<FullCovariance>({at(0.0, 0.5, 0), at(0.0, 0.5, 1, 2.0)}).size(), 2u);
}

}  // namespace
}  // namespace gmmvi::model

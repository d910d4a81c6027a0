#include "model/active_batch.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(InsideSupport, AreTheSamplesWithAFiniteLogDensity) {
  const Eigen::Vector4d log_densities(-infinity, -1e300, 0.0, -infinity);
  EXPECT_EQ(model::inside_support(log_densities), (std::vector<Eigen::Index>{1, 2}));
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd::Constant(3, -infinity)).empty());
  EXPECT_TRUE(model::inside_support(Eigen::VectorXd()).empty());
}

TEST(LogRatios, SubtractTheTemperedModelDensity) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(1.0, -2.0, 3.0), Eigen::Vector3d(4.0, 5.0, 6.0), 0.5);
  EXPECT_EQ(ratios, Eigen::Vector3d(-1.0, -4.5, 0.0));
}

TEST(LogRatios, OutsideTheSupportTheLowestFiniteDensityStandsIn) {
  const Eigen::VectorXd ratios =
      model::log_ratios(Eigen::Vector3d(-infinity, -7.0, 3.0), Eigen::Vector3d(1.0, 1.0, 1.0), 1.0);
  EXPECT_EQ(ratios, Eigen::Vector3d(-8.0, -8.0, 2.0));
}

}  // namespace
}  // namespace gmmvi

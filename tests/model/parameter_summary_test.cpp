#include "model/parameter_summary.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace gmmvi::model {
namespace {

TEST(ParameterSummary, OfANormalDistributionIsItsOwn) {
  const AnyMixture mixture = Mixture<DiagonalCovariance>(
      {std::make_shared<const Gaussian<DiagonalCovariance>>(
          Eigen::Vector3d(1, -2, 3), DiagonalCovariance::from_variances(Eigen::Vector3d(4, 9, 16)))},
      Eigen::VectorXd::Ones(1));
  const auto summaries = parameter_summaries(mixture, 2);
  ASSERT_EQ(summaries.size(), 2u);
  constexpr double z95 = 1.6448536269514722;
  EXPECT_NEAR(summaries[1].mean, -2.0, 1e-12);
  EXPECT_NEAR(summaries[1].standard_deviation, 3.0, 1e-12);
  EXPECT_NEAR(summaries[1].quantiles[0], -2.0 - 3.0 * z95, 1e-9);
  EXPECT_NEAR(summaries[1].quantiles[1], -2.0, 1e-9);
  EXPECT_NEAR(summaries[1].quantiles[2], -2.0 + 3.0 * z95, 1e-9);
  EXPECT_EQ(parameter_summaries(mixture, 10).size(), 3u) << "at most all";
}

}  // namespace
}  // namespace gmmvi::model

#include "model/parameter_summary.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

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

using Diagonal = DiagonalCovariance;

AnyMixture two_components(double first, double second, double deviation) {
  const auto component = [&](double mean) {
    return std::make_shared<const Gaussian<Diagonal>>(
        Eigen::VectorXd::Constant(1, mean),
        Diagonal::from_variances(Eigen::VectorXd::Constant(1, deviation * deviation)));
  };
  return Mixture<Diagonal>({component(first), component(second)}, Eigen::Vector2d(0.25, 0.75));
}

/// By brute force: the transform of many quantiles.
ParameterSummary brute(const AnyMixture& mixture, const Transform& transform) {
  constexpr int count = 400'000;
  const auto& m = std::get<Mixture<Diagonal>>(mixture);
  ParameterSummary summary;
  double sum_of_weights = 0.0, square = 0.0;
  for (int i = 0; i < count; ++i) {
    const double z = -12.0 + 24.0 * (i + 0.5) / count;
    const double weight = std::exp(m.marginal_log_density(0, Eigen::VectorXd::Constant(1, z))[0]);
    const double x = transform.to_user(z);
    sum_of_weights += weight;
    summary.mean += weight * x;
    square += weight * x * x;
  }
  summary.mean /= sum_of_weights;
  summary.standard_deviation = std::sqrt(square / sum_of_weights - summary.mean * summary.mean);
  return summary;
}

TEST(ParameterSummary, OfTransformedParametersIsInTheUsersSpace) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const AnyMixture mixture = two_components(-0.8, 1.1, 0.6);
  for (const Transform& transform : std::vector<Transform>{{-infinity, infinity, 3.0, 2.0},
                                                           {1.0, infinity, 0.2, 0.5},
                                                           {-infinity, -1.0, 0.1, 0.4},
                                                           {2.0, 5.0, 0.3, 1.2},
                                                           {0.0, 1.0, 0.0, 8.0}}) {
    const ParameterSummary summary = parameter_summaries(mixture, 1, Transforms({transform})).front();
    const ParameterSummary expected = brute(mixture, transform);
    EXPECT_NEAR(summary.mean, expected.mean, 1e-4);
    EXPECT_NEAR(summary.standard_deviation, expected.standard_deviation, 1e-4);
    for (std::size_t i = 0; i < summary_probabilities.size(); ++i)
      EXPECT_NEAR(std::get<Mixture<Diagonal>>(mixture).marginal_cdf(0, transform.to_solver(summary.quantiles[i])),
                  summary_probabilities[i], 1e-9);
  }
}

TEST(ParameterSummary, MomentsKeepTheirDigitsFarFromZero) {
  const Transform transform{1e9, 1e9 + 1.0, 0.0, 1.0};
  const ParameterSummary summary =
      parameter_summaries(two_components(0.0, 0.0, 1e-4), 1, Transforms({transform})).front();
  EXPECT_NEAR(summary.mean, 1e9 + 0.5, 1e-6);
  EXPECT_NEAR(summary.standard_deviation, 0.25e-4, 1e-6);
}

}  // namespace
}  // namespace gmmvi::model

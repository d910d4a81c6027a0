#include "math/pareto.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace gmmvi::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Function>
Eigen::VectorXd values(Eigen::Index count, Function function) {
  Eigen::VectorXd result(count);
  for (Eigen::Index i = 0; i < count; ++i) result[i] = function(static_cast<double>(i));
  return result;
}

// Expected values from ArviZ 0.23, stats.psislw and its _gpdfit.
TEST(ParetoK, IsThatOfArviZ) {
  EXPECT_NEAR(fit_pareto_shape(values(40, [](double i) { return 0.01 * (i + 1.0) * (i + 1.0); })),
              -0.034473517023230225, 1e-12);
  EXPECT_NEAR(pareto_k(values(500, [](double i) { return 2.5 * std::sin(3.0 * i); })), -1.4654913197219144, 1e-10);
  EXPECT_NEAR(pareto_k(values(1000, [](double i) { return 5.0 * std::pow(std::sin(3.0 * i), 3); })), -1.375846637001495,
              1e-10);
  EXPECT_NEAR(pareto_k(values(300, [](double i) { return -4.0 * std::log((i + 0.5) / 300.0); })), 3.2641579646681373,
              1e-10);
}

// Weights u^−k of uniform u have a Pareto tail of shape k.
TEST(ParetoK, FindsTheShapeOfAPowerLaw) {
  core::Stream stream(1, core::Purpose::metrics);
  for (const double k : {0.2, 0.5, 1.0}) {
    const Eigen::VectorXd log_weights = values(100000, [&](double) { return -k * std::log(stream.uniform()); });
    EXPECT_NEAR(pareto_k(log_weights), k, 0.13 * (1.0 + k)) << "four standard deviations";
  }
}

TEST(ParetoK, DoesNotFeelAConstant) {
  const auto wave = [](double i) { return 2.0 * std::sin(i); };
  EXPECT_NEAR(pareto_k(values(400, wave)), pareto_k(values(400, wave).array() - 900.0), 1e-9);
}

TEST(ParetoK, WithoutATailIsInfinite) {
  EXPECT_EQ(pareto_k(Eigen::VectorXd::Zero(1000)), infinity) << "all weights are equal";
  EXPECT_EQ(pareto_k(values(20, [](double i) { return i; })), infinity) << "four weights in the tail";
  EXPECT_EQ(pareto_k(Eigen::VectorXd()), infinity);
  EXPECT_EQ(pareto_k(Eigen::VectorXd::Constant(1000, -infinity)), infinity);
}

TEST(ParetoK, CountsSamplesOutsideTheSupport) {
  Eigen::VectorXd log_weights = values(1000, [](double i) { return std::sin(3.0 * i); });
  log_weights.head(500).setConstant(-infinity);
  EXPECT_TRUE(std::isfinite(pareto_k(log_weights)));
}

}  // namespace
}  // namespace gmmvi::math

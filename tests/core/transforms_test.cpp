#include "gmmvi/transforms.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// One of each kind, with scales that are far from one.
std::vector<Transform> all() {
  return {{},
          {-infinity, infinity, 1e9, 1e-3},
          {0.0, infinity, -2.0, 0.7},
          {-5.0, infinity, 3.0, 2.0},
          {-infinity, 4.0, 0.5, 1.5},
          {-1e-9, 2e-9, 0.3, 0.8},
          {1e9, 1e9 + 10.0, 0.0, 1.0}};
}

TEST(Transform, GoesThereAndBack) {
  for (const Transform& t : all())
    for (const double z : {-6.0, -1.3, 0.0, 0.4, 6.0}) {
      const double x = t.to_user(z);
      EXPECT_GT(x, t.lower);
      EXPECT_LT(x, t.upper);
      const double digits = std::abs(x) * 1e-15 * std::exp(-t.log_derivative(z));  // lost where x is far from 0
      EXPECT_NEAR(t.to_solver(x), z, 1e-12 + 4.0 * digits);
    }
}

TEST(Transform, LogDerivativeIsThatOfFiniteDifferences) {
  for (const Transform& t : all())
    for (const double z : {-2.0, 0.1, 2.5}) {
      if (t.lower == 1e9 || t.location == 1e9) continue;  // differences there are of few digits
      constexpr double h = 1e-5;
      EXPECT_NEAR(std::log((t.to_user(z + h) - t.to_user(z - h)) / (2.0 * h)), t.log_derivative(z), 1e-8);
      EXPECT_NEAR((t.log_derivative(z + h) - t.log_derivative(z - h)) / (2.0 * h), t.log_derivative_slope(z), 1e-8);
      EXPECT_NEAR((t.log_derivative_slope(z + h) - t.log_derivative_slope(z - h)) / (2.0 * h),
                  t.log_derivative_curvature(z), 1e-8);
    }
}

TEST(Transform, NeverLeavesOpenBounds) {
  for (const Transform& t : all()) {
    double last = -infinity;
    for (const double z : {-1e300, -1e5, -800.0, -40.0, 0.0, 40.0, 800.0, 1e5, 1e300}) {
      const double x = t.to_user(z);
      EXPECT_GT(x, t.lower);
      EXPECT_LT(x, t.upper);
      EXPECT_GE(x, last) << "it grows";
      last = x;
    }
  }
  EXPECT_TRUE((Transform{0.0, 1.0}.rounds_to_bound(50.0)));
  EXPECT_FALSE((Transform{0.0, 1.0}.rounds_to_bound(5.0)));
  EXPECT_EQ((Transform{0.0, 1.0}.to_solver(1.0)), infinity);
  EXPECT_EQ((Transform{0.0, infinity}.to_solver(-1.0)), -infinity);
}

TEST(Transforms, ChangeGradientsAsTheChainRuleSays) {
  const Transforms transforms(all());
  const auto dimension = static_cast<Eigen::Index>(all().size());
  const Eigen::MatrixXd z = Eigen::MatrixXd::Constant(dimension, 2, 0.3),
                        g = Eigen::MatrixXd::Constant(dimension, 2, 0.7);
  const Eigen::MatrixXd there = transforms.gradients_to_solver(z, g);
  EXPECT_TRUE(transforms.gradients_to_user(z, there).isApprox(g, 1e-6)) << "of narrow intervals few digits stay";
  for (Eigen::Index d = 0; d < dimension; ++d) {
    const Transform t = transforms.of(d);
    EXPECT_NEAR(there(d, 1), 0.7 * std::exp(t.log_derivative(0.3)) + t.log_derivative_slope(0.3),
                1e-12 + std::abs(there(d, 1)) * 1e-14);
  }
  double volume = 0.0;
  for (Eigen::Index d = 0; d < dimension; ++d) volume += transforms.of(d).log_derivative(0.3);
  EXPECT_NEAR(transforms.log_volumes(z)[1], volume, 1e-12);
}

TEST(Transforms, WithoutAnyXIsZ) {
  const Transforms none;
  const Eigen::MatrixXd z = Eigen::MatrixXd::Random(3, 4);
  EXPECT_TRUE(none.none());
  EXPECT_EQ(none.to_user(z), z);
  EXPECT_EQ(none.to_solver(z), z);
  EXPECT_EQ(none.log_volumes(z), Eigen::VectorXd::Zero(4));
  EXPECT_EQ(none.gradients_to_user(z, z), z);
}

/// log p(x) = −½ xᵀAx + b·x, with bounds of every kind.
TEST(Transforms, HessiansAreThoseOfTheGradientsThereAndBack) {
  const Transforms transforms(
      {{-infinity, infinity, 0.5, 2.0}, {0.0, infinity, -0.3, 0.7}, {-infinity, 4.0, 0.5, 1.5}, {-1.0, 2.0, 0.3, 0.8}});
  Eigen::Matrix4d a = Eigen::Matrix4d::Constant(0.3);
  a.diagonal() << 1.0, 2.0, 0.5, 3.0;
  const Eigen::Vector4d b(0.2, -0.4, 1.0, 0.7), z(0.3, -0.5, 0.9, 0.4);
  const auto gradient = [&](const Eigen::VectorXd& at) -> Eigen::VectorXd {
    const Eigen::VectorXd x = transforms.to_user(at);
    return transforms.gradients_to_solver(at, b - a * x);
  };
  const Eigen::VectorXd of_x = b - a * transforms.to_user(z);
  const Eigen::MatrixXd hessian = transforms.hessian_to_solver(z, of_x, -a);
  constexpr double h = 1e-5;
  for (Eigen::Index d = 0; d < 4; ++d) {
    const Eigen::VectorXd beside = h * Eigen::VectorXd::Unit(4, d);
    EXPECT_LE((hessian.col(d) - (gradient(z + beside) - gradient(z - beside)) / (2.0 * h)).norm(), 1e-7);
  }
  EXPECT_LE((transforms.hessian_to_user(z, gradient(z), hessian) + a).norm(), 1e-12);
  EXPECT_EQ(Transforms().hessian_to_solver(z, of_x, -a), -a);
}

}  // namespace
}  // namespace gmmvi

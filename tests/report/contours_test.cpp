#include "report/contours.hpp"

#include <cmath>
#include <memory>
#include <numbers>
#include <variant>

#include <Eigen/LU>
#include <gtest/gtest.h>

namespace gmmvi::report {
namespace {

Grid grid_of(Eigen::Index points, double end, const auto& value) {
  Grid grid{Eigen::VectorXd::LinSpaced(points, -end, end), Eigen::VectorXd::LinSpaced(points, -end, end), {}};
  grid.values.resize(points, points);
  for (Eigen::Index i = 0; i < points; ++i)
    for (Eigen::Index j = 0; j < points; ++j) grid.values(i, j) = value(grid.x[i], grid.y[j]);
  return grid;
}

bool is_closed(const Eigen::Matrix2Xd& line) {
  return (line.col(0) - line.rightCols<1>()).norm() < 1e-12;
}

TEST(Isolines, OfACircleAreOneClosedLineOnIt) {
  const auto lines = isolines(grid_of(41, 2.0, [](double x, double y) { return -x * x - y * y; }), -1.0);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(is_closed(lines[0]));
  for (const auto& point : lines[0].colwise()) EXPECT_NEAR(point.norm(), 1.0, 2e-3);
  EXPECT_GT(lines[0].cols(), 40);
}

TEST(Isolines, ThatLeaveTheGridGoFromBorderToBorder) {
  const auto lines = isolines(grid_of(11, 1.0, [](double x, double y) { return x + 0.5 * y; }), 0.1);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_FALSE(is_closed(lines[0]));
  for (const auto& point : lines[0].colwise()) EXPECT_NEAR(point[0] + 0.5 * point[1], 0.1, 1e-12);
  EXPECT_NEAR(std::abs(lines[0](1, 0)), 1.0, 1e-12);
  EXPECT_NEAR(std::abs(lines[0].rightCols<1>()[1]), 1.0, 1e-12);
}

TEST(Isolines, OfASaddleDoNotCross) {
  const auto saddle = [](double x, double y) { return x * y; };
  for (const double level : {-0.01, 0.01}) {
    const auto lines = isolines(grid_of(2, 1.0, saddle), level);
    ASSERT_EQ(lines.size(), 2u);
    for (const auto& line : lines) EXPECT_GT(line(0, 0) * line(0, 1), -1e-12) << "on one side";
  }
}

TEST(Isolines, OfWhatIsFlatAreNone) {
  EXPECT_TRUE(isolines(grid_of(5, 1.0, [](double, double) { return 1.0; }), 0.0).empty());
}

AnyMixture correlated() {
  const Eigen::Matrix3d covariance = (Eigen::Matrix3d() << 4, 0.3, 1.2, 0.3, 9, 0.1, 1.2, 0.1, 1).finished();
  return Mixture<FullCovariance>({std::make_shared<const Gaussian<FullCovariance>>(
                                     Eigen::Vector3d(1, 2, 3), *FullCovariance::from_matrix(covariance))},
                                 Eigen::VectorXd::Ones(1));
}

TEST(PairMarginal, IntegratesTheOthersOut) {
  const Mixture<FullCovariance> pair = marginal(correlated(), {2, 0});
  const Eigen::Matrix2d covariance = (Eigen::Matrix2d() << 1, 1.2, 1.2, 4).finished();
  const Eigen::Vector2d x(2.5, 0.0), offset = x - Eigen::Vector2d(3, 1);
  const double expected = -std::log(2 * std::numbers::pi) - 0.5 * std::log(covariance.determinant()) -
                          0.5 * offset.dot(covariance.inverse() * offset);
  EXPECT_NEAR(pair.log_density(x)[0], expected, 1e-12);
}

TEST(PairMarginal, OfDiagonalCovariancesIsTheirs) {
  const AnyMixture diagonal = Mixture<DiagonalCovariance>(
      {std::make_shared<const Gaussian<DiagonalCovariance>>(
          Eigen::Vector3d(1, 2, 3), DiagonalCovariance::from_variances(Eigen::Vector3d(4, 9, 16)))},
      Eigen::VectorXd::Ones(1));
  EXPECT_NEAR(marginal(diagonal, {1, 2}).log_density(Eigen::Vector2d(2, 3))[0],
              -std::log(2 * std::numbers::pi) - std::log(12.0), 1e-12);
}

// Of a normal distribution the ellipse that holds a mass p has the squared radius −2 log(1 − p).
TEST(Contours, HoldTheirMass) {
  const AnyMixture mixture = correlated();
  const auto samples = std::get<Mixture<FullCovariance>>(mixture).sample(20000, 0).samples;
  const Marginals marginals(mixture);
  const Eigen::Matrix2d precision = (Eigen::Matrix2d() << 4, 1.2, 1.2, 1).finished().inverse();
  const std::vector<Contour> all = contours(mixture, marginals, {0, 2}, samples);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].mass, 0.5);
  EXPECT_EQ(all[1].mass, 0.9);
  for (const Contour& contour : all) {
    ASSERT_EQ(contour.lines.size(), 1u);
    EXPECT_TRUE(is_closed(contour.lines[0]));
    const double squared_radius = -2.0 * std::log(1.0 - contour.mass);
    for (const auto& point : contour.lines[0].colwise()) {
      const Eigen::Vector2d offset = point - Eigen::Vector2d(1, 3);
      EXPECT_NEAR(offset.dot(precision * offset), squared_radius, 0.03 * squared_radius);
    }
  }
}

TEST(Contours, GoRoundEveryMode) {
  const auto at = [](double mean) {
    return std::make_shared<const Gaussian<DiagonalCovariance>>(
        Eigen::Vector2d::Constant(mean), DiagonalCovariance::from_variances(Eigen::Vector2d::Constant(0.01)));
  };
  const Mixture<DiagonalCovariance> modes({at(-50.0), at(0.0), at(80.0)}, Eigen::Vector3d(0.3, 0.3, 0.4));
  const AnyMixture mixture = modes;
  for (const Contour& contour : contours(mixture, Marginals(mixture), {0, 1}, modes.sample(3000, 0).samples))
    EXPECT_EQ(contour.lines.size(), 3u);
}

}  // namespace
}  // namespace gmmvi::report

#include "target/planar_robot.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

TEST(PlanarRobot, IsTheReferencesOne) {
  double tolerance = 0.0;
  const nlohmann::json golden = test::golden_target("planar_robot", tolerance);
  const nlohmann::json& inputs = golden.at("inputs");
  PlanarRobot target = planar_robot({.goals = 4});
  EXPECT_EQ(target.goals(), test::matrix_of_columns(inputs.at("goals")));
  const Evaluation evaluation = test::evaluate(target, test::matrix_of_columns(inputs.at("x")));
  test::expect_near_relative(evaluation.log_densities, test::vector(golden.at("expected").at("log_density")),
                             tolerance);
  test::expect_near_relative(evaluation.gradients, test::matrix_of_columns(golden.at("expected").at("grad")),
                             tolerance);
}

/// An arm of two links, bent to a right angle, ends at (1, 1).
TEST(PlanarRobot, KnowsWhereItsJointsAre) {
  const PlanarRobot target(Eigen::Vector2d(1.0, 1.0), Eigen::Vector2d(1.0, 2.0), 0.1);
  const Eigen::Matrix2Xd joints = target.joints(Eigen::Vector2d(0.0, std::numbers::pi / 2.0));
  EXPECT_LT((joints - Eigen::Matrix<double, 2, 3>{{0.0, 1.0, 1.0}, {0.0, 0.0, 1.0}}).norm(), 1e-15);
}

TEST(PlanarRobot, AtItsGoalLacksOnlyWhatThePriorTakes) {
  PlanarRobot target(Eigen::Vector2d(1.0, 1.0), Eigen::Vector2d(1.0, 2.0), 0.1);
  const double angle = std::numbers::pi / 2.0;
  const double prior = -std::log(2.0 * std::numbers::pi * 2.0) - 0.5 * angle * angle / 4.0;
  const double peak = -std::log(2.0 * std::numbers::pi * 0.01);
  EXPECT_NEAR(test::evaluate(target, Eigen::Vector2d(0.0, angle)).log_densities[0], prior + peak, 1e-12);
}

// An elbow up and one down reach the same goal: two modes, if both are likely.
TEST(PlanarRobot, CountsTheWaysToEachGoal) {
  PlanarRobot target(Eigen::Matrix2d{{1.0, -1.0}, {1.0, -1.0}}, Eigen::Vector2d(2.0, 2.0), 0.01);
  const double quarter = std::numbers::pi / 2.0;
  const Eigen::Matrix<double, 2, 4> means{{0.0, quarter, 0.01, 0.3}, {quarter, -quarter, quarter, 0.3}};
  const auto metrics = target.metrics(means, {});
  ASSERT_EQ(metrics.size(), 3u);
  EXPECT_EQ(metrics[0].value, 2.0) << "the third is that of the first, the fourth is nowhere";
  EXPECT_EQ(metrics[1].value, 2.0);
  EXPECT_EQ(metrics[2].value, 0.0);
}

TEST(PlanarRobot, DrawsItsArmAndItsGoals) {
  const PlanarRobot target = planar_robot({.goals = 4});
  const auto drawing = target.draw(Eigen::VectorXd::Zero(10));
  ASSERT_TRUE(drawing);
  EXPECT_EQ(drawing->lines.front().rightCols<1>(), Eigen::Vector2d(10.0, 0.0));
  EXPECT_EQ(drawing->points, target.goals());
}

TEST(PlanarRobot, MayHaveOneGoal) {
  EXPECT_EQ(planar_robot({.goals = 1}).goals(), Eigen::Vector2d(7.0, 0.0));
}

}  // namespace
}  // namespace gmmvi::target

#include "target/planar_robot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include "core/contract.hpp"
#include "math/lane_trigonometry.hpp"

namespace gmmvi::target {
namespace {

/// Into how many groups `angles` fall, if gaps of more than 0.4 part them.
std::size_t groups(std::vector<double> angles) {
  if (angles.empty()) return 0;
  std::ranges::sort(angles);
  std::size_t count = 1;
  for (std::size_t i = 1; i < angles.size(); ++i) count += angles[i] - angles[i - 1] > 0.4 ? 1 : 0;
  return count;
}

}  // namespace

PlanarRobot::PlanarRobot(Eigen::Matrix2Xd goals, Eigen::VectorXd prior_std, double likelihood_std)
    : goals_(std::move(goals)),
      prior_std_(std::move(prior_std)),
      likelihood_variance_(likelihood_std * likelihood_std),
      link_x_(lanes, prior_std_.size()),
      link_y_(lanes, prior_std_.size()) {
  GMMVI_EXPECT(goals_.cols() > 0 && likelihood_std > 0.0 && (prior_std_.array() > 0.0).all(), "see the header");
  const double log_two_pi = std::log(2.0 * std::numbers::pi);
  log_normalizer_ = -0.5 * static_cast<double>(prior_std_.size()) * log_two_pi - prior_std_.array().log().sum() -
                    log_two_pi - std::log(likelihood_variance_);
}

std::vector<std::string> PlanarRobot::parameter_names() const {
  std::vector<std::string> names;
  for (Eigen::Index d = 1; d <= dimension(); ++d) names.push_back(fmt::format("joint{}", d));
  return names;
}

// The derivative of the end effector by an angle is the sum of the links from that joint on, turned by 90°.
LaneArray PlanarRobot::log_density(const Block& angles, Block* gradient) {
  LaneArray direction = LaneArray::Zero(), x = LaneArray::Zero(), y = LaneArray::Zero();
  LaneArray density = LaneArray::Constant(log_normalizer_);
  for (Eigen::Index d = 0; d < dimension(); ++d) {
    direction += angles.col(d);
    const math::SinCos link = math::sin_cos(direction);
    link_x_.col(d) = link.cos;
    link_y_.col(d) = link.sin;
    x += link.cos;
    y += link.sin;
    density -= 0.5 * (angles.col(d) / prior_std_[d]).square();
  }
  const Pull pull = nearest_goal(x, y);
  density += pull.log_likelihood;
  if (gradient == nullptr) return density;
  LaneArray lever_x = LaneArray::Zero(), lever_y = LaneArray::Zero();
  for (Eigen::Index d = dimension() - 1; d >= 0; --d) {
    lever_x += link_x_.col(d);
    lever_y += link_y_.col(d);
    gradient->col(d) = pull.y * lever_x - pull.x * lever_y - angles.col(d) / (prior_std_[d] * prior_std_[d]);
  }
  return density;
}

// The greatest log likelihood (without its constant) and its gradient by the end effector's position.
PlanarRobot::Pull PlanarRobot::nearest_goal(const LaneArray& x, const LaneArray& y) const {
  LaneArray nearest = LaneArray::Constant(std::numeric_limits<double>::infinity());
  LaneArray to_x = LaneArray::Zero(), to_y = LaneArray::Zero();
  for (const auto& goal : goals_.colwise()) {
    const LaneArray dx = goal[0] - x, dy = goal[1] - y;
    const LaneArray squared = dx.square() + dy.square();
    const auto nearer = (squared < nearest).eval();
    to_x = nearer.select(dx, to_x);
    to_y = nearer.select(dy, to_y);
    nearest = nearer.select(squared, nearest);
  }
  return {to_x / likelihood_variance_, to_y / likelihood_variance_, -0.5 * nearest / likelihood_variance_};
}

Eigen::Matrix2Xd PlanarRobot::joints(const Eigen::VectorXd& angles) const {
  Eigen::Matrix2Xd joints = Eigen::Matrix2Xd::Zero(2, dimension() + 1);
  double direction = 0.0;
  for (Eigen::Index d = 0; d < dimension(); ++d) {
    direction += angles[d];
    joints.col(d + 1) = joints.col(d) + Eigen::Vector2d(std::cos(direction), std::sin(direction));
  }
  return joints;
}

std::optional<Drawing> PlanarRobot::draw(const Eigen::VectorXd& angles) const {
  return Drawing{.lines = {joints(angles)}, .points = goals_};
}

std::vector<TargetMetric> PlanarRobot::metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd&) {
  constexpr double near = 0.05, likely = -7.0;
  const Eigen::VectorXd densities = evaluate(means, {}, false).log_densities;
  std::vector<std::vector<double>> first_angles(static_cast<std::size_t>(goals_.cols()));
  for (Eigen::Index k = 0; k < means.cols(); ++k) {
    const Eigen::Vector2d end_effector = joints(means.col(k)).rightCols<1>();
    for (Eigen::Index g = 0; g < goals_.cols(); ++g)
      if ((end_effector - goals_.col(g)).norm() < near && densities[k] > likely)
        first_angles[static_cast<std::size_t>(g)].push_back(means(0, k));
  }
  std::vector<TargetMetric> metrics = {{"modes_found", 0.0}};
  for (std::size_t g = 0; g < first_angles.size(); ++g) {
    metrics.push_back({fmt::format("modes_at_goal_{}", g + 1), static_cast<double>(groups(first_angles[g]))});
    metrics.front().value += metrics.back().value;
  }
  return metrics;
}

PlanarRobot planar_robot(const PlanarRobotOptions& options) {
  GMMVI_EXPECT(options.goals == 1 || options.goals == 4, fmt::format("{} goals", options.goals));
  Eigen::Matrix2Xd goals(2, 4);
  goals << 7.0, -7.0, 0.0, 0.0, 0.0, 0.0, 7.0, -7.0;
  Eigen::VectorXd prior_std = Eigen::VectorXd::Constant(10, 0.2);
  prior_std[0] = 1.0;
  return {goals.leftCols(options.goals), prior_std, 0.01};
}

}  // namespace gmmvi::target

#pragma once

#include <optional>
#include <vector>

#include <Eigen/Core>

#include "target/blockwise_target.hpp"
#include "target/options.hpp"

namespace gmmvi::target {

/// Joint angles of a robot arm in the plane, with links of length 1, whose end effector is to be at one of some goals
/// (Arenz et al. 2020): a normal prior of mean 0 on every angle, and a normal likelihood of the end effector's position
/// around the goal that is nearest.
class PlanarRobot : public BlockwiseTarget {
 public:
  /// `goals` [2 x G], at least one; standard deviations > 0 of the prior [D] and of the position.
  PlanarRobot(Eigen::Matrix2Xd goals, Eigen::VectorXd prior_std, double likelihood_std);

  Eigen::Index dimension() const override { return prior_std_.size(); }
  std::vector<std::string> parameter_names() const override;
  /// For every goal the modes found: the components whose end effector is within 0.05 of it and whose log density
  /// exceeds −7, parted where their first angles are more than 0.4 apart (the reference's measure).
  std::vector<TargetMetric> metrics(const Eigen::MatrixXd& means, const Eigen::MatrixXd& samples) override;

  std::optional<Drawing> draw(const Eigen::VectorXd& angles) const override;

  /// [2 x D+1] where the arm's joints and, last, its end effector are for angles [D].
  Eigen::Matrix2Xd joints(const Eigen::VectorXd& angles) const;
  const Eigen::Matrix2Xd& goals() const { return goals_; }

 protected:
  LaneArray log_density(const Block& angles, Block* gradient) override;

 private:
  struct Pull {
    LaneArray x, y, log_likelihood;
  };
  Pull nearest_goal(const LaneArray& x, const LaneArray& y) const;

  Eigen::Matrix2Xd goals_;
  Eigen::VectorXd prior_std_;
  double likelihood_variance_;
  double log_normalizer_;
  Block link_x_, link_y_;  // [lanes x D] of every link
};

/// The reference's arm: 10 joints with prior standard deviations 1, 0.2, …, 0.2; goals (7, 0) or (±7, 0) and (0, ±7),
/// hit with a standard deviation of 0.01.
PlanarRobot planar_robot(const PlanarRobotOptions& options);

}  // namespace gmmvi::target

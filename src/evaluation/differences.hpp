#pragma once

#include <optional>

#include <Eigen/Core>

#include "gmmvi/evaluation_options.hpp"

#include "evaluation/group.hpp"

namespace gmmvi::evaluation {

/// Gradients from differences of log densities at points: each sample, and behind it its neighbours, which differ from
/// it in one parameter each, first upwards and, with central differences, then downwards. A difference is one-sided
/// where one side has no finite log density.
class Differences {
 public:
  /// Of some scheme.
  Differences(const FiniteDifferencesOptions& options, Eigen::Index dimension);

  /// Of a sample.
  Eigen::Index points() const { return points_; }
  /// The batch of the points of a batch of samples, without gradients.
  EvaluationRequest points_of(const EvaluationRequest& samples) const;
  /// The first parameter in which a sample has no slope, though it has a finite log density, if there is one.
  /// `log_densities` [points()]: −∞ outside of the support, NaN where there is none.
  std::optional<Eigen::Index> unknown(const Eigen::Ref<const Eigen::VectorXd>& log_densities) const;
  /// [D] the gradient of a sample [D] that has a finite log density and no unknown slope.
  Eigen::VectorXd gradient(const Eigen::Ref<const Eigen::VectorXd>& sample,
                           const Eigen::Ref<const Eigen::VectorXd>& log_densities) const;

 private:
  /// Points of a sample, by number.
  struct Sides {
    Eigen::Index above, below;
  };
  Sides sides(const Eigen::Ref<const Eigen::VectorXd>& log_densities, Eigen::Index d) const;

  Eigen::Index dimension_, points_;
  double step_;
};

}  // namespace gmmvi::evaluation

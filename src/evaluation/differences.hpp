#pragma once

#include <string>
#include <vector>

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
  /// [D] the gradient of a sample [D]: finite where its slope is known, which needs a finite log density of its own and
  /// of a neighbour. `log_densities` [points()]: −∞ outside of the support, NaN where there is none.
  Eigen::VectorXd gradient(const Eigen::Ref<const Eigen::VectorXd>& sample,
                           const Eigen::Ref<const Eigen::VectorXd>& log_densities) const;
  /// Why a sample that has a finite log density has no gradient; empty where it has one. `names` [D] of the parameters.
  std::string complaint(const Eigen::Ref<const Eigen::VectorXd>& sample,
                        const Eigen::Ref<const Eigen::VectorXd>& log_densities,
                        const std::vector<std::string>& names) const;

 private:
  Eigen::Index dimension_, points_;
  double step_;
};

}  // namespace gmmvi::evaluation

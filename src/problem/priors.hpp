#pragma once

#include <optional>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/random.hpp"
#include "problem/joint_prior.hpp"
#include "problem/options.hpp"
#include "problem/prior.hpp"

namespace gmmvi::problem {

/// The prior density of all parameters: each has its own, or shares a joint one with others.
class Priors {
 public:
  /// Of nobody: the density is 1 for any number of parameters.
  Priors() = default;
  /// Independent ones [D].
  Priors(std::vector<Prior> independent);
  /// Of the parameters of a config [D], some of which may have a joint prior. Throws Error (configuration) as
  /// prior_of() does.
  explicit Priors(const ParametersOptions& parameters, std::optional<JointPrior> joint = {});

  bool none() const { return own_.empty(); }
  /// D, or 0 where there are none.
  Eigen::Index dimension() const { return std::ssize(own_); }
  /// Of x [D]; −∞ outside of the support.
  double log_density(const Eigen::VectorXd& x) const;
  /// [D] of it by x, within the support.
  Eigen::VectorXd gradient(const Eigen::VectorXd& x) const;
  /// [D x D] its Hessian, within the support.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& x) const;
  /// Of one parameter at x, the others integrated out; −∞ outside of its support.
  double marginal_log_density(Eigen::Index parameter, double x) const;
  /// The parameters whose prior is improper.
  std::vector<Eigen::Index> improper() const;
  /// [D] Of each parameter. Not where some are improper.
  Eigen::VectorXd median() const;
  /// [D] A sample. Not where some are improper.
  Eigen::VectorXd draw(core::Stream& stream) const;

 private:
  Eigen::VectorXd by_parameter(const auto& of_own, const Eigen::VectorXd& of_joint) const;

  std::vector<std::optional<Prior>> own_;  // [D] none for those of the joint one
  std::optional<JointPrior> joint_;
};

}  // namespace gmmvi::problem

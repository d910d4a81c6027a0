#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/mixture.hpp"
#include "gmmvi/transforms.hpp"

#include "problem/fitted_model.hpp"

namespace gmmvi::problem {

/// The mixture of an earlier run as the prior of those parameters of a problem that have the names of its own. Of a
/// sample z of the mixture q, x(z) has the density q(z) |dz/dx|. Parameters of the earlier run that the problem has not
/// are integrated out.
class JointPrior {
 public:
  /// `names` [D] are the problem's. Throws Error (data) where none of them is the model's.
  JointPrior(const FittedModel& model, std::span<const std::string> names);

  /// The P parameters it is the prior of, as indices into `names`, in the model's order.
  const std::vector<Eigen::Index>& parameters() const { return parameters_; }
  /// Names of those that are integrated out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  bool covers(Eigen::Index parameter) const;

  /// Of all parameters x [D] of the problem; −∞ outside of the bounds.
  double log_density(const Eigen::VectorXd& x) const;
  /// [P] of log_density() by its own parameters, within the bounds.
  Eigen::VectorXd gradient(const Eigen::VectorXd& x) const;
  /// [P x P] its Hessian by them, within the bounds.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& x) const;
  /// Of one of its parameters at x, the others integrated out; −∞ outside of its bounds.
  double marginal_log_density(Eigen::Index parameter, double x) const;
  /// Of one of its parameters: to a space in which the marginal median is 0, and half the width of the central 68 % is
  /// 1.
  Transform transform(Eigen::Index parameter) const;
  /// [P] where the marginal distribution functions are 0.5.
  Eigen::VectorXd median() const;
  /// [P] a sample; the same for the same seed.
  Eigen::VectorXd draw(std::uint64_t seed) const;

 private:
  Eigen::Index position_of(Eigen::Index parameter) const;
  double quantile(Eigen::Index position, double p) const;  // in the mixture's space

  std::vector<Eigen::Index> parameters_;
  std::vector<std::string> left_out_;
  AnyMixture mixture_;     // over z [P]
  Transforms transforms_;  // [P]
};

}  // namespace gmmvi::problem

#pragma once

#include <limits>
#include <vector>

#include "gmmvi/eigen.hpp"

namespace gmmvi {

/// How a parameter x of the user's comes from one of the solver's, z, which has no bounds and is of the size of one:
/// u = location + scale·z, and then, as Stan has it,
///   without bounds           x = u
///   with a lower bound a     x = a + exp(u)
///   with an upper bound b    x = b − exp(−u)
///   with both                x = a + (b − a) / (1 + exp(−u)).
/// x grows with z, and is always between its bounds: what rounding would put on one, or beyond, is the next number
/// inside.
struct Transform {
  double lower = -std::numeric_limits<double>::infinity();  ///< a
  double upper = std::numeric_limits<double>::infinity();   ///< b > a
  double location = 0.0;                                    ///< finite
  double scale = 1.0;                                       ///< > 0, finite

  double to_user(double z) const;
  /// Of an x between the bounds; of one that is not: ∓∞.
  double to_solver(double x) const;
  /// log dx/dz.
  double log_derivative(double z) const;
  /// d/dz log dx/dz.
  double log_derivative_slope(double z) const;
  /// d²/dz² log dx/dz.
  double log_derivative_curvature(double z) const;
  /// Whether rounding would put x at z on a bound.
  bool rounds_to_bound(double z) const;

  /// Whether x at z is larger than any double.
  bool overflows(double z) const;

  bool operator==(const Transform&) const = default;
};

/// Those of all parameters, or none: then x is z.
class Transforms {
 public:
  Transforms() = default;
  explicit Transforms(std::vector<Transform> by_parameter) : by_parameter_(std::move(by_parameter)) {}

  bool none() const { return by_parameter_.empty(); }
  /// [D] or none.
  const std::vector<Transform>& by_parameter() const { return by_parameter_; }
  /// Of parameter d; where there are none, that which changes nothing.
  Transform of(Eigen::Index d) const;

  /// [D x N] → [D x N].
  Eigen::MatrixXd to_user(const Eigen::Ref<const Eigen::MatrixXd>& z) const;
  Eigen::MatrixXd to_solver(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
  /// [N] log |dx/dz|: the log density of z is that of x plus this.
  Eigen::VectorXd log_volumes(const Eigen::Ref<const Eigen::MatrixXd>& z) const;
  /// [D x N] gradients of a log density of z, from those [D x N] of the log density of x.
  Eigen::MatrixXd gradients_to_solver(const Eigen::Ref<const Eigen::MatrixXd>& z,
                                      const Eigen::Ref<const Eigen::MatrixXd>& gradients) const;
  /// The other way round.
  Eigen::MatrixXd gradients_to_user(const Eigen::Ref<const Eigen::MatrixXd>& z,
                                    const Eigen::Ref<const Eigen::MatrixXd>& gradients) const;
  /// [D x D] Hessian of a log density of z at z [D], from gradient [D] and Hessian [D x D] of the log density of x.
  Eigen::MatrixXd hessian_to_solver(const Eigen::VectorXd& z, const Eigen::VectorXd& gradient,
                                    const Eigen::MatrixXd& hessian) const;
  /// The other way round: from those of the log density of z.
  Eigen::MatrixXd hessian_to_user(const Eigen::VectorXd& z, const Eigen::VectorXd& gradient,
                                  const Eigen::MatrixXd& hessian) const;

  bool operator==(const Transforms&) const = default;

 private:
  std::vector<Transform> by_parameter_;
};

}  // namespace gmmvi

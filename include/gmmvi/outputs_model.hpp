#pragma once

#include <optional>

#include "gmmvi/eigen.hpp"

namespace gmmvi {

/// log p̃ around a point x to second order, as a function of predictors η of the target's outputs and of x itself.
/// Second derivatives of the likelihood are their expectations over data (minus Fisher's information), so that they are
/// never of the wrong sign; those of the prior are exact.
struct OutputsExpansion {
  Eigen::VectorXd by_predictors;  ///< [m] of the log likelihood by η
  Eigen::VectorXd information;    ///< [m] >= 0, of η: different ones have none in common
  /// [D] of the log likelihood by parameters of the noise, while η stays, and the information [D x D] of these, and [m
  /// x D] of η and them; all empty where the noise has none.
  Eigen::VectorXd by_noise = {};
  Eigen::MatrixXd noise_information = {};
  Eigen::MatrixXd mixed_information = {};
  Eigen::VectorXd prior_gradient;  ///< [D]
  Eigen::MatrixXd prior_hessian;   ///< [D x D]

  /// [D] of log p̃, where η has the slope J [m x D].
  Eigen::VectorXd gradient(const Eigen::MatrixXd& slope) const;
  /// [D x D] of log p̃, the curvature of η left out (Gauss, Newton).
  Eigen::MatrixXd hessian(const Eigen::MatrixXd& slope) const;
};

/// How a target's outputs make its log density. Of the M outputs m have data; of each the predictor η is a function of
/// the outputs that is closer to linear in the parameters, or has noise of one scale: the logarithm of a count's mean,
/// for instance. Noise of different predictors is independent.
class OutputsModel {
 public:
  virtual ~OutputsModel() = default;
  /// m, how many predictors there are.
  virtual Eigen::Index predictor_count() const = 0;
  /// [m x N] of outputs [M x N], which may have Jacobians below them; NaN where outputs are not known.
  virtual Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const = 0;
  /// Whether the M outputs of a sample have their Jacobian [M x D] by x with them, column after column below them.
  virtual bool has_slopes() const { return false; }
  /// Where it has: [m D x N] of predictors by x, the columns of [m x D] one below the other, of outputs with Jacobians
  /// [M (1 + D) x N].
  virtual Eigen::MatrixXd slopes(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const {
    return Eigen::MatrixXd(0, outputs.cols());
  }
  /// At predictors [m] and x [D], which the target's samples are of. None outside of the support.
  virtual std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors,
                                                    const Eigen::VectorXd& x) const = 0;
};

}  // namespace gmmvi

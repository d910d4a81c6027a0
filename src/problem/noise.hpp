#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "problem/data.hpp"
#include "problem/options.hpp"

namespace gmmvi::problem {

/// log p(d | y, parameters): of data d [M] that are outputs y [M] of a simulator with noise. Rows of data without a
/// value are left out. Normalising constants are included, so that evidences of several models can be compared.
///
/// | noise                       | of a datum d with the output y                                                 |
/// |-----------------------------|--------------------------------------------------------------------------------|
/// | gaussian(sd)                | d ~ N(y, sd²)                                                                  |
/// | gaussian(covariance)        | all d ~ N(y, covariance)                                                       |
/// | gaussian_relative(fraction) | d ~ N(y, (fraction · |y|)²)                                                    |
/// | student_t(df, scale)        | (d − y) / scale ~ t(df)                                                        |
/// | laplace(scale)              | |d − y| ~ Exponential(1 / scale), with either sign                             |
/// | lognormal(sd_log)           | log d ~ N(log y, sd_log²)                                                      |
/// | poisson()                   | of mean y                                                                      |
/// | negative_binomial(dispersion) | of mean y and variance y + y² / dispersion (Stan's neg_binomial_2)           |
/// | binomial(trials)            | of success probability y                                                       |
class Likelihood {
 public:
  struct Value {
    double log_density;          ///< −∞ outside of the support; NaN where an output that counts is not finite
    Eigen::VectorXd outputs;     ///< [M] its derivatives, 0 for rows that are left out; empty if not asked for
    Eigen::VectorXd parameters;  ///< the derivatives with respect to the noise_parameters()
  };
  /// To second order in predictors η of the outputs that have data, and in the parameters of the noise, with expected
  /// second derivatives (see OutputsExpansion).
  struct Expansion {
    Eigen::VectorXd by_predictors;          ///< [m] derivatives by η
    Eigen::VectorXd information;            ///< [m] of η
    Eigen::VectorXd parameters;             ///< [P] derivatives by the noise_parameters()
    Eigen::MatrixXd mixed;                  ///< [m x P] information of η and them
    Eigen::MatrixXd parameter_information;  ///< [P x P] of them
  };
  class Noise;

  /// `parameters` are the names of the problem's parameters. Throws Error (configuration) where arguments of the noise
  /// are neither numbers, parameters, nor columns, or could be both; and Error (data) where data are outside the
  /// support of the noise, and where the covariance is none.
  Likelihood(const LikelihoodOptions& options, const Data& data, std::span<const std::string> parameters);

  /// M, the number of rows of the data, with a value or without.
  Eigen::Index outputs() const { return outputs_; }
  /// The rows that have a value.
  const std::vector<Eigen::Index>& rows() const { return rows_; }
  /// The parameters that the noise depends on, as indices into their names; each once.
  const std::vector<Eigen::Index>& noise_parameters() const { return noise_parameters_; }
  /// Whether the arguments of the noise can be these parameters' [D].
  bool supports(const Eigen::VectorXd& parameters) const;
  /// Of outputs [M] and parameters [D].
  Value value(const Eigen::VectorXd& outputs, const Eigen::VectorXd& parameters, bool want_gradients) const;
  /// [m] η of outputs [M]: an output y itself; log y where the noise is of its scale (gaussian_relative, lognormal) or
  /// counts have the mean y (poisson, negative_binomial); its logit where it is a probability (binomial); L⁻¹ y where
  /// the noise has the covariance L Lᵀ. NaN where an output that counts is not finite.
  Eigen::VectorXd predictors(const Eigen::VectorXd& outputs) const;
  /// [m x D] of η by what the outputs [M] have the Jacobian [M x D] by; NaN where an output that counts is not finite.
  Eigen::MatrixXd slopes(const Eigen::VectorXd& outputs, const Eigen::MatrixXd& jacobian) const;
  /// At η [m] and parameters [D] that it supports.
  Expansion expansion(const Eigen::VectorXd& predictors, const Eigen::VectorXd& parameters) const;
  /// Where the distribution of a new datum has its quantile of `p`, 0 < p < 1, that is of the output number `row` with
  /// the value y; of counts the least that has at least `p` at it or below. NaN where there can be no such output, and
  /// where an argument of the noise is a column that is only known where there is a datum, and there is none.
  double quantile(Eigen::Index row, double y, const Eigen::VectorXd& parameters, double p) const;

 private:
  Value zero(bool gradients, std::size_t outputs) const;

  Eigen::Index outputs_;
  std::vector<Eigen::Index> rows_;  // [m] that have a value
  std::vector<Eigen::Index> noise_parameters_;
  std::shared_ptr<const Noise> noise_;
};

}  // namespace gmmvi::problem

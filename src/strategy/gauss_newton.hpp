#pragma once

#include <optional>

#include <Eigen/Core>

#include "gmmvi/outputs_model.hpp"
#include "gmmvi/regression.hpp"

// A surrogate of log p̃ = log prior(x) + log p(d | y(x)) around a Gaussian, in its whitened coordinates x̂ = L⁻¹(x − μ):
// predictors of the outputs are regressed on x̂, which takes D + 1 coefficients each, where a quadratic surrogate of log
// p̃ itself takes (D + 1)(D + 2)/2. What the likelihood's second derivatives leave out, a quadratic correction finds.

namespace gmmvi::strategy {

/// gᵀx̂ + ½ x̂ᵀHx̂.
struct Quadratic {
  Eigen::VectorXd gradient;  ///< g [D]
  Eigen::MatrixXd hessian;   ///< H [D x D]

  static Quadratic zero(Eigen::Index dimension);
  /// [n] at the columns of [D x n].
  Eigen::VectorXd values(const Eigen::MatrixXd& whitened) const;
};

/// Predictors as linear functions of x̂.
struct LinearPredictors {
  Eigen::VectorXd at_mean;  ///< [m]
  Eigen::MatrixXd slope;    ///< J [m x D]
};

/// The ridge regression of `predictors` [m x n] on the columns of `whitened` [D x n], with weights [n] that sum to one,
/// and at_mean free. `ridge` > 0.
LinearPredictors linear_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                   const Eigen::MatrixXd& predictors, double ridge);

/// The same with a slope J [m x D] that is known.
LinearPredictors linear_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                   const Eigen::MatrixXd& predictors, Eigen::MatrixXd slope);

/// Predictors as quadratic functions of x̂, η_j = a_j + J_j x̂ + ½ x̂ᵀB_jx̂, and how well they tell samples that they have
/// not seen.
struct QuadraticPredictors {
  LinearPredictors linear;  ///< a and J
  Eigen::MatrixXd bends;    ///< [m x D(D+1)/2] B_j, i <= k, row after row
  double error = 0.0;  ///< weighted mean of Σ_j information_j · (what sample n has more than is said without it)²
  double error_of_linear = 0.0;  ///< the same of linear ones

  /// η [m] at x̂ [D].
  Eigen::VectorXd at(const Eigen::VectorXd& whitened) const;
  /// That of weightsᵀη [D] at x̂ [D].
  Eigen::VectorXd gradient(const Eigen::VectorXd& whitened, const Eigen::VectorXd& weights) const;
};

/// Their ridge regression with the penalty ridge · Σ_j (|J_j|² + ½ stiffness |B_j|²), a free, on columns of `whitened`
/// [D x n] with weights [n] that sum to one. Information [m] >= 0. None where the equations cannot be solved.
std::optional<QuadraticPredictors> quadratic_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                                        const Eigen::MatrixXd& predictors,
                                                        const Eigen::VectorXd& information, double ridge,
                                                        double stiffness);

/// Of several stiffnesses that with the least error. None where linear ones are as good, or the effective sample size
/// is less than half of the number of features: then nothing can be said.
std::optional<QuadraticPredictors> quadratic_predictors(const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                                        const Eigen::MatrixXd& predictors,
                                                        const Eigen::VectorXd& information, double ridge);

/// Kernel ridge regression of values on x̂, quadratic or of squares, with the kernel ½(x̂ᵀŷ)² + x̂ᵀŷ (squares: ½ Σ
/// x̂_i²ŷ_i²
/// + x̂ᵀŷ) and a free constant, and how well it tells samples that it has not seen.
struct Correction {
  Quadratic quadratic;
  Eigen::VectorXd held_out;        ///< [n] value minus what the regression without this sample says, by a closed form
  double error = 0.0;              ///< weighted mean of their squares
  double error_of_constant = 0.0;  ///< the same of the weighted mean of the other values

  /// Whether it is worth having. False where numbers go wrong.
  bool predicts() const { return error < error_of_constant; }
};
/// Weights [n] sum to one; `ridge` > 0. None where the equations cannot be solved.
std::optional<Correction> correction(Features features, const Eigen::MatrixXd& whitened, const Eigen::VectorXd& weights,
                                     const Eigen::VectorXd& values, double ridge);
/// How many numbers that keeps for `count` samples at most.
double correction_numbers(Features features, Eigen::Index dimension, double count);
/// And quadratic predictors of so many outputs.
double quadratic_predictors_numbers(Eigen::Index dimension, double outputs, double count);

}  // namespace gmmvi::strategy

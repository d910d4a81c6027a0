#pragma once

#include <Eigen/Core>

#include "gmmvi/regression.hpp"

namespace gmmvi::math {

/// A weighted ridge regression (RegressionProblem) with everything in place.
struct LeastSquares {
  Features features;
  Eigen::Ref<const Eigen::MatrixXd> samples;  ///< [D x N]
  Eigen::VectorXd values;                     ///< [N] y, measured from their weighted mean
  Eigen::VectorXd weights;                    ///< [N] ω >= 0
  double ridge;                               ///< >= 0, of the features of second order
  double linear_ridge;                        ///< >= 0, of those of first order

  /// The ridge of every feature [F]; the constant has none.
  Eigen::VectorXd ridges() const;
};

/// Three ways to the same coefficients.
enum class LeastSquaresSolver {
  normal_equations,    ///< N F² (of quadratic features N F²/3) + F³/3 operations, 2 F² numbers
  dual,                ///< N² D + N³/3, 3 N²: for fewer samples than features, with a ridge
  conjugate_gradients  ///< 3 N D² a step; no sample's features are written down, unless it takes too many steps
};

struct Coefficients {
  Eigen::VectorXd values;  ///< β [F]; not finite where the numbers are not, or where conjugate gradients that nothing
                           ///< can replace did not converge: the step is refused then
  double reciprocal_condition;  ///< of the equilibrated normal equations, estimated; NaN of conjugate gradients
  LeastSquaresSolver solver;    ///< that gave them: conjugate gradients may turn to the normal equations
};

/// Whether the dual has as many digits as the others: with ridges, of which that of first order is not so small that
/// features of second order are lost beside them.
bool dual_is_exact(double ridge, double linear_ridge);
/// The cheapest one, by counts alone: of dimensions, samples, and what the samples are worth, (Σω)²/Σω².
LeastSquaresSolver cheapest_solver(const LeastSquares& problem);
Coefficients solve(LeastSquaresSolver solver, const LeastSquares& problem);
/// How many numbers the cheapest one keeps at most, the problem aside, whatever part of `count` samples there is;
/// `with_dual` where that one is exact.
double solver_numbers(Features features, Eigen::Index dimension, double count, bool with_dual);

}  // namespace gmmvi::math

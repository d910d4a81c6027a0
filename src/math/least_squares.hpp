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

struct Coefficients {
  Eigen::VectorXd values;       ///< β [F]
  double reciprocal_condition;  ///< of the equilibrated normal equations, estimated
};

/// Three ways to the same coefficients.
enum class LeastSquaresSolver {
  normal_equations,    ///< N F² + F³/3 operations, 2 F² numbers
  dual,                ///< N² D + N³/3, 2 N²: for fewer samples than features, with a ridge
  conjugate_gradients  ///< 3 N D² a step; no sample's features are written down, unless it takes too many steps
};

/// The cheapest one, by counts alone: of dimensions, samples, and what the samples are worth, (Σω)²/Σω².
LeastSquaresSolver cheapest_solver(const LeastSquares& problem);
Coefficients solve(LeastSquaresSolver solver, const LeastSquares& problem);
/// How many numbers it keeps for `count` samples at most, the problem aside.
double solver_numbers(Features features, Eigen::Index dimension, double count);

}  // namespace gmmvi::math

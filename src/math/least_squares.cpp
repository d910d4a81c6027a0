#include "math/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>

#include "gmmvi/lanes.hpp"

#include "core/contract.hpp"
#include "math/features.hpp"
#include "math/quadratic_moments.hpp"

namespace gmmvi::math {
namespace {

constexpr double most_numbers = 1 << 27;  // of a solver's matrices: a gigabyte

// F × F, and as much for its factor.
bool normal_equations_fit(double features) {
  return 2.0 * features * features <= most_numbers;
}

// Three N × N while the kernel is summed up. Fewer samples fit, too.
bool dual_fits(double features, double samples) {
  return samples < features && 3.0 * samples * samples <= most_numbers;
}

double feature_count_of(const LeastSquares& problem) {
  return static_cast<double>(feature_count(problem.features, problem.samples.rows()));
}

// -- Sums over samples of what is linear in their features, without the features

// Σ_n r_n φ(x_n) for the features other than the constant.
Eigen::VectorXd weighted_features(Features features, const Eigen::Ref<const Eigen::MatrixXd>& samples,
                                  const Eigen::VectorXd& r) {
  const Eigen::Index d = samples.rows(), second = second_order_count(features, d);
  Eigen::VectorXd sums(second + d);
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(d, d);  // Σ r x xᵀ, its lower triangle
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(d);
  sums.tail(d).setZero();
  for (Eigen::Index first = 0; first < samples.cols(); first += summed_samples) {
    const Eigen::Index count = std::min(summed_samples, samples.cols() - first);
    const Eigen::MatrixXd block = samples.middleCols(first, count);
    const Eigen::MatrixXd weighted = block * r.segment(first, count).asDiagonal();
    sums.tail(d) += weighted.rowwise().sum();
    if (features == Features::squares) squares += weighted.cwiseProduct(block).rowwise().sum();
    if (features == Features::quadratic) products.triangularView<Eigen::Lower>() += weighted * block.transpose();
  }
  if (features == Features::squares) sums.head(d) = squares;
  if (features == Features::quadratic)
    for (Eigen::Index i = 0, next = 0; i < d; next += d - i, ++i)
      sums.segment(next, d - i) = products.col(i).tail(d - i);
  return sums;
}

// -- Normal equations

// Σ ω φφᵀ [F x F], its lower triangle, of features that are not quadratic. A block of samples at a time, the last one
// filled up with zeros.
Eigen::MatrixXd moments_of_few(const LeastSquares& problem) {
  const Eigen::Index size = feature_count(problem.features, problem.samples.rows());
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(size, size);
  Eigen::MatrixXd block(size, summed_samples);
  for (Eigen::Index first = 0; first < problem.samples.cols(); first += summed_samples) {
    const Eigen::Index count = std::min(summed_samples, problem.samples.cols() - first);
    block.rightCols(summed_samples - count).setZero();
    for (Eigen::Index n = 0; n < count; ++n) {
      fill_features(problem.features, problem.samples.col(first + n), block.col(n));
      block.col(n) *= std::sqrt(problem.weights[first + n]);
    }
    sums.selfadjointView<Eigen::Lower>().rankUpdate(block);
  }
  return sums;
}

struct NormalEquations {
  Eigen::MatrixXd matrix;      // [F x F] ΦWΦᵀ, its lower triangle
  Eigen::VectorXd right_side;  // [F] ΦWy
};

NormalEquations normal_equations(const LeastSquares& problem) {
  NormalEquations equations{problem.features == Features::quadratic
                                ? quadratic_moments(problem.samples, problem.weights)
                                : moments_of_few(problem),
                            Eigen::VectorXd(feature_count(problem.features, problem.samples.rows()))};
  const Eigen::VectorXd weighted = problem.weights.cwiseProduct(problem.values);
  equations.right_side << weighted_features(problem.features, problem.samples, weighted), weighted.sum();
  return equations;
}

// Scales that give the matrix a diagonal of ones; 1 for what is not there.
Eigen::VectorXd equilibration(const Eigen::VectorXd& diagonal) {
  return (diagonal.array() > 0.0).select(diagonal.array().rsqrt(), 1.0);
}

void equilibrate(const Eigen::VectorXd& scale, Eigen::MatrixXd& matrix) {
  matrix.array().colwise() *= scale.array();
  matrix.array().rowwise() *= scale.transpose().array();
}

struct Solution {
  Eigen::MatrixXd values;
  double reciprocal_condition;
};

// A matrix without negative eigenvalues but for rounding. Where LLᵀ meets a pivot that is not positive, LDLᵀ leaves out
// what it has to.
Solution solve_symmetric(const Eigen::MatrixXd& matrix, const Eigen::MatrixXd& right_sides) {
  if (const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> llt(matrix); llt.info() == Eigen::Success)
    return {llt.solve(right_sides), llt.rcond()};
  const Eigen::LDLT<Eigen::MatrixXd, Eigen::Lower> ldlt(matrix);
  const bool singular = (ldlt.vectorD().array() == 0.0).any();  // which the estimate does not see
  return {ldlt.solve(right_sides), singular ? 0.0 : ldlt.rcond()};
}

Coefficients by_normal_equations(const LeastSquares& problem) {
  NormalEquations equations = normal_equations(problem);
  equations.matrix.diagonal() += problem.ridges();
  const Eigen::VectorXd scale = equilibration(equations.matrix.diagonal());
  equilibrate(scale, equations.matrix);
  const Solution solution = solve_symmetric(equations.matrix, scale.asDiagonal() * equations.right_side);
  return {scale.asDiagonal() * solution.values, solution.reciprocal_condition, LeastSquaresSolver::normal_equations};
}

// S with φ₂(x)ᵀβ₂ = xᵀSx, both triangles.
Eigen::MatrixXd symmetric_of(const Eigen::VectorXd& second_order, Eigen::Index d) {
  Eigen::MatrixXd symmetric(d, d);
  for (Eigen::Index i = 0, next = 0; i < d; next += d - i, ++i) {
    symmetric.col(i).tail(d - i) = 0.5 * second_order.segment(next, d - i);
    symmetric(i, i) = second_order[next];
  }
  symmetric.triangularView<Eigen::StrictlyUpper>() = symmetric.transpose();
  return symmetric;
}

// -- Dual

// φ(x)ᵀφ(y) of all pairs, those of first order times `first_order`; the lower triangle.
Eigen::MatrixXd kernel(Features features, const Eigen::Ref<const Eigen::MatrixXd>& samples, double first_order) {
  const Eigen::Index n = samples.cols();
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(n, n);
  products.selfadjointView<Eigen::Lower>().rankUpdate(samples.transpose());
  if (features == Features::linear) return first_order * products;
  const double share =
      features == Features::quadratic ? 0.5 : 1.0;  // Σ_{i<=j} x_i x_j y_i y_j = ½ [(xᵀy)² + Σ x_i² y_i²]
  const Eigen::MatrixXd squares = samples.transpose().cwiseAbs2();
  Eigen::MatrixXd all = Eigen::MatrixXd::Zero(n, n);
  all.selfadjointView<Eigen::Lower>().rankUpdate(squares, share);
  if (features == Features::quadratic) all.array() += share * products.array().square();
  return all + first_order * products;
}

// With a = W^½ (y − Φᵀβ) and the ridges Λ: (W^½ Φᵀ Λ⁻¹ Φ W^½ + I) a + W^½ 1 c = W^½ y, 1ᵀ W^½ a = 0 for the free
// constant c, and β = Λ⁻¹ Φ W^½ a. Multiplied by the ridge of second order, which may be tiny.
Coefficients by_dual(const LeastSquares& problem) {
  const bool linear = problem.features == Features::linear;
  const double ridge = linear ? problem.linear_ridge : problem.ridge;
  GMMVI_EXPECT(ridge > 0.0 && problem.linear_ridge > 0.0, "a ridge");
  const Eigen::VectorXd roots = problem.weights.cwiseSqrt();
  Eigen::MatrixXd matrix = kernel(problem.features, problem.samples, ridge / problem.linear_ridge);
  equilibrate(roots, matrix);
  matrix.diagonal().array() += ridge;
  const double norm = matrix.diagonal().maxCoeff();
  const Eigen::VectorXd scale = equilibration(matrix.diagonal());
  equilibrate(scale, matrix);
  Eigen::MatrixXd right_sides(roots.size(), 2);
  right_sides << scale.cwiseProduct(roots.cwiseProduct(problem.values)), scale.cwiseProduct(roots);
  const Eigen::MatrixXd solved = scale.asDiagonal() * solve_symmetric(matrix, right_sides).values;
  const double total = roots.dot(solved.col(1));
  const double constant = total > 0.0 ? roots.dot(solved.col(0)) / total : 0.0;
  const Eigen::VectorXd a = roots.cwiseProduct(solved.col(0) - constant * solved.col(1));

  const Eigen::Index d = problem.samples.rows(), second = second_order_count(problem.features, d);
  Coefficients coefficients{Eigen::VectorXd(second + d + 1), ridge / norm, LeastSquaresSolver::dual};
  coefficients.values << weighted_features(problem.features, problem.samples, a), constant;
  coefficients.values.segment(second, d) *= ridge / problem.linear_ridge;
  return coefficients;
}

// -- Conjugate gradients

/// The normal equations of features that are measured from their weighted mean, which takes the free constant out.
class CenteredEquations {
 public:
  explicit CenteredEquations(const LeastSquares& problem)
      : problem_(problem),
        ridges_(problem.ridges().head(problem.ridges().size() - 1)),
        total_(problem.weights.sum()),
        mean_(weighted_features(problem.features, problem.samples, problem.weights) / (total_ > 0.0 ? total_ : 1.0)) {}

  /// [F−1] weighted mean of the features.
  const Eigen::VectorXd& mean() const { return mean_; }

  Eigen::VectorXd right_side() const {
    return weighted_features(problem_.features, problem_.samples, problem_.weights.cwiseProduct(problem_.values));
  }

  // Squares of features are products of squares.
  Eigen::VectorXd diagonal() const {
    const Eigen::Index d = problem_.samples.rows(), second = ridges_.size() - d;
    const Eigen::MatrixXd squares = problem_.samples.cwiseAbs2();
    const Eigen::VectorXd first_and_second = weighted_features(problem_.features, squares, problem_.weights);
    const Eigen::VectorXd of_first = weighted_features(Features::linear, squares, problem_.weights);
    Eigen::VectorXd sums(ridges_.size());
    sums << first_and_second.head(second), of_first;
    return sums - total_ * mean_.cwiseAbs2() + ridges_;
  }

  // (Φ − φ̄) W (Φ − φ̄)ᵀ β + Λ β, a block of samples at a time.
  Eigen::VectorXd times(const Eigen::VectorXd& beta) const {
    const Eigen::Index d = problem_.samples.rows(), second = beta.size() - d;
    const Eigen::MatrixXd symmetric =
        problem_.features == Features::quadratic ? symmetric_of(beta.head(second), d) : Eigen::MatrixXd();
    const double mean = mean_.dot(beta);
    Eigen::VectorXd residuals(problem_.samples.cols());
    for (Eigen::Index first = 0; first < residuals.size(); first += summed_samples) {
      const Eigen::Index count = std::min(summed_samples, residuals.size() - first);
      const Eigen::MatrixXd block = problem_.samples.middleCols(first, count);
      auto part = residuals.segment(first, count);
      part = block.transpose() * beta.tail(d);
      if (problem_.features == Features::quadratic)
        part += (symmetric * block).cwiseProduct(block).colwise().sum().transpose();
      if (problem_.features == Features::squares) part += block.cwiseAbs2().transpose() * beta.head(d);
      part = problem_.weights.segment(first, count).array() * (part.array() - mean);
    }
    return weighted_features(problem_.features, problem_.samples, residuals) + ridges_.cwiseProduct(beta);
  }

 private:
  const LeastSquares& problem_;
  Eigen::VectorXd ridges_;
  double total_;
  Eigen::VectorXd mean_;
};

// How many steps ten digits take: measured 23, 64 and 174 where samples are worth 6, 1.5 and 1.06 times as many as
// there are features, in their whitened coordinates.
int expected_steps(const LeastSquares& problem) {
  constexpr double most = 600.0;
  const double sum = problem.weights.sum();
  const double worth = sum * sum / problem.weights.squaredNorm();
  const double f = feature_count_of(problem);
  const double excess = std::sqrt(worth / f) - 1.0;
  return static_cast<int>(excess > 0.0 ? std::min(most, 28.0 / std::sqrt(excess)) : most);
}

constexpr double accuracy = 1e-10;

// Preconditioned by the diagonal (Hestenes, Stiefel 1952). Samples that are not what their component's Gaussian draws
// may need many more steps than expected: then the normal equations are cheaper. Where they do not fit either, there is
// no answer.
Coefficients by_conjugate_gradients(const LeastSquares& problem) {
  const bool has_other = normal_equations_fit(feature_count_of(problem));
  const int most_steps = has_other ? 2 * expected_steps(problem) : 1000;
  const CenteredEquations equations(problem);
  const Eigen::VectorXd inverse_diagonal =
      equations.diagonal().cwiseMax(0.0).unaryExpr([](double entry) { return entry > 0.0 ? 1.0 / entry : 1.0; });
  Eigen::VectorXd residual = equations.right_side();
  Eigen::VectorXd beta = Eigen::VectorXd::Zero(residual.size());
  Eigen::VectorXd conditioned = inverse_diagonal.cwiseProduct(residual), direction = conditioned;
  double size = residual.dot(conditioned);
  const bool finite = std::isfinite(size);
  const double enough = accuracy * accuracy * size;
  for (int step = 0; step < most_steps && size > enough; ++step) {
    const Eigen::VectorXd image = equations.times(direction);
    const double curvature = direction.dot(image);
    if (!(curvature > 0.0)) break;
    const double length = size / curvature;
    beta += length * direction;
    residual -= length * image;
    conditioned = inverse_diagonal.cwiseProduct(residual);
    const double share = residual.dot(conditioned) / size;
    size *= share;
    direction = conditioned + share * direction;
  }
  const bool converged = size <= enough;
  if (has_other && finite && !converged) return by_normal_equations(problem);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (!finite || !converged) beta.setConstant(none);
  Coefficients coefficients{Eigen::VectorXd(beta.size() + 1), none, LeastSquaresSolver::conjugate_gradients};
  coefficients.values << beta, -equations.mean().dot(beta);
  return coefficients;
}

}  // namespace

Eigen::VectorXd LeastSquares::ridges() const {
  const Eigen::Index d = samples.rows(), second = second_order_count(features, d);
  Eigen::VectorXd all(second + d + 1);
  all << Eigen::VectorXd::Constant(second, ridge), Eigen::VectorXd::Constant(d, linear_ridge), 0.0;
  return all;
}

bool dual_is_exact(double ridge, double linear_ridge) {
  constexpr double largest_ratio = 1e6;
  return ridge > 0.0 && linear_ridge > 0.0 && ridge <= largest_ratio * linear_ridge;
}

LeastSquaresSolver cheapest_solver(const LeastSquares& problem) {
  const auto d = static_cast<double>(problem.samples.rows()), n = static_cast<double>(problem.samples.cols());
  const double f = feature_count_of(problem);
  if (dual_is_exact(problem.ridge, problem.linear_ridge) && dual_fits(f, n)) return LeastSquaresSolver::dual;
  if (!normal_equations_fit(f)) return LeastSquaresSolver::conjugate_gradients;
  if (problem.features != Features::quadratic) return LeastSquaresSolver::normal_equations;
  constexpr double slower = 3.0;  // than the large products of the normal equations, operation by operation
  const double by_steps = slower * expected_steps(problem) * 3.0 * n * d * d;
  const double by_equations = 2.0 * n * quadratic_moments_operations(problem.samples.rows()) + f * f * f / 3.0;
  return by_steps < by_equations ? LeastSquaresSolver::conjugate_gradients : LeastSquaresSolver::normal_equations;
}

Coefficients solve(LeastSquaresSolver solver, const LeastSquares& problem) {
  switch (solver) {
    case LeastSquaresSolver::normal_equations:
      return by_normal_equations(problem);
    case LeastSquaresSolver::dual:
      return by_dual(problem);
    case LeastSquaresSolver::conjugate_gradients:
      return by_conjugate_gradients(problem);
  }
  return {};
}

double solver_numbers(Features features, Eigen::Index dimension, double count, bool with_dual) {
  const auto d = static_cast<double>(dimension), block = static_cast<double>(summed_samples);
  const auto f = static_cast<double>(feature_count(features, dimension));
  const double few = with_dual ? std::floor(std::min({count, f - 1.0, std::sqrt(most_numbers / 3.0)})) : 0.0;
  const double dual = 3.0 * few * few + few * d;
  if (few == std::floor(count)) return dual;
  const double vectors = 8.0 * f + 4.0 * count;
  const double gradients = vectors + count * d + 3.0 * d * d + 3.0 * block * d;
  if (!normal_equations_fit(f)) return std::max(dual, gradients);
  const double equations = 2.0 * f * f + (features == Features::quadratic ? 2.0 : 1.0) * block * f;
  if (features != Features::quadratic) return std::max(dual, equations);
  return std::max({dual, vectors + equations, gradients});  // the equations where gradients take too many steps
}

}  // namespace gmmvi::math

#include "math/least_squares.hpp"

#include <cmath>
#include <limits>
#include <tuple>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::math {
namespace {

constexpr Features all_features[] = {Features::linear, Features::squares, Features::quadratic};
constexpr LeastSquaresSolver all_solvers[] = {LeastSquaresSolver::normal_equations, LeastSquaresSolver::dual,
                                              LeastSquaresSolver::conjugate_gradients};

Eigen::VectorXd centered(const Eigen::VectorXd& values, const Eigen::VectorXd& weights) {
  return values.array() - weights.dot(values) / weights.sum();
}

// The gradient of Σ ω (y − φᵀβ)² + Σ λ β² by β, with all features written down, by that at β = 0.
double relative_gradient(const LeastSquares& problem, const Eigen::VectorXd& beta) {
  const Eigen::MatrixXd phi = feature_matrix(problem.features, problem.samples);
  const Eigen::VectorXd weighted = problem.weights.cwiseProduct(problem.values - phi.transpose() * beta);
  const Eigen::VectorXd gradient = phi * weighted - problem.ridges().cwiseProduct(beta);
  return gradient.norm() / (phi * problem.weights.cwiseProduct(problem.values)).norm();
}

class LeastSquaresOf : public testing::TestWithParam<std::tuple<Features, Eigen::Index>> {
 protected:
  const Features features = std::get<0>(GetParam());
  const Eigen::Index n = std::get<1>(GetParam());
  const Eigen::MatrixXd samples = test::normal_matrix(5, n, 1);
  const Eigen::VectorXd weights = test::normal_vector(n, 3).array().exp();
  const LeastSquares problem{features, samples, centered(10.0 * test::normal_vector(n, 2), weights),
                             weights,  0.3,     0.02};
};

TEST_P(LeastSquaresOf, EverySolverFindsTheMinimum) {
  for (const LeastSquaresSolver solver : all_solvers)
    EXPECT_LT(relative_gradient(problem, solve(solver, problem).values), 1e-9) << static_cast<int>(solver);
}

TEST_P(LeastSquaresOf, AllSolversAgree) {
  const Eigen::VectorXd expected = solve(LeastSquaresSolver::normal_equations, problem).values;
  for (const LeastSquaresSolver solver : all_solvers)
    EXPECT_LT((solve(solver, problem).values - expected).norm(), 1e-8 * expected.norm()) << static_cast<int>(solver);
  // Where the dual is used, to nearly all digits: with more samples it divides what is fitted by the ridge.
  if (n < feature_count(features, 5)) {
    EXPECT_LT((solve(LeastSquaresSolver::dual, problem).values - expected).norm(), 1e-12 * expected.norm());
  }
}

TEST_P(LeastSquaresOf, SamplesWithoutWeightDoNotCount) {
  Eigen::MatrixXd more(5, n + 40);
  more << samples, 100.0 * test::normal_matrix(5, 40, 8);
  Eigen::VectorXd values = Eigen::VectorXd::Constant(n + 40, 1e3), some = Eigen::VectorXd::Zero(n + 40);
  values.head(n) = problem.values;
  some.head(n) = weights;
  const Eigen::VectorXd expected = solve(LeastSquaresSolver::normal_equations, problem).values;
  for (const LeastSquaresSolver solver : all_solvers) {
    const LeastSquares with_more{features, more, values, some, problem.ridge, problem.linear_ridge};
    EXPECT_LT((solve(solver, with_more).values - expected).norm(), 1e-8 * expected.norm()) << static_cast<int>(solver);
  }
}

TEST_P(LeastSquaresOf, WithoutAnyWeightAllIsZero) {
  const LeastSquares nothing{features, samples, problem.values, Eigen::VectorXd::Zero(n), 0.3, 0.02};
  for (const LeastSquaresSolver solver : all_solvers)
    EXPECT_TRUE(solve(solver, nothing).values.isZero(0.0)) << static_cast<int>(solver);
}

TEST_P(LeastSquaresOf, NumbersThatAreNotFiniteShowInTheCoefficients) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const LeastSquaresSolver solver : all_solvers) {
      LeastSquares broken = problem;
      broken.values[n - 1] = bad;
      EXPECT_FALSE(solve(solver, broken).values.allFinite()) << static_cast<int>(solver) << " " << bad;
    }
}

// Fewer than features, about as many, on both sides of a block's size, and several blocks.
INSTANTIATE_TEST_SUITE_P(Samples, LeastSquaresOf,
                         testing::Combine(testing::ValuesIn(all_features), testing::Values(3, 20, 255, 256, 257, 700)));

TEST(Dual, IsExactWhereTheRidgeIsTiny) {
  const Eigen::MatrixXd samples = test::normal_matrix(6, 20, 1);  // 28 features
  const Eigen::VectorXd values = test::normal_vector(20, 2).array() - test::normal_vector(20, 2).mean();
  const LeastSquares problem{Features::quadratic, samples, values, Eigen::VectorXd::Ones(20), 1e-12, 1e-12};
  const Eigen::VectorXd beta = solve(LeastSquaresSolver::dual, problem).values;
  EXPECT_LT(test::largest_error(feature_matrix(Features::quadratic, samples).transpose() * beta, values), 1e-9);
}

TEST(ConjugateGradients, NeedNoFeaturesWrittenDown) {
  // 11476 features would need a matrix of a gigabyte.
  const Eigen::Index d = 150, n = 300;
  const Eigen::MatrixXd samples = test::normal_matrix(d, n, 1);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(n, 1.0 / n);
  const LeastSquares problem{
      Features::quadratic, samples, centered(test::normal_vector(n, 2), weights), weights, 1.0, 0.1};
  const Eigen::VectorXd dual = solve(LeastSquaresSolver::dual, problem).values;
  EXPECT_LT((solve(LeastSquaresSolver::conjugate_gradients, problem).values - dual).norm(), 1e-8 * dual.norm());
}

// Samples in the coordinates of their Gaussian, twice as many as the 231 features.
TEST(ConjugateGradients, AnswerWhereSamplesAreWhatTheirGaussianDraws) {
  const Eigen::MatrixXd samples = test::normal_matrix(20, 500, 1);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(500, 1.0 / 500);
  const LeastSquares problem{
      Features::quadratic, samples, centered(test::normal_vector(500, 2), weights), weights, 1e-3, 1e-4};
  const Coefficients found = solve(LeastSquaresSolver::conjugate_gradients, problem);
  EXPECT_EQ(found.solver, LeastSquaresSolver::conjugate_gradients);
  const Coefficients expected = solve(LeastSquaresSolver::normal_equations, problem);
  EXPECT_EQ(expected.solver, LeastSquaresSolver::normal_equations);
  EXPECT_LT((found.values - expected.values).norm(), 1e-8 * expected.values.norm());
}

TEST(ConjugateGradients, LeaveWhatTakesTooManyStepsToTheNormalEquations) {
  Eigen::MatrixXd samples = test::normal_matrix(8, 2000, 1);
  samples.row(1) = samples.row(0) + 1e-3 * samples.row(1);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(2000, 1.0 / 2000);
  const LeastSquares problem{
      Features::quadratic, samples, centered(test::normal_vector(2000, 2), weights), weights, 1e-12, 1e-12};
  const Coefficients found = solve(LeastSquaresSolver::conjugate_gradients, problem);
  EXPECT_EQ(found.solver, LeastSquaresSolver::normal_equations);
  EXPECT_EQ(found.values, solve(LeastSquaresSolver::normal_equations, problem).values);
}

// 11476 features, for whose normal equations there is no room, of dimensions that are nearly copies of each other.
TEST(ConjugateGradients, GiveNoAnswerThatIsNone) {
  const Eigen::Index d = 150, n = 200;
  Eigen::MatrixXd samples = test::normal_matrix(d, n, 1);
  for (Eigen::Index i = 1; i < d; ++i) samples.row(i) = samples.row(i - 1) + 1e-4 * samples.row(i);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(n, 1.0 / n);
  const LeastSquares problem{
      Features::quadratic, samples, centered(test::normal_vector(n, 2), weights), weights, 1e-14, 1e-14};
  const Coefficients found = solve(LeastSquaresSolver::conjugate_gradients, problem);
  EXPECT_EQ(found.solver, LeastSquaresSolver::conjugate_gradients);
  EXPECT_TRUE(found.values.head(found.values.size() - 1).array().isNaN().all());
  EXPECT_TRUE(std::isnan(found.reciprocal_condition));
}

TEST(Dual, AgreesUpToTheLargestRatioOfRidgesThatItIsChosenFor) {
  const Eigen::MatrixXd samples = test::normal_matrix(6, 20, 1);  // 28 features
  const Eigen::VectorXd weights = test::normal_vector(20, 3).array().exp();
  const Eigen::VectorXd values = centered(test::normal_vector(20, 2), weights);
  for (const double ratio : {1e6, 1e3, 1.0, 1e-3, 1e-6}) {
    const LeastSquares problem{Features::quadratic, samples, values, weights, 0.1, 0.1 / ratio};
    EXPECT_EQ(cheapest_solver(problem), LeastSquaresSolver::dual) << ratio;
    const Eigen::VectorXd expected = solve(LeastSquaresSolver::normal_equations, problem).values;
    const Coefficients found = solve(LeastSquaresSolver::dual, problem);
    EXPECT_EQ(found.solver, LeastSquaresSolver::dual);
    EXPECT_LT((found.values - expected).norm(), 1e-8 * expected.norm()) << ratio;
    EXPECT_LT((found.values - expected).head(21).norm(), 1e-8 * expected.head(21).norm()) << ratio;
  }
  EXPECT_EQ(cheapest_solver({Features::quadratic, samples, values, weights, 0.1, 0.99e-7}),
            LeastSquaresSolver::normal_equations);
}

TEST(CheapestSolver, GoesByCounts) {
  const auto cheapest = [](Features features, Eigen::Index d, Eigen::Index n, double ridge) {
    const Eigen::MatrixXd samples = Eigen::MatrixXd::Zero(d, n);
    return cheapest_solver({features, samples, Eigen::VectorXd::Zero(n),
                            Eigen::VectorXd::Constant(n, 1.0 / static_cast<double>(n)), ridge, ridge});
  };
  EXPECT_EQ(cheapest(Features::quadratic, 10, 30, 1e-6), LeastSquaresSolver::dual);
  EXPECT_EQ(cheapest(Features::quadratic, 10, 30, 0.0), LeastSquaresSolver::normal_equations);
  EXPECT_EQ(cheapest(Features::quadratic, 10, 500, 1e-6), LeastSquaresSolver::normal_equations);
  EXPECT_EQ(cheapest(Features::squares, 300, 5000, 1e-6), LeastSquaresSolver::normal_equations);
  EXPECT_EQ(cheapest(Features::quadratic, 60, 12000, 1e-6), LeastSquaresSolver::conjugate_gradients);
  EXPECT_EQ(cheapest(Features::quadratic, 300, 2000, 1e-6), LeastSquaresSolver::dual);
  EXPECT_EQ(cheapest(Features::quadratic, 300, 20000, 1e-6), LeastSquaresSolver::conjugate_gradients);
}

TEST(SolverNumbers, AreThoseOfTheSolverThatIsChosen) {
  EXPECT_EQ(solver_numbers(Features::quadratic, 300, 100.0, true), 3.0 * 100 * 100 + 100 * 300) << "the dual";
  EXPECT_EQ(solver_numbers(Features::squares, 300, 100.0, false), 2.0 * 601 * 601 + 256 * 601) << "it has no ridge";
  EXPECT_EQ(solver_numbers(Features::squares, 3, 10.0, true), 2.0 * 7 * 7 + 256 * 7);
  // 45451 features have normal equations of 33 GB.
  const double gradients = 8.0 * 45451 + 4.0 * 50000 + 50000.0 * 300 + 3.0 * 300 * 300 + 3.0 * 256 * 300;
  EXPECT_EQ(solver_numbers(Features::quadratic, 300, 50000.0, false), gradients);
}

// A component may have only a part of the samples: those inside the support, or its own.
TEST(SolverNumbers, GrowWithTheSamples) {
  for (const Features features : all_features)
    for (const Eigen::Index d : {3, 30, 120, 300})
      for (const bool with_dual : {false, true}) {
        double before = 0.0;
        for (double count = 1.0; count < 1e6; count = std::ceil(1.3 * count)) {
          const double now = solver_numbers(features, d, count, with_dual);
          EXPECT_GE(now, before) << d << " " << count;
          before = now;
        }
      }
}

}  // namespace
}  // namespace gmmvi::math

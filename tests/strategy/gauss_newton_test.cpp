#include "strategy/gauss_newton.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <Eigen/LU>
#include <Eigen/QR>
#include <gtest/gtest.h>

#include "gmmvi/strategy/component_updater.hpp"
#include "gmmvi/strategy/natural_gradient.hpp"

#include "math/mixture_density.hpp"
#include "math/situations.hpp"

namespace gmmvi::strategy {
namespace {

using Positions = std::vector<Eigen::Index>;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Positions all_but(Eigen::Index left_out, Eigen::Index count) {
  Positions positions;
  for (Eigen::Index n = 0; n < count; ++n)
    if (n != left_out) positions.push_back(n);
  return positions;
}

Positions all_positions(Eigen::Index count) {
  return all_but(-1, count);
}

/// Values with a quadratic part, and noise, at weighted samples.
struct Values {
  Values(Eigen::Index dimension, Eigen::Index count)
      : whitened(test::normal_matrix(dimension, count, 1)),
        weights(test::normal_vector(count, 2).array().square() + 0.01),
        values(Quadratic{test::normal_vector(dimension, 3),
                         test::symmetric_with_eigenvalues(Eigen::VectorXd::LinSpaced(dimension, -2.0, 1.0), 4)}
                   .values(whitened) +
               0.3 * test::normal_vector(count, 5)) {
    weights /= weights.sum();
    values.array() += 7.0;
  }
  Eigen::MatrixXd whitened;
  Eigen::VectorXd weights, values;
};

/// Fewer features than samples, and more: each is solved in its own way.
std::vector<std::pair<Features, Values>> regressions() {
  return {{Features::quadratic, {3, 40}},
          {Features::quadratic, {5, 12}},
          {Features::squares, {4, 30}},
          {Features::squares, {8, 11}}};
}

// Least squares in S, a and c: half of the entries of S² count as penalty, which is what the kernel says.
TEST(Correction, IsTheRidgeRegressionOfAQuadratic) {
  constexpr double ridge = 0.3;
  for (const auto& [features, each] : regressions()) {
    const Eigen::Index d = each.whitened.rows(), n = each.whitened.cols();
    std::vector<std::pair<Eigen::Index, Eigen::Index>> entries;
    for (Eigen::Index i = 0; i < d; ++i)
      for (Eigen::Index j = i; j < (features == Features::squares ? i + 1 : d); ++j) entries.emplace_back(i, j);
    const auto second = static_cast<Eigen::Index>(entries.size()), size = second + d + 1;
    Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(n + size - 1, size);
    Eigen::VectorXd right_side = Eigen::VectorXd::Zero(equations.rows());
    for (Eigen::Index s = 0; s < n; ++s) {
      const double root = std::sqrt(each.weights[s]);
      const Eigen::VectorXd x = each.whitened.col(s);
      for (Eigen::Index e = 0; e < second; ++e) {
        const auto [i, j] = entries[static_cast<std::size_t>(e)];
        equations(s, e) = root * (i == j ? 0.5 : 1.0) * x[i] * x[j];
      }
      equations.row(s).segment(second, d) = root * x.transpose();
      equations(s, size - 1) = root;
      right_side[s] = root * each.values[s];
    }
    for (Eigen::Index e = 0; e < size - 1; ++e) {
      const bool diagonal =
          e < second && entries[static_cast<std::size_t>(e)].first == entries[static_cast<std::size_t>(e)].second;
      equations(n + e, e) = std::sqrt(diagonal ? 0.5 * ridge : ridge);
    }
    const Eigen::VectorXd expected = equations.colPivHouseholderQr().solve(right_side);
    const auto found = correction(features, each.whitened, each.weights, each.values, ridge);
    ASSERT_TRUE(found.has_value());
    EXPECT_LE((found->quadratic.gradient - expected.segment(second, d)).norm(), 1e-11 * expected.norm());
    for (Eigen::Index e = 0; e < second; ++e) {
      const auto [i, j] = entries[static_cast<std::size_t>(e)];
      EXPECT_NEAR(found->quadratic.hessian(i, j), expected[e], 1e-11 * expected.norm());
      EXPECT_EQ(found->quadratic.hessian(i, j), found->quadratic.hessian(j, i));
    }
  }
}

TEST(Correction, LeavesOneOutAsByHand) {
  constexpr double ridge = 0.3;
  for (const auto& [features, each] : regressions()) {
    const Eigen::Index count = each.weights.size();
    const auto found = correction(features, each.whitened, each.weights, each.values, ridge);
    double error = 0.0, error_of_constant = 0.0;
    for (Eigen::Index n = 0; n < count; ++n) {
      const Positions others = all_but(n, count);
      const Eigen::VectorXd weights = each.weights(others), values = each.values(others);
      const Eigen::MatrixXd whitened = each.whitened(Eigen::all, others);
      const Quadratic without = correction(features, whitened, weights, values, ridge)->quadratic;
      const double constant = weights.dot(values - without.values(whitened)) / weights.sum();
      const double held_out = each.values[n] - constant - without.values(each.whitened.col(n))[0];
      EXPECT_NEAR(found->held_out[n], held_out, 1e-10 * (1.0 + std::abs(held_out)));
      error += each.weights[n] * held_out * held_out;
      error_of_constant += each.weights[n] * std::pow(each.values[n] - weights.dot(values) / weights.sum(), 2);
    }
    EXPECT_NEAR(found->error, error, 1e-10 * error);
    EXPECT_NEAR(found->error_of_constant, error_of_constant, 1e-10 * error_of_constant);
  }
}

TEST(Correction, DoesNotPredictWhereThereIsNothingButNoise) {
  const Eigen::MatrixXd whitened = test::normal_matrix(6, 40, 1);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(40, 1.0 / 40.0);
  const auto ridge = static_cast<double>(feature_count(Features::quadratic, 6)) / 40.0;
  EXPECT_FALSE(correction(Features::quadratic, whitened, weights, test::normal_vector(40, 2), ridge)->predicts());
  const auto nothing = correction(Features::quadratic, whitened, weights, Eigen::VectorXd::Constant(40, nan), ridge);
  EXPECT_FALSE(nothing && nothing->predicts());
}

TEST(LinearPredictors, AreThoseOfALinearFunction) {
  const Eigen::MatrixXd slope = test::normal_matrix(4, 3, 1), whitened = test::normal_matrix(3, 10, 2);
  const Eigen::VectorXd at_mean = test::normal_vector(4, 3), weights = Eigen::VectorXd::Constant(10, 0.1);
  const auto linear = linear_predictors(whitened, weights, (slope * whitened).colwise() + at_mean, 1e-13);
  EXPECT_LE((linear.slope - slope).norm(), 1e-11);
  EXPECT_LE((linear.at_mean - at_mean).norm(), 1e-11);
}

// Of a quadratic function at samples whose third moments vanish, the regression and the mean slope are one (Stein's
// lemma), without a ridge.
TEST(LinearPredictors, HaveTheMeanSlope) {
  Eigen::MatrixXd whitened(2, 6);
  whitened << test::normal_matrix(2, 3, 1), Eigen::MatrixXd::Zero(2, 3);
  whitened.rightCols(3) = -whitened.leftCols(3);
  const Eigen::VectorXd weights = Eigen::VectorXd::Constant(6, 1.0 / 6.0);
  const Eigen::Matrix2d bend = test::symmetric_with_eigenvalues(Eigen::Vector2d(-1.0, 2.0), 5);
  const Quadratic quadratic{test::normal_vector(2, 3), bend};
  const Eigen::MatrixXd predictors = quadratic.values(whitened).transpose();
  const Eigen::MatrixXd mean_slope = (((bend * whitened).colwise() + quadratic.gradient) * weights).transpose();
  const auto regressed = linear_predictors(whitened, weights, predictors, 1e-13);
  const auto known = linear_predictors(whitened, weights, predictors, mean_slope);
  EXPECT_LE((regressed.slope - known.slope).norm(), 1e-10);
  EXPECT_LE((regressed.at_mean - known.at_mean).norm(), 1e-10);
}

/// Several predictors with quadratic parts, at weighted samples.
struct Predictors {
  Predictors(Eigen::Index dimension, Eigen::Index count, double noise)
      : whitened(test::normal_matrix(dimension, count, 1)),
        weights(test::normal_vector(count, 2).array().square() + 0.1),
        values(3, count),
        information(Eigen::Vector3d(1.0, 0.5, 3.0)) {
    weights /= weights.sum();
    for (Eigen::Index j = 0; j < 3; ++j) {
      const auto seed = static_cast<std::uint64_t>(10 * (j + 1));
      values.row(j) =
          Quadratic{test::normal_vector(dimension, seed),
                    test::symmetric_with_eigenvalues(Eigen::VectorXd::LinSpaced(dimension, -1.0, 2.0), seed + 1)}
              .values(whitened)
              .transpose();
    }
    values += noise * test::normal_matrix(3, count, 5);
    values.colwise() += Eigen::Vector3d(7.0, -3.0, 100.0);
  }
  Eigen::MatrixXd whitened;
  Eigen::VectorXd weights;
  Eigen::MatrixXd values;
  Eigen::VectorXd information;
};

// Least squares in B, J and a: entries of B above the diagonal count twice in |B|².
TEST(QuadraticPredictors, AreARidgeRegression) {
  constexpr Eigen::Index d = 3, count = 25, second = 6, size = second + d + 1;
  constexpr double ridge = 0.2, stiffness = 3.0;
  const Predictors each(d, count, 0.5);
  const auto found = quadratic_predictors(each.whitened, each.weights, each.values, each.information, ridge, stiffness);
  ASSERT_TRUE(found.has_value());
  Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(count + size - 1, size), right_sides(count + size - 1, 3);
  right_sides.setZero();
  for (Eigen::Index n = 0; n < count; ++n) {
    const double root = std::sqrt(each.weights[n]);
    const Eigen::VectorXd x = each.whitened.col(n);
    for (Eigen::Index i = 0, e = 0; i < d; ++i)
      for (Eigen::Index k = i; k < d; ++k, ++e) equations(n, e) = root * (i == k ? 0.5 : 1.0) * x[i] * x[k];
    equations.row(n).segment(second, d) = root * x.transpose();
    equations(n, size - 1) = root;
    right_sides.row(n) = root * each.values.col(n).transpose();
  }
  for (Eigen::Index i = 0, e = 0; i < d; ++i)
    for (Eigen::Index k = i; k < d; ++k, ++e)
      equations(count + e, e) = std::sqrt(ridge * stiffness * (i == k ? 0.5 : 1.0));
  for (Eigen::Index e = second; e < size - 1; ++e) equations(count + e, e) = std::sqrt(ridge);
  const Eigen::MatrixXd expected = equations.colPivHouseholderQr().solve(right_sides);
  EXPECT_LE((found->bends.transpose() - expected.topRows(second)).norm(), 1e-11 * expected.norm());
  EXPECT_LE((found->linear.slope.transpose() - expected.middleRows(second, d)).norm(), 1e-11 * expected.norm());
  EXPECT_LE((found->linear.at_mean.transpose() - expected.bottomRows(1)).norm(), 1e-11 * expected.norm());
}

TEST(QuadraticPredictors, LeaveOneOutAsByHand) {
  constexpr Eigen::Index count = 25;
  constexpr double ridge = 0.2, stiffness = 3.0;
  const Predictors each(3, count, 0.5);
  const auto all = quadratic_predictors(each.whitened, each.weights, each.values, each.information, ridge, stiffness);
  ASSERT_TRUE(all.has_value());
  double error = 0.0, error_of_linear = 0.0;
  for (Eigen::Index n = 0; n < count; ++n) {
    const Positions others = all_but(n, count);
    const Eigen::VectorXd weights = each.weights(others), left_out = each.values.col(n), x = each.whitened.col(n);
    const Eigen::MatrixXd whitened = each.whitened(Eigen::all, others), values = each.values(Eigen::all, others);
    // a ridge is measured by the weights, and those of the others do not sum to one
    const double total = weights.sum();
    const auto without =
        quadratic_predictors(whitened, weights / total, values, each.information, ridge / total, stiffness);
    const auto linear = linear_predictors(whitened, weights / total, values, ridge / total);
    error += each.weights[n] * each.information.dot((left_out - without->at(x)).cwiseAbs2());
    error_of_linear +=
        each.weights[n] * each.information.dot((left_out - linear.at_mean - linear.slope * x).cwiseAbs2());
  }
  EXPECT_NEAR(all->error, error, 1e-10 * error);
  EXPECT_NEAR(all->error_of_linear, error_of_linear, 1e-10 * error_of_linear);
}

TEST(QuadraticPredictors, AreFoundWhereTheyAreThere) {
  const Predictors each(3, 40, 0.0);
  const auto found = quadratic_predictors(each.whitened, each.weights, each.values, each.information, 1e-11);
  ASSERT_TRUE(found.has_value());
  const Eigen::Vector3d at(0.3, -1.0, 2.0), weights(1.0, -2.0, 0.5);
  for (Eigen::Index j = 0; j < 3; ++j) {
    const auto seed = static_cast<std::uint64_t>(10 * (j + 1));
    const Eigen::MatrixXd bend = test::symmetric_with_eigenvalues(Eigen::VectorXd::LinSpaced(3, -1.0, 2.0), seed + 1);
    const Eigen::VectorXd slope = test::normal_vector(3, seed) + bend * at;
    EXPECT_LE((found->gradient(at, Eigen::Vector3d::Unit(j)) - slope).norm(), 1e-7);
  }
  const Eigen::VectorXd step = 1e-5 * test::normal_vector(3, 71);
  EXPECT_NEAR(weights.dot(found->at(at + step) - found->at(at - step)), 2.0 * found->gradient(at, weights).dot(step),
              1e-12);
}

TEST(QuadraticPredictors, AreNotThereForLinearOnesAndForFewSamples) {
  Predictors each(3, 40, 0.0);
  each.values = test::normal_matrix(3, 3, 6) * each.whitened + 0.5 * test::normal_matrix(3, 40, 7);
  EXPECT_FALSE(quadratic_predictors(each.whitened, each.weights, each.values, each.information, 0.01).has_value());
  const Predictors few(6, 13, 0.0);  // half of 28 features
  const Eigen::VectorXd equal = Eigen::VectorXd::Constant(13, 1.0 / 13.0);
  EXPECT_FALSE(quadratic_predictors(few.whitened, equal, few.values, few.information, 0.01).has_value());
}

/// Outputs y = A x + b with standard normal noise, of which data are 0, and a prior N(0, 4 I).
class LinearModel : public OutputsModel {
 public:
  explicit LinearModel(Eigen::Index dimension, Eigen::Index outputs = 3)
      : slope(test::normal_matrix(outputs, dimension, 11)), offset(test::normal_vector(outputs, 12)) {}
  Eigen::Index predictor_count() const override { return offset.size(); }
  Eigen::MatrixXd predictors(const Eigen::Ref<const Eigen::MatrixXd>& outputs) const override { return outputs; }
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors,
                                            const Eigen::VectorXd& x) const override {
    return OutputsExpansion{.by_predictors = -predictors,
                            .information = Eigen::VectorXd::Ones(predictors.size()),
                            .prior_gradient = -x / 4.0,
                            .prior_hessian = -Eigen::MatrixXd::Identity(x.size(), x.size()) / 4.0};
  }
  virtual Eigen::MatrixXd outputs(const Eigen::MatrixXd& x) const { return (slope * x).colwise() + offset; }
  virtual Eigen::VectorXd log_densities(const Eigen::MatrixXd& x) const {
    return -0.5 * (outputs(x).colwise().squaredNorm() + x.colwise().squaredNorm() / 4.0).transpose();
  }
  /// Of the posterior.
  Eigen::MatrixXd precision() const {
    return slope.transpose() * slope + Eigen::MatrixXd::Identity(slope.cols(), slope.cols()) / 4.0;
  }
  Eigen::VectorXd mean() const { return -precision().llt().solve(slope.transpose() * offset); }

  Eigen::MatrixXd slope;
  Eigen::VectorXd offset;
};

/// With a quadratic part of every output, and a prior that is no Gaussian.
class BentModel final : public LinearModel {
 public:
  using LinearModel::LinearModel;
  Eigen::MatrixXd outputs(const Eigen::MatrixXd& x) const override {
    Eigen::MatrixXd all = LinearModel::outputs(x);
    for (Eigen::Index j = 0; j < all.rows(); ++j) all.row(j) += 0.2 * x.row(0).cwiseProduct(x.row(j % x.rows()));
    return all;
  }
  std::optional<OutputsExpansion> expansion(const Eigen::VectorXd& predictors,
                                            const Eigen::VectorXd& x) const override {
    auto all = LinearModel::expansion(predictors, x);
    all->prior_gradient.array() -= 0.1 * x.array().cube();
    return all;
  }
  Eigen::VectorXd log_densities(const Eigen::MatrixXd& x) const override {
    return LinearModel::log_densities(x) - 0.025 * x.array().pow(4).matrix().colwise().sum().transpose();
  }
  /// Of log_densities.
  Eigen::VectorXd gradient(const Eigen::VectorXd& x) const {
    Eigen::MatrixXd jacobian = slope;
    for (Eigen::Index j = 0; j < jacobian.rows(); ++j) {
      jacobian(j, 0) += 0.2 * x[j % x.size()];
      jacobian(j, j % x.size()) += 0.2 * x[0];
    }
    return -jacobian.transpose() * outputs(x) - x / 4.0 - 0.1 * x.array().cube().matrix();
  }
};

/// Samples of a Gaussian, some of them left out, and what is known of them.
template <class Covariance, class Model = LinearModel>
struct Situation {
  Situation(const Gaussian<Covariance>& of, const Model& of_outputs, Eigen::Index count)
      : gaussian(of),
        model(of_outputs),
        samples(gaussian.dimension(), count),
        slopes(0, count),
        positions(all_positions(count)) {
    const Eigen::MatrixXd z = test::normal_matrix(gaussian.dimension(), count, 21);
    for (Eigen::Index n = 0; n < count; ++n)
      samples.col(n) = gaussian.mean() + gaussian.covariance().color(Eigen::VectorXd(z.col(n)));
    predictors = model.outputs(samples);
    log_densities = model.log_densities(samples);
    log_weights = 0.3 * test::normal_vector(count, 22);
  }

  NaturalGradient<Covariance> estimate(const GaussNewtonOptions& options) const {
    const OutputsBatch outputs{.model = model,
                               .predictors = predictors,
                               .slopes = slopes,
                               .log_densities = log_densities,
                               .temperature = temperature,
                               .mixture_gradients = mixture_gradients,
                               .normals = normals};
    const Eigen::MatrixXd none(0, samples.cols());
    const EstimationBatch batch{samples, log_densities, none, positions, 0.0, &outputs};
    return NaturalGradientEstimator<Covariance>::make(options)->estimate(gaussian, batch, log_weights, positions, 0.0);
  }

  Gaussian<Covariance> gaussian;
  Model model;
  /// The samples' outputs have their Jacobians with them.
  void give_slopes() { slopes = Eigen::VectorXd(model.slope.reshaped()).replicate(1, samples.cols()); }

  Eigen::MatrixXd samples, predictors, slopes;
  Eigen::VectorXd log_densities, log_weights;
  Positions positions;
  double temperature = 1.0;
  std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)> mixture_gradients;
  Eigen::MatrixXd normals;
};

TEST(GaussNewton, OneFullStepGivesThePosteriorOfALinearModel) {
  for (const Eigen::Index dimension : {1, 3, 6}) {
    const LinearModel model(dimension);
    const Situation<FullCovariance> situation(*test::random_gaussian(dimension, 31), model, dimension + 2);
    const auto updater = ComponentUpdater<FullCovariance>::make(DirectUpdateOptions{});
    for (const bool correction : {false, true}) {
      const auto estimate = situation.estimate({.linear_l2_regularizer = 1e-13, .correction = correction});
      const auto step = updater->update(situation.gaussian, estimate, {1.0, 1.0, false});
      ASSERT_TRUE(step.gaussian.has_value());
      EXPECT_LE((step.gaussian->mean() - model.mean()).norm(), 1e-8);
      EXPECT_LE((step.gaussian->covariance().matrix() - Eigen::MatrixXd(model.precision().inverse())).norm(), 1e-8);
    }
  }
}

TEST(GaussNewton, OneSampleWithItsJacobianGivesThePosteriorOfALinearModel) {
  for (const Eigen::Index dimension : {1, 3, 6}) {
    const LinearModel model(dimension);
    Situation<FullCovariance> situation(*test::random_gaussian(dimension, 31), model, 1);
    situation.give_slopes();
    const auto estimate = situation.estimate({.correction = false});
    const auto updater = ComponentUpdater<FullCovariance>::make(DirectUpdateOptions{});
    const auto step = updater->update(situation.gaussian, estimate, {1.0, 1.0, false});
    ASSERT_TRUE(step.gaussian.has_value());
    EXPECT_LE((step.gaussian->mean() - model.mean()).norm(), 1e-11);
    EXPECT_LE((step.gaussian->covariance().matrix() - Eigen::MatrixXd(model.precision().inverse())).norm(), 1e-11);
  }
}

TEST(GaussNewton, TakesJacobiansWhereItMay) {
  const LinearModel model(3);
  Situation<FullCovariance> situation(*test::random_gaussian(3, 31), model, 20);
  const GaussNewtonOptions options{.correction = false};
  const auto regressed = situation.estimate(options);
  situation.give_slopes();
  situation.slopes *= 2.0;
  EXPECT_FALSE(test::same_bits(situation.estimate(options).whitened_gradient, regressed.whitened_gradient));
  EXPECT_TRUE(test::same_bits(situation.estimate({.correction = false, .use_jacobians = false}).whitened_gradient,
                              regressed.whitened_gradient));
  situation.slopes(2, 5) = nan;
  situation.predictors.col(5).setConstant(1e6);
  const auto without_one = situation.estimate(options);
  situation.predictors.col(5).setConstant(nan);
  EXPECT_TRUE(test::same_bits(without_one.whitened_gradient, situation.estimate(options).whitened_gradient))
      << "half of a sample counts as none";
}

TEST(GaussNewton, OfADiagonalCovarianceHasTheDiagonalOfTheHessian) {
  const LinearModel model(4);
  const auto full = test::random_gaussian(4, 31);
  const Gaussian<DiagonalCovariance> diagonal(full->mean(),
                                              DiagonalCovariance::from_variances(full->covariance().variances()));
  const Situation<DiagonalCovariance> narrow(diagonal, model, 12);
  const Situation<FullCovariance> wide(test::as_full(diagonal), model, 12);
  const GaussNewtonOptions options{.linear_l2_regularizer = 1e-13, .correction = false};
  const auto of_narrow = narrow.estimate(options);
  const auto of_wide = wide.estimate(options);
  EXPECT_LE((of_narrow.whitened_gradient - of_wide.whitened_gradient).norm(), 1e-9);
  EXPECT_LE((of_narrow.whitened_hessian - of_wide.whitened_hessian.diagonal()).norm(), 1e-9);
}

/// Whose log density has a part that outputs say nothing of.
TEST(GaussNewton, ItsCorrectionFindsAQuadraticRest) {
  constexpr Eigen::Index d = 3, count = 4000;
  const LinearModel model(d);
  Situation<FullCovariance> situation(*test::random_gaussian(d, 31), model, count);
  situation.log_weights.setZero();
  const GaussNewtonOptions without{.linear_l2_regularizer = 1e-13, .correction = false};
  const auto before = situation.estimate(without);
  const Eigen::MatrixXd whitened = situation.gaussian.whiten(situation.samples);
  const Quadratic rest{test::normal_vector(d, 41), test::symmetric_with_eigenvalues(Eigen::Vector3d(-1, 0.2, 0.7), 42)};
  situation.log_densities += rest.values(whitened);
  EXPECT_TRUE(test::same_bits(situation.estimate(without).whitened_gradient, before.whitened_gradient));
  const auto after = situation.estimate({.linear_l2_regularizer = 1e-13});
  const double shrinkage = 2.0 * static_cast<double>(feature_count(Features::quadratic, d)) / count;
  EXPECT_LE((before.whitened_gradient - after.whitened_gradient - rest.gradient).norm(), 4.0 * shrinkage);
  EXPECT_LE((before.whitened_hessian - after.whitened_hessian - rest.hessian).norm(), 4.0 * shrinkage);
}

// Of outputs that are quadratic, all is known then: what is left of log p̃ is nothing, whatever the prior.
TEST(GaussNewton, WithQuadraticOutputsTakesExpectationsOfTheTrueGradient) {
  constexpr Eigen::Index d = 3, pairs = 50;
  const BentModel model(d);
  Situation<FullCovariance, BentModel> situation(*test::random_gaussian(d, 31), model, 30);
  situation.normals = test::normal_matrix(d, pairs, 61);
  Eigen::VectorXd gradient = Eigen::VectorXd::Zero(d);
  Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(d, d);
  for (const double sign : {1.0, -1.0})
    for (Eigen::Index s = 0; s < pairs; ++s) {
      const Eigen::VectorXd z = sign * situation.normals.col(s);
      const auto& covariance = situation.gaussian.covariance();
      const Eigen::VectorXd u =
          covariance.whiten_gradient(model.gradient(situation.gaussian.mean() + covariance.color(z)));
      gradient += u / (2.0 * pairs);
      hessian += 0.5 * (z * u.transpose() + u * z.transpose()) / (2.0 * pairs);
    }
  for (const bool correction : {false, true}) {
    const GaussNewtonOptions options{
        .linear_l2_regularizer = 1e-11, .correction = correction, .quadratic_outputs = true};
    const auto estimate = situation.estimate(options);
    EXPECT_LE((estimate.whitened_gradient + gradient).norm(), 1e-6 * gradient.norm());
    EXPECT_LE((estimate.whitened_hessian + Eigen::MatrixXd::Identity(d, d) + hessian).norm(), 1e-6 * hessian.norm());
  }
}

TEST(GaussNewton, ThatIsQuadraticIsAsBeforeWithFewSamplesOrJacobians) {
  const BentModel model(3);
  const GaussNewtonOptions linear, quadratic{.quadratic_outputs = true};
  Situation<FullCovariance, BentModel> few(*test::random_gaussian(3, 31), model, 4);
  few.normals = test::normal_matrix(3, 50, 61);
  EXPECT_TRUE(test::same_bits(few.estimate(linear).whitened_gradient, few.estimate(quadratic).whitened_gradient));
  Situation<FullCovariance, BentModel> many(*test::random_gaussian(3, 31), model, 30);
  many.normals = few.normals;
  EXPECT_FALSE(test::same_bits(many.estimate(linear).whitened_gradient, many.estimate(quadratic).whitened_gradient));
  many.give_slopes();
  EXPECT_TRUE(test::same_bits(many.estimate(linear).whitened_gradient, many.estimate(quadratic).whitened_gradient));
}

TEST(GaussNewton, LeavesOutSamplesWhoseOutputsAreNotKnown) {
  const LinearModel model(3);
  Situation<FullCovariance> situation(*test::random_gaussian(3, 31), model, 20);
  const GaussNewtonOptions options{.linear_l2_regularizer = 1e-13, .correction = false};
  const auto all = situation.estimate(options);
  situation.predictors(1, 4) = nan;
  situation.predictors.col(7).setConstant(nan);
  const auto fewer = situation.estimate(options);
  EXPECT_LE((all.whitened_gradient - fewer.whitened_gradient).norm(), 1e-9) << "outputs are linear";
  EXPECT_LE((all.whitened_hessian - fewer.whitened_hessian).norm(), 1e-9);
  situation.predictors.setConstant(nan);
  const auto none = situation.estimate({});
  EXPECT_TRUE(none.whitened_gradient.allFinite() && none.whitened_hessian.allFinite());
  EXPECT_GT(none.whitened_gradient.dot(all.whitened_gradient), 0.0) << "from values alone";
}

TEST(GaussNewton, MakesNoStepWhereNothingHasWeight) {
  Situation<FullCovariance> situation(*test::random_gaussian(3, 31), LinearModel(3), 20);
  situation.log_weights.setConstant(-std::numeric_limits<double>::infinity());
  const auto estimate = situation.estimate({});
  EXPECT_EQ(estimate.whitened_gradient.norm(), 0.0);
  EXPECT_EQ(estimate.whitened_hessian.norm(), 0.0);
}

// In one dimension expectations are integrals.
TEST(GaussNewton, TakesTheExpectationOfTheMixture) {
  const auto gaussian = [](double mean, double variance) {
    return std::make_shared<const Gaussian<FullCovariance>>(
        Eigen::VectorXd::Constant(1, mean), FullCovariance::from_variances(Eigen::VectorXd::Constant(1, variance)));
  };
  const math::Gaussians<FullCovariance> mixture = {gaussian(-1.0, 0.5), gaussian(0.8, 2.0)};
  const Eigen::VectorXd log_weights = Eigen::Vector2d(0.4, 0.6).array().log();
  Situation<FullCovariance> situation(*mixture[1], LinearModel(1), 8);
  const GaussNewtonOptions options{.correction = false};
  situation.temperature = 1.5;
  const auto alone = situation.estimate(options);
  situation.mixture_gradients = [&](const Eigen::MatrixXd& samples) {
    return math::mixture_density<FullCovariance>(mixture, log_weights, samples, math::Gradient::compute).gradient;
  };
  situation.normals = test::normal_matrix(1, 200000, 51);
  const auto mixed = situation.estimate(options);
  double gradient = 0.0, hessian = 0.0;
  const double deviation = std::sqrt(2.0);
  constexpr int steps = 4000;
  for (int i = 0; i < steps; ++i) {
    const double z = -8.0 + 16.0 * (i + 0.5) / steps,
                 weight = std::exp(-0.5 * z * z) / std::sqrt(2.0 * M_PI) * 16.0 / steps;
    const auto log_q_slope = [&](double at) {
      return deviation * situation.mixture_gradients(Eigen::MatrixXd::Constant(1, 1, 0.8 + deviation * at))(0, 0);
    };
    gradient += weight * log_q_slope(z);
    hessian += weight * (log_q_slope(z + 1e-4) - log_q_slope(z - 1e-4)) / 2e-4;
  }
  EXPECT_NEAR(mixed.whitened_gradient[0] - alone.whitened_gradient[0], 1.5 * gradient, 0.01);
  EXPECT_NEAR(mixed.whitened_hessian(0, 0) - alone.whitened_hessian(0, 0), 1.5 * (hessian + 1.0), 0.01);
  situation.mixture_gradients = [&](const Eigen::MatrixXd& samples) {
    return math::mixture_density<FullCovariance>({mixture[1]}, Eigen::VectorXd::Zero(1), samples,
                                                 math::Gradient::compute)
        .gradient;
  };
  const auto itself = situation.estimate(options);
  EXPECT_NEAR(itself.whitened_gradient[0], alone.whitened_gradient[0], 1e-12) << "the component itself, without noise";
  EXPECT_NEAR(itself.whitened_hessian(0, 0), alone.whitened_hessian(0, 0), 1e-12);
}

}  // namespace
}  // namespace gmmvi::strategy

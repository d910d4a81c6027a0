#include "target/elliptic.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>

#include <gtest/gtest.h>

#include "gmmvi/gaussian.hpp"

#include "core/random.hpp"
#include "target/checks.hpp"

namespace gmmvi::target {
namespace {

double log_normal(double x, double mean, double deviation) {
  const double z = (x - mean) / deviation;
  return -0.5 * z * z - std::log(deviation) - 0.5 * std::log(2.0 * std::numbers::pi);
}

// Where κ = 1 the solution is s (1 − s) / 2.
TEST(Elliptic, OfAConstantFieldIsAParabola) {
  Elliptic target({.dimension = 3});
  const Eigen::VectorXd u = test::evaluate(target, Eigen::Vector3d::Zero()).outputs;
  ASSERT_EQ(u.size(), 30);
  for (Eigen::Index j = 0; j < 30; ++j) {
    const double s = static_cast<double>(j + 1) / 31.0;
    EXPECT_NEAR(u[j], 0.5 * s * (1.0 - s), 1e-14);
  }
}

// With SciPy, for x_k = sin(k): n = 496; h = 1/n; k = arange(1, 2000001); lam = (pi**2 k**2 + 75)**-2 / its sum;
//   K = exp(sum over the first ten of x[k] sqrt(2 lam[k]) cos(pi k s)) at s = (arange(n) + 1/2) h;
//   the rows [-K[i], K[i] + K[i+1], -K[i+1]] u = h**2, solve_banded((1, 1), …), and of u[15::16]
TEST(Elliptic, SolvesTheEquation) {
  Eigen::VectorXd x(10);
  for (Eigen::Index k = 0; k < 10; ++k) x[k] = std::sin(static_cast<double>(k + 1));
  Eigen::VectorXd expected(30);
  expected << 0.00575578426762, 0.0113110080502, 0.0166483448718, 0.021589632689, 0.0259238792374, 0.0296128179585,
      0.0328889935072, 0.0362320993308, 0.0404043101492, 0.046596768534, 0.0562528548998, 0.0697246858534,
      0.0847083830717, 0.0977267739252, 0.107174961464, 0.113451477049, 0.117351066221, 0.119238586663, 0.11914218438,
      0.117156311865, 0.113574200984, 0.108628587262, 0.102274045553, 0.0942932649893, 0.0846227611704, 0.0735519968947,
      0.0614832357039, 0.0484874751435, 0.034183743508, 0.0180642292199;
  Elliptic target({.dimension = 10});
  test::expect_near_relative(test::evaluate(target, x).outputs, expected, 1e-10);
}

TEST(Elliptic, IsTheNormalDensityOfItsOutputsAndThePrior) {
  Elliptic target({.dimension = 6});
  const Eigen::MatrixXd x = test::normal_samples(target, 1.0, 8);
  const Evaluation evaluation = test::evaluate(target, x);
  for (Eigen::Index n = 0; n < x.cols(); ++n) {
    double expected = 0.0;
    for (const double z : x.col(n)) expected += log_normal(z, 0.0, 1.0);
    for (Eigen::Index j = 0; j < 30; ++j)
      expected += log_normal(target.data()[j], evaluation.outputs(j, n), target.noise_std());
    EXPECT_NEAR(evaluation.log_densities[n], expected, 1e-11 * std::abs(expected));
  }
}

TEST(Elliptic, HasDataOfItsTruth) {
  Elliptic target({.dimension = 10}), finer({.dimension = 30});
  EXPECT_EQ(finer.truth().head(10), target.truth()) << "one problem in any number of dimensions";
  const Eigen::VectorXd u = test::evaluate(target, target.truth()).outputs;
  EXPECT_NEAR(target.noise_std(), 0.01 * u.maxCoeff(), 1e-15);
  const Eigen::VectorXd noise = (target.data() - u) / target.noise_std();
  EXPECT_NEAR(noise.squaredNorm() / 30.0, 1.0, 0.6);
  EXPECT_LT(noise.cwiseAbs().maxCoeff(), 4.0);
}

/// Moments by importance sampling: from a normal distribution that takes the weighted moments of each round's samples
/// for the next one, a little wider; weights are tempered until they are many.
Gaussian<FullCovariance> adapted(Target& target, const Eigen::VectorXd& mean, const Eigen::VectorXd& deviations) {
  constexpr Eigen::Index samples = 20000;
  constexpr int rounds = 12;
  Gaussian<FullCovariance> proposal(mean, FullCovariance::from_variances(deviations.cwiseAbs2()));
  for (int round = 0; round < rounds; ++round) {
    Eigen::MatrixXd z(mean.size(), samples);
    core::Stream(5, core::Purpose::metrics, {.iteration = static_cast<std::uint64_t>(round)})
        .normal({z.data(), static_cast<std::size_t>(z.size())});
    const double wider = round + 1 < rounds ? 1.2 : 1.1;
    const Eigen::MatrixXd factor = wider * Eigen::MatrixXd(proposal.covariance().cholesky());
    const Eigen::MatrixXd x = (factor * z).colwise() + proposal.mean();
    Eigen::VectorXd log_weights = test::evaluate(target, x, false).log_densities;
    log_weights += 0.5 * z.colwise().squaredNorm().transpose();
    log_weights.array() -= log_weights.maxCoeff();
    double temper = 1.0;
    Eigen::VectorXd weights;
    const auto effective = [&] {
      weights = (temper * log_weights).array().exp();
      weights /= weights.sum();
      return 1.0 / weights.squaredNorm();
    };
    while (effective() < 1000.0) temper *= 0.8;
    if (round + 1 == rounds) {
      EXPECT_EQ(temper, 1.0) << "too few samples count";
    }
    const Eigen::VectorXd centre = x * weights;
    const Eigen::MatrixXd centred = x.colwise() - centre;
    proposal = Gaussian<FullCovariance>(
        centre, *FullCovariance::from_matrix(centred * weights.asDiagonal() * centred.transpose()));
  }
  return proposal;
}

TEST(Elliptic, KnowsItsMoments) {
  Elliptic target({.dimension = 10, .gradients = false});
  const auto moments = *target.reference_moments();
  const auto found = adapted(target, moments.means, moments.standard_deviations);
  const Eigen::VectorXd deviations = found.covariance().variances().cwiseSqrt();
  for (Eigen::Index k = 0; k < 10; ++k) {
    EXPECT_NEAR((found.mean()[k] - moments.means[k]) / moments.standard_deviations[k], 0.0, 0.1) << "term " << k + 1;
    EXPECT_NEAR(deviations[k] / moments.standard_deviations[k], 1.0, 0.1) << "term " << k + 1;
  }
  EXPECT_TRUE(Elliptic({.dimension = 30}).reference_moments() && Elliptic({.dimension = 100}).reference_moments());
  EXPECT_FALSE(Elliptic({.dimension = 11}).reference_moments());
}

// The log density is quadratic in outputs and parameters: with outputs u, parameters x and their slope J, gradients are
// those of the expansion, and so is what a step along the line between two points with their own outputs changes.
TEST(Elliptic, SaysHowItsOutputsMakeItsLogDensity) {
  Elliptic target({.dimension = 5});
  const OutputsModel* model = target.outputs_model();
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->predictor_count(), 30);
  const Eigen::MatrixXd x = test::normal_samples(target, 0.5, 6);
  const Evaluation evaluation = test::evaluate(target, x);
  ASSERT_EQ(model->predictors(evaluation.outputs), evaluation.outputs);
  constexpr double step = 1e-5;
  for (Eigen::Index n = 0; n < x.cols(); ++n) {
    Eigen::MatrixXd slope(30, 5);
    for (Eigen::Index k = 0; k < 5; ++k) {
      const Eigen::VectorXd beside = step * Eigen::VectorXd::Unit(5, k);
      slope.col(k) =
          (test::evaluate(target, x.col(n) + beside).outputs - test::evaluate(target, x.col(n) - beside).outputs) /
          (2.0 * step);
    }
    const auto expansion = *model->expansion(evaluation.outputs.col(n), x.col(n));
    EXPECT_LE((expansion.gradient(slope) - evaluation.gradients.col(n)).norm(),
              1e-6 * evaluation.gradients.col(n).norm());
    const Eigen::Index m = (n + 1) % x.cols();
    const Eigen::VectorXd du = evaluation.outputs.col(m) - evaluation.outputs.col(n), dx = x.col(m) - x.col(n);
    const double change = expansion.by_predictors.dot(du) - 0.5 * du.cwiseAbs2().dot(expansion.information) +
                          expansion.prior_gradient.dot(dx) + 0.5 * dx.dot(expansion.prior_hessian * dx);
    EXPECT_NEAR(change, evaluation.log_densities[m] - evaluation.log_densities[n], 1e-9 * std::abs(change));
  }
}

TEST(Elliptic, MayKeepItsGradientsToItself) {
  EXPECT_TRUE(Elliptic({.dimension = 2}).has_gradients());
  Elliptic without({.dimension = 2, .gradients = false}), with({.dimension = 2});
  EXPECT_FALSE(without.has_gradients());
  const Eigen::Vector2d x(0.3, -0.4);
  EXPECT_EQ(test::evaluate(without, x, false).log_densities, test::evaluate(with, x).log_densities);
}

TEST(Elliptic, HasNoDensityWhereTheFieldIsNoUsefulDouble) {
  Elliptic target({.dimension = 2});
  const Evaluation far = test::evaluate(target, Eigen::Vector2d(1e4, 0.0));
  EXPECT_EQ(far.log_densities[0], -std::numeric_limits<double>::infinity());
  EXPECT_EQ(far.gradients, Eigen::Vector2d::Zero());
  EXPECT_TRUE(far.outputs.array().isNaN().all());
  EXPECT_TRUE(std::isfinite(test::evaluate(target, Eigen::Vector2d(300.0, 0.0)).log_densities[0]));
}

}  // namespace
}  // namespace gmmvi::target

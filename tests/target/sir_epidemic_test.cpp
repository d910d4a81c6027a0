#include "target/sir_epidemic.hpp"

#include <cmath>
#include <numbers>

#include <Eigen/Eigenvalues>
#include <gtest/gtest.h>

#include "target/checks.hpp"
#include "target/table.hpp"

namespace gmmvi::target {
namespace {

double log_prior(const Eigen::Vector4d& x) {
  return -0.5 * (x - Eigen::Vector4d(0.0, -1.0, 0.0, 1.5)).squaredNorm() - 2.0 * std::log(2.0 * std::numbers::pi);
}

/// log of the negative binomial probability with mean m.
double log_negative_binomial(double count, double mean, double phi) {
  return std::lgamma(count + phi) - std::lgamma(phi) - std::lgamma(count + 1.0) + phi * std::log(phi / (mean + phi)) +
         count * std::log(mean / (mean + phi));
}

// Nobody is infected by a rate of 0, so that the ill become fewer exponentially.
TEST(SirEpidemic, WithoutInfectionsDecaysExponentially) {
  SirEpidemic target(Eigen::Vector2d(5.0, 3.0), 100.0);
  const Eigen::Vector4d x(-60.0, -0.5, 1.8, 1.0);
  const double rate = std::exp(-0.5), first = std::exp(1.8 - rate), second = std::exp(1.8 - 2.0 * rate);
  const double expected = log_prior(x) + log_negative_binomial(5.0, first, std::exp(1.0)) +
                          log_negative_binomial(3.0, second, std::exp(1.0));
  EXPECT_NEAR(test::evaluate(target, x).log_densities[0], expected, 1e-6);
}

// Without recovery the epidemic is logistic growth.
TEST(SirEpidemic, WithoutRecoveryGrowsLogistically) {
  constexpr double people = 100.0, rate = 1.3;
  SirEpidemic target(Eigen::Vector3d(2.0, 9.0, 30.0), people);
  const Eigen::Vector4d x(std::log(rate), -60.0, 0.0, 1.0);
  double expected = log_prior(x);
  for (const auto& [day, count] : {std::pair(1.0, 2.0), {2.0, 9.0}, {3.0, 30.0}})
    expected += log_negative_binomial(count, people / (1.0 + (people - 1.0) * std::exp(-rate * day)), std::exp(1.0));
  EXPECT_NEAR(test::evaluate(target, x).log_densities[0], expected, 1e-5);
}

TEST(SirEpidemic, ParametersBeyondTheModelAreOutsideTheSupport) {
  SirEpidemic target(Eigen::Vector2d(5.0, 3.0), 100.0);
  const auto density = [&](const Eigen::Vector4d& x) { return test::evaluate(target, x).log_densities[0]; };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(density({3.0, -1.0, 0.0, 1.0}), -infinity) << "a rate of 20 a day";
  EXPECT_EQ(density({0.0, 3.0, 0.0, 1.0}), -infinity);
  EXPECT_EQ(density({0.0, -1.0, 5.0, 1.0}), -infinity) << "148 ill among 100";
  EXPECT_TRUE(std::isfinite(density({2.7, 2.7, 4.6, 20.0}))) << "as fast as the integrator can";
  EXPECT_TRUE(std::isfinite(density({-30.0, -30.0, -30.0, -20.0})));
}

TEST(SirEpidemic, PeaksNearWhatIsKnownOfTheInfluenzaOf1978) {
  const Table table = read_table(GMMVI_DATA_DIR "/influenza_1978.csv");
  SirEpidemic target(table.values.col(1), 763.0);
  // infections 1.7, recoveries 0.5 a day (Grinsztajn et al. 2021, Bayesian workflow for disease transmission modeling)
  const auto density = [&](double infection, double recovery) {
    return test::evaluate(target, Eigen::Vector4d(std::log(infection), std::log(recovery), 0.0, 2.0)).log_densities[0];
  };
  EXPECT_GT(density(1.7, 0.5), density(1.2, 0.5) + 5.0);
  EXPECT_GT(density(1.7, 0.5), density(2.5, 0.5) + 5.0);
  EXPECT_GT(density(1.7, 0.5), density(1.7, 0.25) + 5.0);
  EXPECT_GT(density(1.7, 0.5), density(1.7, 1.0) + 5.0);
}

TEST(SirEpidemic, GivesTheNumbersOfIllPeopleAndKnowsWhatTheyMake) {
  const Eigen::Vector3d counts(2.0, 9.0, 30.0);
  SirEpidemic target(counts, 100.0, true), without(counts, 100.0);
  EXPECT_EQ(without.outputs(), 0);
  EXPECT_EQ(without.outputs_model(), nullptr);
  EXPECT_EQ(target.outputs(), 3);
  const OutputsModel& model = *target.outputs_model();
  const Eigen::VectorXd x = Eigen::Vector4d(0.3, -0.8, 0.4, 1.2);
  const auto predictors = [&](const Eigen::VectorXd& at) -> Eigen::VectorXd {
    return model.predictors(test::evaluate(target, at).outputs);
  };
  EXPECT_EQ(test::evaluate(target, x).log_densities, test::evaluate(without, x).log_densities);
  constexpr double h = 1e-5;
  Eigen::MatrixXd slope(3, 4);
  for (Eigen::Index d = 0; d < 4; ++d) {
    const Eigen::VectorXd beside = h * Eigen::VectorXd::Unit(4, d);
    slope.col(d) = (predictors(x + beside) - predictors(x - beside)) / (2.0 * h);
  }
  EXPECT_EQ(slope.col(3).norm(), 0.0) << "the overdispersion is of the noise alone";
  const auto expansion = model.expansion(predictors(x), x);
  const Eigen::VectorXd gradient = test::evaluate(without, x, true).gradients.col(0);
  EXPECT_LE((expansion->gradient(slope) - gradient).norm(), 1e-8 * gradient.norm());
  EXPECT_LT(expansion->hessian(slope).selfadjointView<Eigen::Lower>().eigenvalues().maxCoeff(), 0.0);
  EXPECT_FALSE(model.expansion(predictors(x), Eigen::VectorXd::Constant(4, 10.0))) << "rates out of reach";
}

}  // namespace
}  // namespace gmmvi::target

#include "gmmvi/strategy/component_updater.hpp"

#include <cmath>
#include <limits>

#include <Eigen/LU>
#include <gtest/gtest.h>

#include "math/golden_batch.hpp"
#include "math/situations.hpp"
#include "strategy/plain_coordinates.hpp"

namespace gmmvi {
namespace {

using Step = strategy::ComponentStep<FullCovariance>;
using NaturalGradient = test::PlainNaturalGradient<FullCovariance>;
using Full = Gaussian<FullCovariance>;
using strategy::StepContext;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Step update(const ComponentUpdaterOptions& options, const Full& gaussian, const NaturalGradient& natural_gradient,
            const StepContext& context) {
  return strategy::ComponentUpdater<FullCovariance>::make(options)->update(
      gaussian, test::whitened(natural_gradient, gaussian), context);
}

template <class Covariance>
void expect_the_references(const strategy::ComponentStep<Covariance>& step, const nlohmann::json& expected,
                           double tolerance) {
  ASSERT_EQ(step.gaussian.has_value(), expected != "refused");
  if (!step.gaussian) return;
  test::expect_near_relative(step.gaussian->mean(), test::vector(expected.at("mean")), tolerance);
  test::expect_near_relative(Eigen::MatrixXd(step.gaussian->covariance().cholesky()),
                             test::golden_matrix<Covariance>(expected.at("chol")), tolerance);
  if (!expected.contains("eta")) return;
  EXPECT_NEAR(step.eta / expected.at("eta").template get<double>(), 1.0, 1e-8);
}

template <class Covariance>
void expect_the_references_by_every_rule(std::size_t cases, int refused_direct_steps) {
  const auto file = test::golden("component_update");
  const double tolerance = file.at("tolerance");
  int refused = 0;
  for (const auto& each : test::cases<Covariance>(file, cases)) {
    const auto& inputs = each.at("inputs");
    const auto& expected = each.at("expected");
    const auto gaussian = test::golden_gaussian<Covariance>(inputs.at("mean"), inputs.at("chol"));
    const auto natural_gradient = test::whitened<Covariance>(
        {test::vector(inputs.at("neg_grad")), test::golden_matrix<Covariance>(inputs.at("neg_hessian"))}, gaussian);
    const double stepsize = inputs.at("stepsize");
    const auto by = [&](const ComponentUpdaterOptions& options, double temperature, bool first) {
      return strategy::ComponentUpdater<Covariance>::make(options)->update(gaussian, natural_gradient,
                                                                           {stepsize, temperature, first});
    };
    refused += expected.at("direct") == "refused";
    expect_the_references(by(DirectUpdateOptions{}, 1.0, false), expected.at("direct"), tolerance);
    expect_the_references(by(IblrUpdateOptions{}, 1.0, false), expected.at("iblr"), tolerance);
    expect_the_references(by(IblrUpdateOptions{}, 1.0, true), expected.at("iblr_first_update"), tolerance);
    ASSERT_EQ(expected.at("trust_region_by_beta").size(), 2u);
    for (const auto& [beta, trust_region] : expected.at("trust_region_by_beta").items()) {
      const auto step = by(TrustRegionUpdateOptions{}, std::stod(beta), false);
      expect_the_references(step, trust_region, tolerance);
      test::expect_near_relative(test::kl_divergence(test::as_full(*step.gaussian), test::as_full(gaussian)),
                                 trust_region.at("kl").template get<double>(), tolerance);
    }
  }
  EXPECT_EQ(refused, refused_direct_steps) << "direct steps from indefinite and concave Hessians";
}

TEST(ComponentUpdate, IsTheReferencesByEveryRule) {
  expect_the_references_by_every_rule<FullCovariance>(54, 23);
  expect_the_references_by_every_rule<DiagonalCovariance>(30, 9);
}

enum class Curvature { none, convex, indefinite, concave, huge, tiny };

struct Situation {
  Eigen::Index dimension;
  Curvature curvature;
  double condition;  // of the covariance
};

std::string name_of(const testing::TestParamInfo<Situation>& info) {
  static constexpr const char* names[] = {"flat", "convex", "indefinite", "concave", "huge", "tiny"};
  return std::string(names[static_cast<int>(info.param.curvature)]) + "_D" + std::to_string(info.param.dimension) +
         (info.param.condition > 1e3 ? "_ill_conditioned" : "");
}

std::vector<Situation> situations() {
  std::vector<Situation> all;
  for (const Eigen::Index dimension : {1, 2, 5, 31, 80})
    for (const Curvature curvature : {Curvature::none, Curvature::convex, Curvature::indefinite, Curvature::concave,
                                      Curvature::huge, Curvature::tiny})
      for (const double condition : {10.0, 1e8}) all.push_back({dimension, curvature, condition});
  return all;
}

class ComponentSteps : public testing::TestWithParam<Situation> {
 protected:
  Eigen::VectorXd curvatures() const {
    const Eigen::ArrayXd normal = test::normal_vector(GetParam().dimension, 7).array();
    switch (GetParam().curvature) {
      case Curvature::none:
        return 0.0 * normal;
      case Curvature::convex:
        return 3.0 * normal.abs();
      case Curvature::indefinite:
        return 5.0 * normal;
      case Curvature::concave:
        return -5.0 * normal.abs() - 0.5;
      case Curvature::huge:
        return 1e9 * normal;
      case Curvature::tiny:
        return 1e-6 * normal;
    }
    return {};
  }
  double gradient_scale() const {
    if (GetParam().curvature == Curvature::huge) return 1e9;
    return GetParam().curvature == Curvature::tiny ? 1e-6 : 1.0;
  }
  // A Hessian and gradient that are of the given size in whitened coordinates.
  NaturalGradient make_natural_gradient() const {
    const Eigen::Index d = GetParam().dimension;
    const Eigen::MatrixXd inverse = Eigen::MatrixXd(gaussian->covariance().cholesky()).inverse();
    const Eigen::MatrixXd hessian = inverse.transpose() * test::symmetric_with_eigenvalues(curvatures(), 8) * inverse;
    return {gradient_scale() * inverse.transpose() * test::normal_vector(d, 9), 0.5 * (hessian + hessian.transpose())};
  }
  Step trust_region(double stepsize, double temperature) const {
    return update(TrustRegionUpdateOptions{}, *gaussian, natural_gradient, {stepsize, temperature, false});
  }

  const GaussianPointer<FullCovariance> gaussian = test::random_gaussian(GetParam().dimension, 6, GetParam().condition);
  const NaturalGradient natural_gradient = make_natural_gradient();
};

constexpr double stepsizes[] = {1e-3, 0.01, 0.05, 0.5, 1.0, 20.0};

TEST_P(ComponentSteps, TheTrustRegionIsUsedToItsBoundOrTheMultiplierIsTheTemperature) {
  for (const double temperature : {0.3, 1.0})
    for (const double stepsize : stepsizes) {
      const Step step = trust_region(stepsize, temperature);
      ASSERT_TRUE(step.gaussian);
      const double kl = test::kl_divergence(*step.gaussian, *gaussian);
      EXPECT_GE(step.eta, temperature);
      EXPECT_LE(kl, stepsize * (1.0 + 1e-10));
      EXPECT_TRUE(step.eta == temperature || kl >= stepsize * (1.0 - 1e-10)) << "eta " << step.eta << ", KL " << kl;
    }
}

TEST_P(ComponentSteps, AWiderTrustRegionGoesFurther) {
  double last_eta = infinity, last_kl = 0.0;
  for (const double stepsize : stepsizes) {
    const Step step = trust_region(stepsize, 1.0);
    const double kl = test::kl_divergence(*step.gaussian, *gaussian);
    EXPECT_LE(step.eta, last_eta);
    EXPECT_GE(kl, last_kl * (1.0 - 1e-9));
    last_eta = step.eta;
    last_kl = kl;
  }
}

TEST_P(ComponentSteps, IblrIsNeverRefusedForAFiniteHessian) {
  for (const bool first : {true, false})
    for (const double stepsize : {0.01, 0.5, 1.0}) {
      const Step step = update(IblrUpdateOptions{}, *gaussian, natural_gradient, {stepsize, 1.0, first});
      ASSERT_TRUE(step.gaussian);
      EXPECT_EQ(first, test::same_bits(step.gaussian->mean(), gaussian->mean()));
    }
}

TEST_P(ComponentSteps, TheDirectStepIsRefusedExactlyWhereThePrecisionIsNotPositiveDefinite) {
  for (const double stepsize : {0.01, 0.3}) {
    const bool possible = (1.0 + stepsize * curvatures().array() > 0.0).all();
    EXPECT_EQ(possible,
              update(DirectUpdateOptions{}, *gaussian, natural_gradient, {stepsize, 1.0, false}).gaussian.has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Situations, ComponentSteps, testing::ValuesIn(situations()), name_of);

// A well-conditioned Gaussian and a convex Hessian, for which every rule makes a step.
class ConvexStep : public testing::Test {
 protected:
  const GaussianPointer<FullCovariance> gaussian = test::random_gaussian(6, 1);
  const Eigen::MatrixXd hessian = test::symmetric_with_eigenvalues(test::normal_vector(6, 2).cwiseAbs(), 3);
  const Eigen::VectorXd gradient = test::normal_vector(6, 4);
  const Eigen::MatrixXd covariance = gaussian->covariance().matrix();
  const Eigen::MatrixXd precision = covariance.inverse();
};

TEST_F(ConvexStep, DirectIsTheNaturalParametersMoved) {
  const Step step = update(DirectUpdateOptions{}, *gaussian, {gradient, hessian}, {0.4, 1.0, false});
  const Eigen::MatrixXd moved = precision + 0.4 * hessian;
  const Eigen::VectorXd linear = precision * gaussian->mean() + 0.4 * (hessian * gaussian->mean() - gradient);
  EXPECT_LT(test::largest_error(step.gaussian->covariance().matrix(), moved.inverse()), 1e-12);
  EXPECT_LT(test::largest_error(step.gaussian->mean(), moved.inverse() * linear), 1e-12);
}

TEST_F(ConvexStep, IblrAddsTheSecondOrderTermAndMovesTheMeanByTheOldCovariance) {
  const Step step = update(IblrUpdateOptions{}, *gaussian, {gradient, hessian}, {0.4, 1.0, false});
  const Eigen::MatrixXd moved = precision + 0.4 * hessian + 0.08 * hessian * covariance * hessian;
  EXPECT_LT(test::largest_error(step.gaussian->covariance().matrix(), moved.inverse()), 1e-12);
  EXPECT_LT(test::largest_error(step.gaussian->mean(), gaussian->mean() - 0.4 * covariance * gradient), 1e-12);
}

TEST_F(ConvexStep, TheTrustRegionStepIsADirectStepByTheInverseMultiplier) {
  const Step bounded = update(TrustRegionUpdateOptions{}, *gaussian, {gradient, hessian}, {0.1, 1.0, false});
  const Step direct = update(DirectUpdateOptions{}, *gaussian, {gradient, hessian}, {1.0 / bounded.eta, 1.0, false});
  EXPECT_LT(test::largest_error(bounded.gaussian->mean(), direct.gaussian->mean()), 1e-14);
  EXPECT_LT(test::largest_error(bounded.gaussian->covariance().matrix(), direct.gaussian->covariance().matrix()),
            1e-14);
}

TEST_F(ConvexStep, DampingBoundsTheStepWhereTheStepsizeDoesNot) {
  const StepContext unbounded{1e6, 0.5, false};
  EXPECT_EQ(update(TrustRegionUpdateOptions{}, *gaussian, {gradient, hessian}, unbounded).eta, 0.5);
  const Step damped = update(TrustRegionUpdateOptions{.damping = 3.0}, *gaussian, {gradient, hessian}, unbounded);
  EXPECT_EQ(damped.eta, 1.5);
  const Step direct = update(DirectUpdateOptions{}, *gaussian, {gradient, hessian}, {1.0 / 1.5, 0.5, false});
  EXPECT_LT(test::largest_error(damped.gaussian->mean(), direct.gaussian->mean()), 1e-14);
}

class EveryRule : public testing::TestWithParam<ComponentUpdaterOptions> {
 protected:
  Step update_by(const NaturalGradient& by, double stepsize) const {
    return update(GetParam(), *gaussian, by, {stepsize, 1.0, false});
  }
  const GaussianPointer<FullCovariance> gaussian = test::random_gaussian(4, 1);
  NaturalGradient natural_gradient{test::normal_vector(4, 2),
                                   test::symmetric_with_eigenvalues(test::normal_vector(4, 3), 4)};
};

TEST_P(EveryRule, AStepsizeOfZeroFreezes) {
  const Step step = update_by(natural_gradient, 0.0);
  ASSERT_TRUE(step.gaussian);
  EXPECT_LT(test::largest_error(step.gaussian->mean(), gaussian->mean()), 1e-15);
  EXPECT_LT(test::largest_error(step.gaussian->covariance().cholesky(), gaussian->covariance().cholesky()), 1e-14);
}

TEST_P(EveryRule, ANaturalGradientOfZeroChangesNothing) {
  const Step step = update_by({Eigen::VectorXd::Zero(4), Eigen::MatrixXd::Zero(4, 4)}, 0.5);
  ASSERT_TRUE(step.gaussian);
  EXPECT_LT(test::largest_error(step.gaussian->mean(), gaussian->mean()), 1e-15);
  EXPECT_LT(test::largest_error(step.gaussian->covariance().cholesky(), gaussian->covariance().cholesky()), 1e-14);
}

TEST_P(EveryRule, WhatIsNotFiniteIsRefused) {
  for (const double bad : {nan, infinity, -infinity}) {
    NaturalGradient bad_gradient = natural_gradient, bad_hessian = natural_gradient;
    bad_gradient.negated_gradient[2] = bad;
    bad_hessian.negated_hessian(1, 2) = bad_hessian.negated_hessian(2, 1) = bad;
    EXPECT_FALSE(update_by(bad_gradient, 0.5).gaussian) << bad;
    EXPECT_FALSE(update_by(bad_hessian, 0.5).gaussian) << bad;
  }
}

TEST_P(EveryRule, NumbersNearOverflowAreRefusedOrGiveAFiniteGaussian) {
  for (const double scale : {1e100, 1e150, 1e160, 1e250, 1e306})
    for (const double sign : {1.0, -1.0}) {
      const Step step =
          update_by({scale * natural_gradient.negated_gradient, sign * scale * natural_gradient.negated_hessian}, 0.5);
      if (!step.gaussian) continue;
      EXPECT_TRUE(step.gaussian->mean().allFinite()) << scale;
      EXPECT_TRUE(step.gaussian->covariance().matrix().allFinite()) << scale;
      EXPECT_TRUE(std::isfinite(step.gaussian->entropy())) << scale;
    }
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule,
                         testing::Values(ComponentUpdaterOptions(TrustRegionUpdateOptions{}),
                                         ComponentUpdaterOptions(IblrUpdateOptions{}),
                                         ComponentUpdaterOptions(DirectUpdateOptions{})));

}  // namespace
}  // namespace gmmvi

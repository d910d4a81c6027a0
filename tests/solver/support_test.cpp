// Densities that are 0 outside of a set: what is fitted to them stays inside, from wherever it starts, with gradients
// and without, and with the same bits on any number of ranks.

#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

#include "solver/situations.hpp"
#include "support/ranks.hpp"
#include "target/truncated_gaussian.hpp"

namespace gmmvi::test {
namespace {

// N(0.5, 0.05²) in the unit square; outside of it `penalty`, flat.
class Square : public PointwiseTarget {
 public:
  explicit Square(double penalty) : PointwiseTarget(2, 8), penalty_(penalty) {}

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    gradient.setZero();
    if ((x.array() < 0.0).any() || (x.array() > 1.0).any()) return penalty_;
    const Eigen::VectorXd standardized = (x.array() - 0.5) / 0.05;
    gradient = -standardized / 0.05;
    return -0.5 * standardized.squaredNorm() - std::log(2.0 * std::numbers::pi * 0.05 * 0.05);
  }

 private:
  double penalty_;
};

class Support : public testing::TestWithParam<NaturalGradientOptions> {
 protected:
  // The preset for expensive targets: few new samples, many that are used again.
  Options options(Target& target, double mean, double scale) const {
    Options options = Options::preset("expensive", target.dimension());
    options.seed = 1;
    options.natural_gradient = GetParam();
    options.model_initialization.prior_mean = {mean};
    options.model_initialization.prior_scale = {scale};
    return options;
  }

  /// What is fitted on all ranks and on one, side by side.
  class Fit {
   public:
    Fit(const Options& options, Target& target)
        : alone_(Gmmvi::build_from_config(options, target, Communicator())),
          together_(Gmmvi::build_from_config(options, target, world())) {}

    Gmmvi& to(std::int64_t evaluations) {
      Trace one, all;
      while (alone_.evaluations() < evaluations) {
        append(one, alone_.train_iter(), alone_);
        append(all, together_.train_iter(), together_);
      }
      EXPECT_EQ(one, all);
      return together_;
    }

   private:
    Gmmvi alone_, together_;
  };

  static double share_outside(const ElboEstimate& estimate) {
    return static_cast<double>(estimate.outside) / static_cast<double>(estimate.samples + estimate.outside);
  }
  static Eigen::VectorXd mean_of(const Gmmvi& solver) {
    return std::visit([](const auto& mixture) { return Eigen::VectorXd(mixture.mean()); }, solver.mixture());
  }
};

TEST_P(Support, OfAHalfLineIsKept) {
  target::TruncatedGaussian target({.lower = {{0.0}}});
  Fit fit(options(target, 0.0, 1.0), target);
  EXPECT_LE(share_outside(fit.to(1000).estimate_elbo(4000)), 0.05);
  EXPECT_LE(share_outside(fit.to(3000).estimate_elbo(4000)), 0.05);
  const double mean = std::sqrt(2.0 / std::numbers::pi), deviation = std::sqrt(1.0 - 2.0 / std::numbers::pi);
  EXPECT_NEAR(mean_of(fit.to(3000))[0], mean, 0.1 * deviation);
}

TEST_P(Support, OfABoxIsKept) {
  target::TruncatedGaussian target(
      {.dimension = 5, .mean = {0.5}, .standard_deviation = {1e6}, .lower = {{0.0}}, .upper = {{1.0}}});
  // A start of the box's size, and one ten times as wide, of which one sample in 25,000 is inside.
  for (const double scale : {0.3, 3.0}) {
    Fit fit(options(target, 0.5, scale), target);
    const double deviation = 1.0 / std::sqrt(12.0);
    EXPECT_LE(share_outside(fit.to(1000).estimate_elbo(4000)), 0.05) << "scale " << scale;
    EXPECT_LE((mean_of(fit.to(1000)).array() - 0.5).abs().maxCoeff(), 0.6 * deviation) << "scale " << scale;
    const ElboEstimate estimate = fit.to(3000).estimate_elbo(4000);
    EXPECT_LE(share_outside(estimate), 0.05) << "scale " << scale;
    EXPECT_GE(estimate.value, -2.5) << "log of the share of the box that the mixture is spread over";
  }
}

// Without samples that are used again, what is drawn is all that there is to learn from: a wide mixture learns next to
// nothing from narrow samples, and in ten dimensions none of its own is ever inside.
TEST_P(Support, IsFoundFromABatchOfItsOwn) {
  target::TruncatedGaussian target(
      {.dimension = 10, .mean = {0.5}, .standard_deviation = {1e6}, .lower = {{0.0}}, .upper = {{1.0}}});
  for (const bool diagonal : {false, true}) {
    Options options = this->options(target, 0.5, 3.0);
    options.sample_selector =
        ComponentBasedSelectionOptions{.desired_samples_per_component = 100, .ratio_reused_samples_to_desired = 0.0};
    options.model_initialization.use_diagonal_covs = diagonal;
    Fit fit(options, target);
    EXPECT_LE(share_outside(fit.to(10000).estimate_elbo(4000)), 0.1) << (diagonal ? "diagonal" : "full");
  }
}

TEST_P(Support, OfADiscIsKept) {
  target::UniformDisc target({});
  Fit fit(options(target, 0.0, 1.0), target);
  EXPECT_LE(share_outside(fit.to(1000).estimate_elbo(4000)), 0.05);
}

TEST_P(Support, IsFoundWhereTheStartHasNextToNothingOfIt) {
  for (const double penalty : {-std::numeric_limits<double>::infinity(), -1e18, -1e300, -1e6}) {
    Square target(penalty);
    Fit fit(options(target, 0.0, 10.0), target);
    const ElboEstimate estimate = fit.to(2000).estimate_elbo(2000);
    EXPECT_LE(share_outside(estimate), 0.01) << "penalty " << penalty;
    EXPECT_NEAR(estimate.value, 0.0, 0.1) << "penalty " << penalty;
  }
}

// The component stepsize that goes by what steps promise: a rim is what a quadratic surrogate knows least of.
TEST_P(Support, IsKeptByStepsThatGoByPromises) {
  const auto of = [&](Target& target, double scale) {
    Options options = this->options(target, 0.0, scale);
    options.component_stepsize = PredictedImprovementStepsizeOptions{};
    return options;
  };
  target::TruncatedGaussian half_line({.lower = {{0.0}}});
  Fit of_half_line(of(half_line, 1.0), half_line);
  EXPECT_LE(share_outside(of_half_line.to(1000).estimate_elbo(4000)), 0.05);
  const double mean = std::sqrt(2.0 / std::numbers::pi), deviation = std::sqrt(1.0 - 2.0 / std::numbers::pi);
  EXPECT_NEAR(mean_of(of_half_line.to(3000))[0], mean, 0.1 * deviation);
  target::UniformDisc disc({});
  Fit of_disc(of(disc, 1.0), disc);
  EXPECT_LE(share_outside(of_disc.to(1000).estimate_elbo(4000)), 0.05);
  Square square(-std::numeric_limits<double>::infinity());
  Fit of_square(of(square, 10.0), square);
  const ElboEstimate estimate = of_square.to(2000).estimate_elbo(2000);
  EXPECT_LE(share_outside(estimate), 0.01);
  EXPECT_NEAR(estimate.value, 0.0, 0.1);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutGradients, Support,
                         testing::Values(NaturalGradientOptions(SteinOptions{}), NaturalGradientOptions(MoreOptions{})),
                         [](const auto& each) { return each.param.index() == 0 ? "Stein" : "MORE"; });

}  // namespace
}  // namespace gmmvi::test

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
  // As the presets for expensive targets have it: few new samples, many that are used again.
  Options options(double mean, double scale) const {
    Options options;
    options.seed = 1;
    options.natural_gradient = GetParam();
    options.model_initialization.prior_mean = {mean};
    options.model_initialization.prior_scale = {scale};
    options.component_adapter = AdaptiveComponentsOptions{.add_iters = 25};
    options.sample_selector = ComponentBasedSelectionOptions{10, 20.0};
    options.component_stepsize = ImprovementBasedStepsizeOptions{.initial_stepsize = 0.2, .max_stepsize = 0.2};
    return options;
  }

  Gmmvi fitted(const Options& options, Target& target, std::int64_t evaluations) const {
    const auto build = [&](const Communicator& ranks) { return Gmmvi::build_from_config(options, target, ranks); };
    Gmmvi alone = build(Communicator()), together = build(world());
    Trace one, all;
    while (alone.evaluations() < evaluations) {
      append(one, alone.train_iter(), alone);
      append(all, together.train_iter(), together);
    }
    EXPECT_EQ(one, all);
    return together;
  }

  static double share_outside(const ElboEstimate& estimate) {
    return static_cast<double>(estimate.outside) / static_cast<double>(estimate.samples + estimate.outside);
  }
  static Eigen::VectorXd mean_of(const Gmmvi& solver) {
    return std::visit([](const auto& mixture) { return Eigen::VectorXd(mixture.mean()); }, solver.mixture());
  }
};

TEST_P(Support, OfAHalfLineIsKept) {
  target::TruncatedGaussian target({.lower = {{0.0}}});
  Gmmvi solver = fitted(options(0.0, 1.0), target, 1000);
  EXPECT_LE(share_outside(solver.estimate_elbo(4000)), 0.05);
  const double mean = std::sqrt(2.0 / std::numbers::pi), deviation = std::sqrt(1.0 - 2.0 / std::numbers::pi);
  EXPECT_NEAR(mean_of(solver)[0], mean, 0.1 * deviation);
}

TEST_P(Support, OfABoxIsKept) {
  target::TruncatedGaussian target(
      {.dimension = 3, .mean = {0.5}, .standard_deviation = {1e6}, .lower = {{0.0}}, .upper = {{1.0}}});
  Gmmvi solver = fitted(options(0.5, 0.3), target, 1000);
  EXPECT_LE(share_outside(solver.estimate_elbo(4000)), 0.05);
  EXPECT_LE((mean_of(solver).array() - 0.5).abs().maxCoeff(), 0.1);
}

TEST_P(Support, OfADiscIsKept) {
  target::UniformDisc target({});
  Gmmvi solver = fitted(options(0.0, 1.0), target, 1000);
  EXPECT_LE(share_outside(solver.estimate_elbo(4000)), 0.05);
}

TEST_P(Support, IsFoundWhereTheStartHasNextToNothingOfIt) {
  for (const double penalty : {-std::numeric_limits<double>::infinity(), -1e18, -1e300, -1e6}) {
    Square target(penalty);
    Gmmvi solver = fitted(options(0.0, 10.0), target, 2000);
    const ElboEstimate estimate = solver.estimate_elbo(2000);
    EXPECT_LE(share_outside(estimate), 0.01) << "penalty " << penalty;
    EXPECT_NEAR(estimate.value, 0.0, 0.1) << "penalty " << penalty;
  }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutGradients, Support,
                         testing::Values(NaturalGradientOptions(SteinOptions{}), NaturalGradientOptions(MoreOptions{})),
                         [](const auto& each) { return each.param.index() == 0 ? "Stein" : "MORE"; });

}  // namespace
}  // namespace gmmvi::test

// Inputs at the edge of what makes sense, with both covariance shapes and both estimators: the mixture stays finite,
// and all ranks agree with one.

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "solver/situations.hpp"
#include "support/ranks.hpp"

namespace gmmvi::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Parameters = std::tuple<bool, NaturalGradientOptions>;

class Edges : public testing::TestWithParam<Parameters> {
 protected:
  Options options(int components, int samples, double ratio_reused = 2.0) const {
    Options options;
    options.seed = 3;
    options.natural_gradient = std::get<1>(GetParam());
    options.model_initialization.use_diagonal_covs = std::get<0>(GetParam());
    options.model_initialization.num_initial_components = components;
    options.component_adapter = AdaptiveComponentsOptions{.del_iters = 4, .add_iters = 3, .max_components = 1002};
    options.sample_selector = ComponentBasedSelectionOptions{samples, ratio_reused};
    return options;
  }
  /// A mixture with a diagonal covariance for every row of `means` [K x D], in the shape of the test.
  AnyMixture mixture(const Eigen::MatrixXd& means, const Eigen::VectorXd& variances) const {
    return std::get<0>(GetParam()) ? made<DiagonalCovariance>(means, variances)
                                   : made<FullCovariance>(means, variances);
  }

  /// The mixture after so many iterations under every way to make a step; the same on all ranks as on one.
  void expect_sound(const Options& base, Target& target, int iterations, const AnyMixture* start = nullptr) const {
    for (const ComponentUpdaterOptions& updater :
         {ComponentUpdaterOptions(TrustRegionUpdateOptions{}), ComponentUpdaterOptions(IblrUpdateOptions{}),
          ComponentUpdaterOptions(DirectUpdateOptions{})}) {
      Options options = base;
      options.component_updater = updater;
      const auto build = [&](const Communicator& ranks) {
        return start ? Gmmvi::build_from_config(options, target, *start, ranks)
                     : Gmmvi::build_from_config(options, target, ranks);
      };
      const Trace alone = run(build, Communicator(), iterations);
      Gmmvi solver = build(world());
      Trace trace;
      for (int i = 0; i < iterations; ++i) append(trace, solver.train_iter(), solver);
      EXPECT_EQ(trace, alone) << "updater " << updater.index();
      EXPECT_TRUE(all_finite(solver.mixture())) << "updater " << updater.index();
    }
  }

 private:
  template <class Covariance>
  static AnyMixture made(const Eigen::MatrixXd& means, const Eigen::VectorXd& variances) {
    std::vector<GaussianPointer<Covariance>> gaussians;
    for (Eigen::Index k = 0; k < means.rows(); ++k)
      gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(means.row(k).transpose(),
                                                                       Covariance::from_variances(variances)));
    return Mixture<Covariance>(std::move(gaussians), Eigen::VectorXd::Ones(means.rows()));
  }
};

TEST_P(Edges, OneComponent) {
  GaussianTarget target = correlated_gaussian(3);
  Options one = options(1, 30);
  one.component_adapter = FixedComponentsOptions{};
  expect_sound(one, target, 8);
}

TEST_P(Edges, OneDimension) {
  GaussianTarget target = correlated_gaussian(1);
  expect_sound(options(3, 20), target, 10);
}

TEST_P(Edges, OneDimensionOneComponentOneSample) {
  GaussianTarget target = correlated_gaussian(1);
  expect_sound(options(1, 1, 0.0), target, 12);
}

TEST_P(Edges, OneSampleAComponent) {
  GaussianTarget target = correlated_gaussian(3);
  expect_sound(options(4, 1, 0.0), target, 12);
  expect_sound(options(4, 1, 3.0), target, 12);
}

TEST_P(Edges, FewerSamplesThanFeatures) {
  GaussianTarget target = correlated_gaussian(8);  // 45 features for full covariances, 17 for diagonal ones
  expect_sound(options(2, 7, 0.0), target, 12);
}

TEST_P(Edges, OwnSamplesFewerThanFeatures) {
  GaussianTarget target = correlated_gaussian(6);
  Options own = options(3, 5, 0.0);
  std::visit([](auto& estimator) { estimator.only_use_own_samples = true; }, own.natural_gradient);
  expect_sound(own, target, 12);
}

/// A Gaussian inside the ball of that radius, log density −∞ outside.
class Ball : public GaussianTarget {
 public:
  Ball(Eigen::Index dimension, double radius)
      : GaussianTarget(Eigen::VectorXd::Zero(dimension), Eigen::MatrixXd::Identity(dimension, dimension), 0.0, 8),
        radius_(radius) {}

 protected:
  double value(const Eigen::VectorXd& x, Eigen::VectorXd& gradient) override {
    const double inside = GaussianTarget::value(x, gradient);
    return x.norm() < radius_ ? inside : -infinity;
  }

 private:
  double radius_;
};

TEST_P(Edges, AllSamplesOutsideTheSupportChangeNothing) {
  Ball nowhere(2, 0.0);
  Gmmvi solver = Gmmvi::build_from_config(options(3, 10), nowhere, world());
  const std::uint64_t before = hash(solver.mixture());
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(solver.train_iter().batch_was_usable);
  EXPECT_EQ(hash(solver.mixture()), before);
}

TEST_P(Edges, FewSamplesInsideTheSupport) {
  Ball small(2, 0.7);
  expect_sound(options(3, 10), small, 12);
}

// Components so far from each other that a sample counts for the one that it was drawn from alone; with one sample a
// component all weights but one underflow.
TEST_P(Edges, AllWeightsButOneUnderflow) {
  GaussianTarget target = correlated_gaussian(2);
  const AnyMixture far = mixture(1e4 * Eigen::MatrixXd::Identity(3, 2), Eigen::Vector2d(1e-4, 1e-4));
  expect_sound(options(3, 1, 0.0), target, 8, &far);
  expect_sound(options(3, 20), target, 8, &far);
}

TEST_P(Edges, DuplicateComponents) {
  GaussianTarget target = correlated_gaussian(2);
  const AnyMixture duplicates = mixture(Eigen::MatrixXd::Zero(4, 2), Eigen::Vector2d(2.0, 3.0));
  expect_sound(options(4, 10), target, 12, &duplicates);
}

TEST_P(Edges, VariancesAtTheLimitOfPositiveDefiniteness) {
  GaussianTarget target = correlated_gaussian(2);
  for (const double smallest : {1e-12, 1e-200, 1e-300}) {
    const AnyMixture flat = mixture(Eigen::MatrixXd::Zero(2, 2), Eigen::Vector2d(1.0, smallest));
    expect_sound(options(2, 15), target, 8, &flat);
  }
}

TEST_P(Edges, AThousandComponents) {
  GaussianTarget target = correlated_gaussian(2);
  Options thousand = options(1000, 1, 1.0);
  Gmmvi solver = Gmmvi::build_from_config(thousand, target, world());
  for (int i = 0; i < 4; ++i) solver.train_iter();
  EXPECT_TRUE(all_finite(solver.mixture()));
  EXPECT_EQ(ids(solver.mixture()).size(), 1001U) << "one was to be added";
}

TEST_P(Edges, AStepsizeOfZeroFreezesComponentsAndWeights) {
  GaussianTarget target = correlated_gaussian(3);
  Options frozen = options(4, 20);
  frozen.component_adapter = FixedComponentsOptions{};
  for (const WeightStepsizeOptions& zero :
       {WeightStepsizeOptions(FixedStepsizeOptions{0.0}),
        WeightStepsizeOptions(DecayingStepsizeOptions{.initial_stepsize = 0.0}),
        WeightStepsizeOptions(ImprovementBasedStepsizeOptions{.initial_stepsize = 0.0})})
    for (const ComponentUpdaterOptions& updater :
         {ComponentUpdaterOptions(TrustRegionUpdateOptions{}), ComponentUpdaterOptions(IblrUpdateOptions{}),
          ComponentUpdaterOptions(DirectUpdateOptions{})}) {
      std::visit([&](const auto& same) { frozen.component_stepsize = same; }, zero);
      frozen.weight_stepsize = zero;
      frozen.component_updater = updater;
      Gmmvi solver = Gmmvi::build_from_config(frozen, target, world());
      const std::uint64_t before = hash(solver.mixture());
      for (int i = 0; i < 4; ++i) solver.train_iter();
      EXPECT_EQ(hash(solver.mixture()), before) << "stepsize " << zero.index() << ", updater " << updater.index();
    }
}

std::string name_of(const testing::TestParamInfo<Parameters>& info) {
  const bool stein = std::holds_alternative<SteinOptions>(std::get<1>(info.param));
  return std::string(stein ? "Stein" : "More") + (std::get<0>(info.param) ? "Diagonal" : "Full");
}

INSTANTIATE_TEST_SUITE_P(Shapes, Edges,
                         testing::Combine(testing::Bool(), testing::Values(NaturalGradientOptions(SteinOptions{}),
                                                                           NaturalGradientOptions(MoreOptions{}))),
                         name_of);

}  // namespace
}  // namespace gmmvi::test

#include "runner/draws.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "comm/guard.hpp"
#include "support/ranks.hpp"
#include "target/truncated_gaussian.hpp"

namespace gmmvi::runner {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Three far-apart components at 0, 100 and 300, of which the second went; ids 0, 2.
template <class Covariance>
Mixture<Covariance> two_components() {
  std::vector<GaussianPointer<Covariance>> gaussians;
  for (const double place : {0.0, 100.0, 300.0})
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(
        Eigen::Vector2d(place, -place), Covariance::from_variances(Eigen::Vector2d(1.0, 4.0))));
  Mixture<Covariance> mixture(std::move(gaussians), Eigen::Vector3d(0.2, 0.2, 0.6));
  mixture.remove({1});
  return mixture;
}

template <class Covariance>
class Draws : public testing::Test {};
using Shapes = testing::Types<FullCovariance, DiagonalCovariance>;
TYPED_TEST_SUITE(Draws, Shapes);

TYPED_TEST(Draws, AreTheMixturesSamplesInAnotherOrder) {
  const auto mixture = two_components<TypeParam>();
  const auto sorted = mixture.sample(1000, 5);
  const io::Draws draws = draw(mixture, 1000, 5);
  std::map<double, double> by_first;
  for (Eigen::Index n = 0; n < 1000; ++n) by_first[draws.samples(0, n)] = draws.samples(1, n);
  for (Eigen::Index n = 0; n < 1000; ++n) EXPECT_EQ(by_first.at(sorted.samples(0, n)), sorted.samples(1, n));
}

TYPED_TEST(Draws, SayTheComponentTheyCameFrom) {
  const io::Draws draws = draw(two_components<TypeParam>(), 1000, 5);
  for (Eigen::Index n = 0; n < 1000; ++n)
    EXPECT_EQ(draws.components[static_cast<std::size_t>(n)], draws.samples(0, n) < 150.0 ? 0 : 2);
}

TYPED_TEST(Draws, HaveTheMixturesLogDensities) {
  const auto mixture = two_components<TypeParam>();
  const io::Draws draws = draw(mixture, 5000, 5);
  EXPECT_EQ(draws.log_densities, mixture.log_density(draws.samples)) << "also where they are computed in pieces";
}

TYPED_TEST(Draws, AreTheSameForTheSameSeedOnly) {
  const auto mixture = two_components<TypeParam>();
  const io::Draws draws = draw(mixture, 200, 5);
  EXPECT_EQ(draws.samples, draw(mixture, 200, 5).samples);
  EXPECT_NE(draws.samples, draw(mixture, 200, 6).samples);
  EXPECT_EQ(draws.seed, 5u);
}

TYPED_TEST(Draws, DoNotComeComponentByComponent) {
  const io::Draws draws = draw(two_components<TypeParam>(), 4000, 5);
  std::vector<double> heavy(4);  // the share of the component of weight 3/4, in each quarter
  int changes = 0;
  for (std::size_t n = 0; n < 4000; ++n) {
    heavy[n / 1000] += draws.components[n] == 2 ? 1e-3 : 0.0;
    changes += n > 0 && draws.components[n] != draws.components[n - 1];
  }
  for (const double share : heavy) EXPECT_NEAR(share, 0.75, 0.06);
  EXPECT_NEAR(changes / 4000.0, 2.0 * 0.75 * 0.25, 0.05) << "as many as independent draws have";
}

TEST(DrawsOfOne, AreOne) {
  EXPECT_EQ(draw(two_components<FullCovariance>(), 1, 0).components.size(), 1u);
}

/// Knows a density where the first coordinate is below 250; above 299 it fails.
class Half : public Target {
 public:
  Eigen::Index dimension() const override { return 2; }
  bool has_gradients() const override { return false; }
  Eigen::Index group_size() const override { return 7; }
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>& samples, std::span<const SampleId>,
                      bool want_gradients) override {
    EXPECT_FALSE(want_gradients);
    Evaluation evaluation = Evaluation::of_size(2, samples.cols(), false);
    for (Eigen::Index n = 0; n < samples.cols(); ++n) evaluation.log_densities[n] = at(samples.col(n));
    return evaluation;
  }
  static double at(const Eigen::Vector2d& x) {
    if (x[0] > 299.0) return std::nan("");
    return x[0] < 250.0 ? x.sum() : -infinity;
  }
};

TEST(TargetValues, AreInTheOrderOfTheDrawsOnAnyNumberOfRanks) {
  const Communicator& ranks = test::world();
  const io::Draws draws = draw(two_components<FullCovariance>(), 1000, 5);
  Half target;
  const TargetValues values = evaluate(target, ranks.is_root() ? draws.samples : Eigen::MatrixXd(), ranks);
  ASSERT_EQ(values.log_densities.size(), 1000);
  std::int64_t outside = 0, failures = 0;
  for (Eigen::Index n = 0; n < 1000; ++n) {
    const double expected = Half::at(draws.samples.col(n));
    outside += expected == -infinity;
    failures += std::isnan(expected);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(values.log_densities[n]));
    } else {
      EXPECT_EQ(values.log_densities[n], expected);
    }
  }
  EXPECT_EQ(values.outside, outside);
  EXPECT_EQ(values.failures, failures);
  EXPECT_GT(outside, 0);
  EXPECT_GT(failures, 0);
}

/// Never works.
class Broken : public Half {
  Evaluation evaluate(const Eigen::Ref<const Eigen::MatrixXd>&, std::span<const SampleId>, bool) override {
    throw std::runtime_error("no licence");
  }
};

TEST(TargetValues, OfABrokenTargetAreFailures) {
  Broken target;
  const TargetValues values = evaluate(target, draw(two_components<FullCovariance>(), 20, 5).samples, test::world());
  EXPECT_EQ(values.failures, 20);
  EXPECT_TRUE(values.log_densities.array().isNaN().all());
}

/// N(mean, 1).
AnyMixture normal(double mean) {
  return Mixture<FullCovariance>(
      {std::make_shared<const Gaussian<FullCovariance>>(Eigen::VectorXd::Constant(1, mean),
                                                        FullCovariance::from_variances(Eigen::VectorXd::Ones(1)))},
      Eigen::VectorXd::Ones(1));
}

TEST(DrawsInside, AreAsManyAsWantedAndAllInside) {
  target::TruncatedGaussian target({.lower = {{0.0}}});
  const AnyMixture mixture = normal(0.0);
  const DrawsInside inside = draw_inside(&mixture, 500, 7, target, test::world());
  EXPECT_NEAR(static_cast<double>(inside.outside) / static_cast<double>(inside.evaluations), 0.5, 0.1);
  if (!test::world().is_root()) return;
  ASSERT_EQ(inside.draws.samples.cols(), 500);
  EXPECT_GT(inside.draws.samples.minCoeff(), 0.0);
  EXPECT_TRUE(inside.draws.target->allFinite());
  EXPECT_EQ(inside.draws.components.size(), 500U);
  EXPECT_NEAR(inside.draws.samples.mean(), std::sqrt(2.0 / std::numbers::pi), 0.1);
  for (Eigen::Index n = 0; n < 500; ++n)
    EXPECT_NEAR(inside.draws.log_densities[n] + std::log(2.0), (*inside.draws.target)[n], 1e-12);
}

TEST(DrawsInside, AreRefusedWhereHardlyAnyIs) {
  target::TruncatedGaussian target({.lower = {{0.0}}});
  const AnyMixture mixture = normal(-8.0);
  try {
    draw_inside(&mixture, 100, 7, target, test::world());
    FAIL();
  } catch (const comm::CollectiveError& error) {
    EXPECT_NE(std::string(error.what()).find("none of 100 draws"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gmmvi::runner

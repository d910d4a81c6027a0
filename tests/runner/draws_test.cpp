#include "runner/draws.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "support/ranks.hpp"

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

}  // namespace
}  // namespace gmmvi::runner

#include "model/combination.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <variant>

#include <gtest/gtest.h>

#include "math/situations.hpp"

namespace gmmvi::model {
namespace {

using Full = Mixture<FullCovariance>;

struct Place {
  double x, weight;
};

template <class Covariance = FullCovariance>
Mixture<Covariance> mixture_at(const std::vector<Place>& places) {
  std::vector<GaussianPointer<Covariance>> gaussians;
  Eigen::VectorXd weights(static_cast<Eigen::Index>(places.size()));
  for (std::size_t k = 0; k < places.size(); ++k) {
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(
        Eigen::Vector2d(places[k].x, -places[k].x), Covariance::from_variances(Eigen::Vector2d(1.0, 4.0))));
    weights[static_cast<Eigen::Index>(k)] = places[k].weight;
  }
  return {std::move(gaussians), weights};
}

Eigen::VectorXd log_density(const AnyMixture& mixture, const Eigen::MatrixXd& samples) {
  return std::visit([&](const auto& m) { return m.log_density(samples); }, mixture);
}

Eigen::Index size(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return m.size(); }, mixture);
}

void expect_the_same_density(const AnyMixture& a, const AnyMixture& b) {
  const Eigen::MatrixXd samples = std::visit([](const auto& m) { return m.sample(500, 1).samples; }, b);
  EXPECT_LT(test::largest_error(log_density(a, samples), log_density(b, samples)), 1e-12);
}

/// All its numbers.
std::vector<double> numbers(const AnyMixture& mixture) {
  std::vector<double> all;
  const auto& full = std::get<Full>(mixture);
  all.insert(all.end(), full.log_weights().begin(), full.log_weights().end());
  for (const auto& component : full.components()) {
    const Eigen::MatrixXd factor = component.gaussian->covariance().cholesky();
    all.insert(all.end(), component.gaussian->mean().begin(), component.gaussian->mean().end());
    all.insert(all.end(), factor.data(), factor.data() + factor.size());
  }
  return all;
}

TEST(Combination, OfAFitWithItselfIsTheSameDensity) {
  const Full mixture = test::overlapping_mixture(7, 4, 3);
  for (const std::size_t times : {1u, 2u, 3u}) {
    const Combination combined = combine(std::vector<Fit>(times, {mixture, -3.5, -4.0}));
    EXPECT_EQ(size(combined.mixture), 7);
    EXPECT_EQ(combined.merged, static_cast<Eigen::Index>(7 * (times - 1)));
    EXPECT_NEAR(combined.log_mass, -3.5, 1e-14);
    expect_the_same_density(combined.mixture, mixture);
  }
}

TEST(Combination, OfOneFitIsThatFit) {
  const Full mixture = mixture_at({{0.0, 0.25}, {30.0, 0.75}});
  const Combination combined = combine({{mixture, 2.0, 1.0}});
  expect_the_same_density(combined.mixture, mixture);
  EXPECT_NEAR(combined.log_mass, 2.0, 1e-15);
  EXPECT_TRUE(combined.shares.isApprox(Eigen::Vector2d(0.75, 0.25)));
}

TEST(Combination, GivesAModeThatOneFitMissedItsMass) {
  // p̃ has a mass of 10, 6 to 3 to 1; each of the fits misses a mode, and its evidence says so.
  const Fit without_last{mixture_at({{0.0, 6.0}, {30.0, 3.0}}), std::log(9.0), std::log(9.0)},
      without_second{mixture_at({{0.0, 6.0}, {60.0, 1.0}}), std::log(7.0), std::log(7.0)};
  const Combination combined = combine({without_last, without_second});
  EXPECT_NEAR(combined.log_mass, std::log(10.0), 1e-14);
  EXPECT_TRUE(combined.shares.isApprox(Eigen::Vector3d(0.6, 0.3, 0.1)));
  expect_the_same_density(combined.mixture, mixture_at({{0.0, 0.6}, {30.0, 0.3}, {60.0, 0.1}}));
  EXPECT_EQ(combined.merged, 1);
  EXPECT_TRUE(combined.parts.row(1).isApprox(Eigen::RowVector2d(1.0, 0.0)));
  EXPECT_TRUE(combined.parts.row(2).isApprox(Eigen::RowVector2d(0.0, 1.0)));
  EXPECT_TRUE(
      combined.weights.isApprox((Eigen::MatrixXd(3, 2) << 6.0 / 9, 6.0 / 7, 3.0 / 9, 0, 0, 1.0 / 7).finished()));
  EXPECT_EQ(combined.modes, (std::vector<std::vector<std::size_t>>{{0, 1}, {0, 2}}));
}

TEST(Combination, HoldsForMassesThatNoDoubleHolds) {
  const Combination combined = combine({{mixture_at({{0.0, 1.0}}), std::log(3.0) - 5000.0, -5000.0},
                                        {mixture_at({{30.0, 1.0}}), std::log(1.0) - 5000.0, -5000.0}});
  EXPECT_NEAR(combined.log_mass, std::log(4.0) - 5000.0, 1e-11);
  EXPECT_TRUE(combined.shares.isApprox(Eigen::Vector2d(0.75, 0.25)));
}

TEST(Combination, IsTheMeanWhereFitsAreEquallyGood) {
  const Combination combined =
      combine({{mixture_at({{0.0, 0.8}, {30.0, 0.2}}), 0.0, -1.0}, {mixture_at({{0.0, 0.6}, {30.0, 0.4}}), 0.0, -1.0}});
  EXPECT_TRUE(combined.shares.isApprox(Eigen::Vector2d(0.7, 0.3)));
  EXPECT_TRUE(combined.parts.isApproxToConstant(0.5));
}

TEST(Combination, CountsABetterFitMore) {
  const Fit good{mixture_at({{0.0, 0.8}, {30.0, 0.2}}), 0.0, 0.0},
      bad{mixture_at({{0.0, 0.2}, {30.0, 0.8}}), 0.0, -20.0};
  EXPECT_TRUE(combine({good, bad}).shares.isApprox(Eigen::Vector2d(0.8, 0.2), 1e-7));
}

TEST(Combination, LeavesOutWhatABadFitFoundAlone) {
  const Combination combined =
      combine({{mixture_at({{0.0, 1.0}}), 0.0, 0.0}, {mixture_at({{0.0, 0.5}, {90.0, 0.5}}), -1000.0, -1000.0}});
  EXPECT_EQ(size(combined.mixture), 1);
  EXPECT_EQ(combined.negligible, 2);
  EXPECT_NEAR(combined.shares[0], 1.0, 1e-15);
}

TEST(Combination, DoesNotCountAModeThatIsHardlyThere) {
  // A component that was just added is no estimate of its mode's mass.
  const Combination combined = combine({{mixture_at({{0.0, 1.0 - 1e-4}, {30.0, 1e-4}}), std::log(0.8), 0.0},
                                        {mixture_at({{0.0, 0.8}, {30.0, 0.2}}), 0.0, 0.0}});
  EXPECT_NEAR(combined.shares[1], 0.2, 1e-4);
  EXPECT_EQ(combined.parts(1, 0), 0.0);
}

TEST(Combination, IsTheSameBitForBitInAnyOrderOfFits) {
  std::vector<Fit> fits;
  for (std::uint64_t seed = 0; seed < 4; ++seed)
    fits.push_back(
        {test::overlapping_mixture(5, 3, seed), 0.3 * static_cast<double>(seed), -0.1 * static_cast<double>(seed)});
  const Combination first = combine(fits);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  while (std::ranges::next_permutation(order).found) {
    std::vector<Fit> shuffled;
    for (const std::size_t r : order) shuffled.push_back(fits[r]);
    const Combination combined = combine(shuffled);
    ASSERT_EQ(numbers(combined.mixture), numbers(first.mixture));
    ASSERT_EQ(combined.log_mass, first.log_mass);
    for (std::size_t r = 0; r < order.size(); ++r) {
      ASSERT_EQ(combined.modes[r], first.modes[order[r]]);
      ASSERT_TRUE(test::same_bits(combined.weights.col(static_cast<Eigen::Index>(r)),
                                  first.weights.col(static_cast<Eigen::Index>(order[r]))));
    }
  }
}

TEST(Combination, TakesBothShapesOfCovariances) {
  const Fit diagonal{mixture_at<DiagonalCovariance>({{0.0, 1.0}}), 0.0, 0.0}, full{mixture_at({{30.0, 1.0}}), 0.0, 0.0};
  EXPECT_TRUE(std::holds_alternative<Mixture<DiagonalCovariance>>(combine({diagonal, diagonal}).mixture));
  const Combination combined = combine({diagonal, full});
  ASSERT_TRUE(std::holds_alternative<Full>(combined.mixture));
  expect_the_same_density(combined.mixture, mixture_at({{0.0, 0.5}, {30.0, 0.5}}));
}

}  // namespace
}  // namespace gmmvi::model

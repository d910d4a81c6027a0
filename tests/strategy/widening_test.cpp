#include "strategy/widening.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace gmmvi::strategy {
namespace {

using Counts = std::vector<std::int64_t>;

EffectiveSampleSizes sizes(std::initializer_list<double> of_components) {
  EffectiveSampleSizes all{Eigen::VectorXd(static_cast<Eigen::Index>(of_components.size())), 0.0};
  std::ranges::copy(of_components, all.components.begin());
  return all;
}

TEST(Widening, LeavesARequestAloneThatIsLargeEnough) {
  EXPECT_EQ(widened({.from_components = {20, 1, 3}}, {}, 24).from_components, (Counts{20, 1, 3}));
  EXPECT_EQ(widened({.from_components = {20, 1, 3}}, {}, 0).from_components, (Counts{20, 1, 3}));
  EXPECT_EQ(widened({.from_mixture = 33}, {}, 33).from_mixture, 33);
}

TEST(Widening, GivesToTheComponentThatHasFewest) {
  EXPECT_EQ(widened({.from_components = {1, 1, 1}}, sizes({20.0, 25.0, 40.0}), 11).from_components, (Counts{8, 2, 1}));
  EXPECT_EQ(widened({.from_components = {5, 5}}, {}, 15).from_components, (Counts{8, 7})) << "of equal ones the first";
  EXPECT_EQ(widened({.from_components = {2, 2}}, sizes({std::nan(""), 3.0}), 8).from_components, (Counts{6, 2}))
      << "a size that is no number counts as none";
}

TEST(Widening, LetsComponentsRest) {
  EXPECT_EQ(widened({.from_components = {0, 1, 1}}, sizes({1.0, 25.0, 40.0}), 11, {}, {0}).from_components,
            (Counts{0, 10, 1}));
  EXPECT_EQ(widened({.from_components = {3, 0, 3, 0}}, {}, 10, {}, {1, 3}).from_components, (Counts{5, 0, 5, 0}));
}

TEST(Widening, OfAMixturesRequestIsTheMixtures) {
  const SampleRequest request = widened({.from_mixture = 5}, sizes({20.0, 25.0}), 32);
  EXPECT_EQ(request.from_mixture, 32);
  EXPECT_TRUE(request.from_components.empty());
}

// Over any `interval` iterations in a row, a component that has many samples gets its request once.
TEST(Spacing, GivesEveryComponentItsTurn) {
  const EffectiveSampleSizes reused = sizes({40.0, 39.9, 100.0, std::nan(""), 55.0});
  const Counts updates = {5, 100, 9, 50, 4};
  for (const std::int64_t first : {0, 1, 17}) {
    Counts sums(5);
    for (std::int64_t iteration = first; iteration < first + 4; ++iteration) {
      const Counts counts =
          spaced({.from_components = {1, 2, 3, 20, 1}}, reused, 20.0, updates, 4, iteration).from_components;
      for (std::size_t k = 0; k < 5; ++k) sums[k] += counts[k];
    }
    EXPECT_EQ(sums, (Counts{1, 8, 3, 80, 4})) << "the second has too few, the last is too young";
  }
}

TEST(Spacing, LeavesNoIterationWithoutASample) {
  const EffectiveSampleSizes reused = sizes({40.0, 50.0, 60.0});
  std::vector<std::int64_t> got(3);
  for (std::int64_t iteration = 0; iteration < 100; ++iteration) {
    const Counts counts =
        spaced({.from_components = {1, 0, 1}}, reused, 20.0, {9, 9, 9}, 50, iteration).from_components;
    EXPECT_EQ(std::reduce(counts.begin(), counts.end()), 1);
    for (std::size_t k = 0; k < 3; ++k) got[k] += counts[k];
  }
  EXPECT_EQ(got[1], 0) << "components that rest go on doing so";
  EXPECT_LE(std::abs(got[0] - got[2]), 2 * 2) << "even, but for their own turns, of which each had two";
}

TEST(Spacing, IsNotThereByDefault) {
  const EffectiveSampleSizes reused = sizes({40.0, 50.0});
  EXPECT_EQ(spaced({.from_components = {1, 1}}, reused, 20.0, {9, 9}, 1, 3).from_components, (Counts{1, 1}));
  EXPECT_EQ(spaced({.from_components = {20, 20}}, {}, 20.0, {9, 9}, 4, 3).from_components, (Counts{20, 20}));
  EXPECT_EQ(spaced({.from_mixture = 7}, reused, 20.0, {9, 9}, 4, 3).from_mixture, 7);
}

TEST(Headroom, IsHowManyTimesTheDesiredSizeThereIs) {
  const EffectiveSampleSizes reused = sizes({3.0, 45.0, std::nan("")});
  EXPECT_EQ(headroom({.from_components = {7, 5, 40}}, reused, 20.0), (std::vector<double>{1.0, 2.5, 2.0}));
  EXPECT_EQ(headroom({.from_components = {7, 50}}, {}, 20.0), (std::vector<double>{1.0, 2.5}));
  EXPECT_TRUE(headroom({.from_components = {7, 50}}, {}, {}).empty());
  EXPECT_TRUE(headroom({.from_mixture = 50}, reused, 20.0).empty());
}

TEST(SharedAtStart, AreTheSamplesOfOneAmongAll) {
  const auto shared = [](Counts counts, const Counts& updates) {
    return shared_at_start({.from_components = std::move(counts)}, updates, 13.0).from_components;
  };
  EXPECT_EQ(shared({13, 13, 13, 3, 0}, {0, 0, 0, 0, 0}), (Counts{3, 3, 3, 3, 0}));
  EXPECT_EQ(shared(Counts(40, 13), Counts(40, 4)), Counts(40, 2)) << "at least two each";
  EXPECT_EQ(shared({13, 13}, {4, 5}), (Counts{13, 13})) << "the start is over";
  EXPECT_EQ(shared({13}, {0}), Counts{13});
}

// No component that got more than it asked for has, in the end, over one more than any other.
TEST(Widening, LevelsWhatComponentsHave) {
  const EffectiveSampleSizes reused = sizes({3.2, 40.0, 17.7, 12.1, 12.9, 80.0});
  const Counts asked = {38, 1, 24, 29, 29, 1};
  for (std::int64_t least = 100; least < 500; least += 13) {
    const Counts counts = widened({.from_components = asked}, reused, least).from_components;
    EXPECT_EQ(std::reduce(counts.begin(), counts.end()), std::max<std::int64_t>(least, 122));
    const auto has = [&](std::size_t k) {
      return reused.components[static_cast<Eigen::Index>(k)] + static_cast<double>(counts[k]);
    };
    for (std::size_t k = 0; k < counts.size(); ++k) {
      EXPECT_GE(counts[k], asked[k]);
      for (std::size_t other = 0; counts[k] > asked[k] && other < counts.size(); ++other)
        EXPECT_LE(has(k), has(other) + 1.0);
    }
  }
}

Eigen::VectorXd weights(std::initializer_list<double> of_components) {
  return sizes(of_components).components;
}

TEST(Widening, GivesByShares) {
  EXPECT_EQ(widened({.from_components = {1, 1, 1}}, {}, 36, {2.0, 1.0, 3.0}).from_components, (Counts{12, 6, 18}));
  EXPECT_EQ(widened({.from_components = {1, 1}}, sizes({30.0, 0.0}), 13, {3.0, 1.0}).from_components, (Counts{2, 11}));
  EXPECT_EQ(widened({.from_components = {30, 1}}, {}, 40, {1e-3, 1.0}).from_components, (Counts{30, 10}))
      << "what was asked for stays";
}

TEST(Widening, SharesArePowersOfWeights) {
  EXPECT_EQ(shares_by_weight(weights({0.25, 0.75, 1e-29}), 0.0), (std::vector<double>{1.0, 1.0, 1.0}));
  EXPECT_EQ(shares_by_weight(weights({0.25, 0.75, 1e-29}), 1.0), (std::vector<double>{0.25, 0.75, 1e-3}));
  EXPECT_EQ(shares_by_weight(weights({0.25, 0.64}), 0.5), (std::vector<double>{0.5, 0.8}));
}

TEST(Lightening, LimitsOnlyComponentsWithoutWeight) {
  const SampleRequest request =
      lightened({.from_components = {41, 41, 41, 3}}, weights({0.98, 0.006, 0.004, 1e-29}), 16);
  EXPECT_EQ(request.from_components, (Counts{41, 41, 16, 3})) << "a fiftieth of an equal share is 0.005";
  EXPECT_EQ(lightened({.from_components = {41}}, weights({1.0}), 16).from_components, (Counts{41}));
  EXPECT_EQ(lightened({.from_mixture = 41}, weights({1.0}), 16).from_mixture, 41);
}

}  // namespace
}  // namespace gmmvi::strategy

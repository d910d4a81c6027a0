#include "gmmvi/strategy/sample_selector.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

using strategy::EffectiveSampleSizes;
using strategy::SampleRequest;
using strategy::SampleSelector;
using Counts = std::vector<std::int64_t>;

TEST(ComponentBasedSelection, WithoutSamplesToReuseEveryComponentGetsAllItWants) {
  const auto selector = SampleSelector::make(ComponentBasedSelectionOptions{.desired_samples_per_component = 20}, 3);
  const SampleRequest request = selector->new_samples(std::nullopt, 3);
  EXPECT_EQ(request.from_components, (Counts{20, 20, 20}));
  EXPECT_EQ(request.from_mixture, 0);
}

TEST(ComponentBasedSelection, EveryComponentGetsWhatItLacksAndAtLeastOne) {
  const auto selector = SampleSelector::make(ComponentBasedSelectionOptions{.desired_samples_per_component = 20}, 3);
  Eigen::VectorXd sizes(8);
  sizes << 0.0, 1.0, 3.999, 18.5, 19.0, 20.0, 500.0, std::nan("");
  EXPECT_EQ(selector->new_samples(EffectiveSampleSizes{sizes, 3.0}, 8).from_components,
            (Counts{20, 19, 17, 2, 1, 1, 1, 20}));
}

TEST(ComponentBasedSelection, SaysWhatComponentsWithoutWeightGet) {
  const auto plain = SampleSelector::make(ComponentBasedSelectionOptions{.desired_samples_per_component = 41}, 3);
  EXPECT_EQ(plain->most_for_light_component(), std::nullopt);
  EXPECT_EQ(plain->weight_exponent(), 0.0);
  ComponentBasedSelectionOptions options{.desired_samples_per_component = 41, .weight_exponent = 0.5};
  for (const auto& [share, expected] : {std::pair{0.4, 16}, {0.5, 21}, {0.001, 1}}) {
    options.share_of_light_components = share;
    EXPECT_EQ(SampleSelector::make(options, 3)->most_for_light_component(), expected);
    EXPECT_EQ(SampleSelector::make(options, 3)->weight_exponent(), 0.5);
  }
}

TEST(SampleSelection, ReusesWholeSamplesPerComponent) {
  for (const auto& [ratio, desired, components, expected] :
       {std::tuple{2.0, 100, 3, 600}, {0.0, 100, 3, 0}, {0.35, 10, 4, 12}, {0.99, 1, 50, 0}}) {
    const auto component_based = SampleSelector::make(ComponentBasedSelectionOptions{desired, ratio}, 3);
    const auto mixture_based = SampleSelector::make(MixtureBasedSelectionOptions{desired, ratio}, 3);
    EXPECT_EQ(component_based->reused_samples(components), expected);
    EXPECT_EQ(mixture_based->reused_samples(components), expected);
  }
}

TEST(SampleSelection, MayFollowTheDimension) {
  const auto twice = SampleCount::times_dimension(2.0);
  for (const auto& [dimension, expected] : {std::pair{1, 10}, {5, 10}, {6, 12}, {31, 62}}) {
    const auto component_based = SampleSelector::make(ComponentBasedSelectionOptions{twice, 20.0}, dimension);
    EXPECT_EQ(component_based->new_samples(std::nullopt, 2).from_components, (Counts{expected, expected}));
    EXPECT_EQ(component_based->reused_samples(2), 2 * 20 * expected);
    const auto mixture_based = SampleSelector::make(MixtureBasedSelectionOptions{twice, 0.0}, dimension);
    EXPECT_EQ(mixture_based->new_samples(std::nullopt, 2).from_mixture, expected);
  }
  for (const auto& [dimension, expected] : {std::pair{1, 5}, {2, 5}, {3, 6}, {31, 62}}) {
    const auto component_based = SampleSelector::make(
        ComponentBasedSelectionOptions{.desired_samples_per_component = twice, .least_desired_samples = 5}, dimension);
    EXPECT_EQ(component_based->new_samples(std::nullopt, 1).from_components, Counts{expected});
    const auto mixture_based = SampleSelector::make(
        MixtureBasedSelectionOptions{.desired_samples_per_component = twice, .least_desired_samples = 5}, dimension);
    EXPECT_EQ(mixture_based->new_samples(std::nullopt, 1).from_mixture, expected);
  }
  EXPECT_EQ(SampleCount::times_dimension(1.1).in(31), 35);
  EXPECT_EQ(SampleCount::times_dimension(1.1).in(50), 55);
  EXPECT_EQ(SampleCount::times_dimension(1e300).in(50), 1000000000);
}

TEST(MixtureBasedSelection, TheMixtureGetsWhatItLacksAndAtLeastOne) {
  const auto selector = SampleSelector::make(MixtureBasedSelectionOptions{.desired_samples_per_component = 33}, 3);
  EXPECT_EQ(selector->new_samples(std::nullopt, 4).from_mixture, 33);
  EXPECT_TRUE(selector->new_samples(std::nullopt, 4).from_components.empty());
  for (const auto& [size, expected] : {std::pair{0.0, 33}, {10.9, 23}, {32.0, 1}, {33.0, 1}, {1000.0, 1}}) {
    const EffectiveSampleSizes sizes{Eigen::VectorXd::Zero(4), size};
    EXPECT_EQ(selector->new_samples(sizes, 4).from_mixture, expected) << "effective sample size " << size;
  }
}

}  // namespace
}  // namespace gmmvi

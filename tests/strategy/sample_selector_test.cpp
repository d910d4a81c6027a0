#include "strategy/sample_selector.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace gmmvi {
namespace {

using strategy::EffectiveSampleSizes;
using strategy::SampleSelector;
using Counts = std::vector<std::int64_t>;

core::Stream lot(std::uint64_t iteration = 0) {
  return {42, core::Purpose::mixture_counts, {.iteration = iteration}};
}

std::int64_t total(const Counts& counts) {
  return std::reduce(counts.begin(), counts.end());
}

TEST(ComponentBasedSelection, WithoutSamplesToReuseEveryComponentGetsAllItWants) {
  const auto selector = SampleSelector::make(ComponentBasedSelectionOptions{.desired_samples_per_component = 20});
  auto stream = lot();
  EXPECT_EQ(selector->new_samples(std::nullopt, Eigen::Vector3d(0.7, 0.2, 0.1), stream), (Counts{20, 20, 20}));
}

TEST(ComponentBasedSelection, EveryComponentGetsWhatItLacksAndAtLeastOne) {
  const auto selector = SampleSelector::make(ComponentBasedSelectionOptions{.desired_samples_per_component = 20});
  auto stream = lot();
  Eigen::VectorXd sizes(7);
  sizes << 0.0, 1.0, 3.999, 18.5, 19.0, 20.0, 500.0;
  EXPECT_EQ(selector->new_samples(EffectiveSampleSizes{sizes, 3.0}, Eigen::VectorXd::Constant(7, 1.0 / 7.0), stream),
            (Counts{20, 19, 17, 2, 1, 1, 1}));
}

TEST(SampleSelection, ReusesWholeSamplesPerComponent) {
  for (const auto& [ratio, desired, components, expected] :
       {std::tuple{2.0, 100, 3, 600}, {0.0, 100, 3, 0}, {0.35, 10, 4, 12}, {0.99, 1, 50, 0}}) {
    const auto component_based = SampleSelector::make(ComponentBasedSelectionOptions{desired, ratio});
    const auto mixture_based = SampleSelector::make(MixtureBasedSelectionOptions{desired, ratio});
    EXPECT_EQ(component_based->reused_samples(components), expected);
    EXPECT_EQ(mixture_based->reused_samples(components), expected);
  }
}

class MixtureBasedSelection : public testing::Test {
 protected:
  Counts draw(const std::optional<EffectiveSampleSizes>& sizes, const Eigen::VectorXd& of, int desired,
              std::uint64_t iteration = 0) const {
    auto stream = lot(iteration);
    return SampleSelector::make(MixtureBasedSelectionOptions{.desired_samples_per_component = desired})
        ->new_samples(sizes, of, stream);
  }
  const Eigen::VectorXd weights = Eigen::Vector4d(0.5, 0.3, 0.15, 0.05);
};

TEST_F(MixtureBasedSelection, WithoutSamplesToReuseTheMixtureGetsAllItWants) {
  EXPECT_EQ(total(draw(std::nullopt, weights, 33)), 33);
}

TEST_F(MixtureBasedSelection, TheMixtureGetsWhatItLacksAndAtLeastOne) {
  for (const auto& [size, expected] : {std::pair{0.0, 33}, {10.9, 23}, {32.0, 1}, {33.0, 1}, {1000.0, 1}}) {
    const EffectiveSampleSizes sizes{Eigen::VectorXd::Zero(4), size};
    EXPECT_EQ(total(draw(sizes, weights, 33)), expected) << "effective sample size " << size;
  }
}

TEST_F(MixtureBasedSelection, TheLotFollowsTheWeights) {
  constexpr int draws = 200000;
  const Counts counts = draw(std::nullopt, weights, draws);
  double chi_squared = 0.0;
  for (Eigen::Index k = 0; k < weights.size(); ++k) {
    const double difference = static_cast<double>(counts[static_cast<std::size_t>(k)]) - draws * weights[k];
    chi_squared += difference * difference / (draws * weights[k]);
  }
  EXPECT_LT(chi_squared, 16.27);  // three degrees of freedom: exceeded once in a thousand seeds
}

TEST_F(MixtureBasedSelection, AComponentOfNegligibleWeightIsNotDrawn) {
  EXPECT_EQ(draw(std::nullopt, Eigen::Vector3d(1e-30, 1.0, 1e-30), 10000), (Counts{0, 10000, 0}));
}

TEST_F(MixtureBasedSelection, IsTheSameForTheSameStreamAndAnotherForTheNext) {
  EXPECT_EQ(draw(std::nullopt, weights, 1000, 5), draw(std::nullopt, weights, 1000, 5));
  EXPECT_NE(draw(std::nullopt, weights, 1000, 5), draw(std::nullopt, weights, 1000, 6));
}

}  // namespace
}  // namespace gmmvi

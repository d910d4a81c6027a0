// Presets as options, for programs with a loop of their own.

#include <variant>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"
#include "gmmvi/options.hpp"

namespace gmmvi {
namespace {

TEST(Preset, IsWhatItsFileSaysForTheDimension) {
  const Options options = Options::preset("expensive", 31);
  const auto& selection = std::get<ComponentBasedSelectionOptions>(options.sample_selector);
  EXPECT_EQ(selection.desired_samples_per_component, SampleCount(41)) << "1.3 · 31";
  EXPECT_EQ(selection.ratio_reused_samples_to_desired, 20.0);
  const auto& adaptive = std::get<AdaptiveComponentsOptions>(options.component_adapter);
  EXPECT_EQ(adaptive.add_iters, 20);
  EXPECT_EQ(adaptive.nearby_additions, 2);
  EXPECT_EQ(adaptive.initial_covariance, AdaptiveComponentsOptions::InitialCovariance::neighbourhood);
  EXPECT_EQ(adaptive.initial_weight, 0.05);
  EXPECT_EQ(selection.negligible_weight, 0.001);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(options.component_stepsize).max_stepsize, 0.2);
  EXPECT_TRUE(std::holds_alternative<SteinOptions>(options.natural_gradient));
}

TEST(Preset, WithoutGradientsEstimatesWithMore) {
  const Options options = Options::preset("expensive_without_gradients", 5);
  EXPECT_TRUE(std::holds_alternative<MoreOptions>(options.natural_gradient));
  EXPECT_EQ(std::get<AdaptiveComponentsOptions>(options.component_adapter).nearby_additions, 0);
  EXPECT_EQ(std::get<ComponentBasedSelectionOptions>(options.sample_selector).negligible_weight, 0.0);
}

TEST(Preset, WithOutputsEstimatesWithGaussNewton) {
  const Options options = Options::preset("expensive_with_outputs", 5);
  EXPECT_EQ(std::get<GaussNewtonOptions>(options.natural_gradient).linear_l2_regularizer, 0.01);
  EXPECT_TRUE(std::get<GaussNewtonOptions>(options.natural_gradient).correction);
  EXPECT_TRUE(std::get<GaussNewtonOptions>(options.natural_gradient).quadratic_outputs);
  EXPECT_EQ(std::get<ImprovementBasedStepsizeOptions>(options.component_stepsize).max_stepsize, 2.0);
  const auto samples = [](Eigen::Index dimension) {
    const Options preset = Options::preset("expensive_with_outputs", dimension);
    return std::get<ComponentBasedSelectionOptions>(preset.sample_selector).desired_samples_per_component.count();
  };
  EXPECT_EQ(samples(1), 5);
  EXPECT_EQ(samples(4), 6);
  EXPECT_EQ(samples(30), 45);
}

TEST(Preset, WideSharesBatchesOutByWeight) {
  const Options options = Options::preset("expensive_wide", 31);
  EXPECT_TRUE(std::get<SteinOptions>(options.natural_gradient).regression) << "of the preset that it extends";
  const auto& selection = std::get<ComponentBasedSelectionOptions>(options.sample_selector);
  EXPECT_EQ(selection.weight_exponent, 0.5);
  EXPECT_EQ(selection.share_of_light_components, 0.5);
  EXPECT_EQ(selection.ratio_reused_samples_to_desired, 20.0) << "of `expensive`";
  const auto& stepsize = std::get<PredictedImprovementStepsizeOptions>(options.component_stepsize);
  EXPECT_EQ(stepsize.initial_stepsize, 2.0);
  EXPECT_EQ(stepsize.max_stepsize, 5.0) << "that of `expensive` is another option's";
  EXPECT_EQ(options.evaluation.parallel, std::nullopt) << "the user's";
  EXPECT_FALSE(std::get<SteinOptions>(Options::preset("expensive", 31).natural_gradient).regression);
}

TEST(Preset, SequentialAsksForFewSamplesAtATime) {
  const auto sample_iters_of = [](const char* preset) {
    return std::get<ComponentBasedSelectionOptions>(Options::preset(preset, 5).sample_selector).sample_iters;
  };
  EXPECT_EQ(sample_iters_of("expensive_sequential"), 10);
  EXPECT_EQ(sample_iters_of("expensive_with_gradients"), 1);
}

TEST(Preset, WithGradientsAddsWhereThereIsNeed) {
  using Additions = AdaptiveComponentsOptions::Additions;
  const auto additions_of = [](const char* preset) {
    return std::get<AdaptiveComponentsOptions>(Options::preset(preset, 5).component_adapter).additions;
  };
  EXPECT_EQ(additions_of("expensive_with_gradients"), Additions::needed);
  EXPECT_EQ(additions_of("expensive_wide"), Additions::needed);
  EXPECT_EQ(additions_of("expensive"), Additions::regular);
  EXPECT_EQ(additions_of("expensive_without_gradients"), Additions::regular);
}

TEST(Preset, ThatIsNotThereIsAnError) {
  try {
    Options::preset("cheap", 2);
    FAIL() << "there is none of that name";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    EXPECT_NE(std::string(error.what()).find("there are: cheap_with_gradients, "), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gmmvi

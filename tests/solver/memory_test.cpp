#include "solver/memory.hpp"

#include <gtest/gtest.h>

#include "solver/cost.hpp"

namespace gmmvi::solver {
namespace {

constexpr Eigen::Index d = 3;

/// Two components that stay, ten samples for each and iteration, none of them used again.
Options plain_options() {
  Options options;
  options.model_initialization.num_initial_components = 2;
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector = ComponentBasedSelectionOptions{10, 0.0};
  return options;
}

TEST(Extent, FirstIteration) {
  EXPECT_EQ(first_extent(plain_options(), d), (Extent{2, 20, 20, 2, 0, 0}));
  Options options = plain_options();
  options.sample_selector = MixtureBasedSelectionOptions{10, 0.0};
  EXPECT_EQ(first_extent(options, d), (Extent{2, 10, 10, 2, 0, 0})) << "ten for the whole mixture";
  options.sample_selector = MixtureBasedSelectionOptions{SampleCount::times_dimension(7.0), 0.0};
  EXPECT_EQ(first_extent(options, d), (Extent{2, 21, 21, 2, 0, 0}));
}

TEST(Extent, NoBatchIsSmallerThanParallel) {
  Options options = plain_options();
  options.evaluation.parallel = 64;
  EXPECT_EQ(first_extent(options, d), (Extent{2, 64, 64, 2, 0, 0}));
  EXPECT_EQ(last_extent(options, d, 5, {}), (Extent{2, 64, 320, 10, 0, 0}));
  options.evaluation.parallel = 20;
  EXPECT_EQ(last_extent(options, d, 5, {}), last_extent(plain_options(), d, 5, {}));
}

TEST(Extent, WithoutAdaptationEveryIterationAddsAsMuch) {
  EXPECT_EQ(last_extent(plain_options(), d, 5, {}), (Extent{2, 20, 100, 10, 0, 0}));
  EXPECT_EQ(last_extent(plain_options(), d, 0, {}), first_extent(plain_options(), d));
}

TEST(Extent, TheLastIterationBeginsBelowTheLimitOfEvaluations) {
  EXPECT_EQ(last_extent(plain_options(), d, 5, 50), (Extent{2, 20, 60, 6, 0, 0}));
  EXPECT_EQ(last_extent(plain_options(), d, 5, 60), (Extent{2, 20, 60, 6, 0, 0}));
  EXPECT_EQ(last_extent(plain_options(), d, 5, 61), (Extent{2, 20, 80, 8, 0, 0}));
  EXPECT_EQ(last_extent(plain_options(), d, 5, 1), first_extent(plain_options(), d));
}

TEST(Extent, FiniteDifferencesUseTheLimitUp) {
  Options options = plain_options();
  options.evaluation.finite_differences.scheme = FiniteDifferencesOptions::Scheme::central;
  for (const std::int64_t samples : {1, 50, 60, 61})
    EXPECT_EQ(last_extent(options, d, 5, (2 * d + 1) * samples), last_extent(plain_options(), d, 5, samples));
  EXPECT_EQ(last_iteration(options, d, 5, 7 * 60), 3);
  options.natural_gradient = MoreOptions{};
  EXPECT_EQ(evaluations_per_sample(options, d), 1) << "needs no gradients";
}

TEST(Extent, ComponentsGrowUpToTheirLimit) {
  Options options = plain_options();
  options.model_initialization.num_initial_components = 1;
  options.sample_selector = ComponentBasedSelectionOptions{1, 0.0};
  AdaptiveComponentsOptions adaptive{.add_iters = 10, .max_components = 3, .num_database_samples = 50};
  options.component_adapter = adaptive;
  // 10 iterations with one component, 10 with two, 15 with three
  EXPECT_EQ(last_extent(options, d, 35, {}), (Extent{3, 3, 75, 75, 0, 50}));
  EXPECT_EQ(last_extent(options, d, 15, {}), (Extent{2, 2, 20, 20, 0, 20}));
  adaptive.num_prior_samples = 7;  // twice evaluated and stored; they come from no Gaussian of the mixture
  options.component_adapter = adaptive;
  EXPECT_EQ(last_extent(options, d, 35, {}), (Extent{3, 3, 89, 75, 0, 57}));
}

TEST(Extent, ManyIterationsNeedNoTime) {
  Options options;
  const Extent extent = last_extent(options, d, 1000000000000, {});
  EXPECT_EQ(extent.components, 1000);
  EXPECT_EQ(extent.stored_samples, 10000000);
  options.max_database_size.reset();
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 1, .max_components = 2147483647};
  EXPECT_GT(last_extent(options, d, 9223372036854775807, {}).stored_samples, 1000000000);
}

TEST(Extent, ReusedSamplesAreActiveAsFarAsThereAreAny) {
  Options options = plain_options();
  options.sample_selector = ComponentBasedSelectionOptions{10, 1.55};  // 15 a component
  EXPECT_EQ(first_extent(options, d).active_samples, 20);
  // 20 new ones in the first iteration, then 20 · 20 / (20 + 30)
  EXPECT_EQ(last_extent(options, d, 2, {}).active_samples, 20 + 8);
  EXPECT_EQ(last_extent(options, d, 3, {}).active_samples, 20 + 16);
  EXPECT_EQ(last_extent(options, d, 9, {}).active_samples, 20 + 30);
  options.use_sample_database = false;
  EXPECT_EQ(last_extent(options, d, 3, {}).active_samples, 20);
}

TEST(Extent, ReuseMakesALimitOfEvaluationsLastForMoreIterations) {
  Options options = plain_options();
  options.model_initialization.num_initial_components = 1;
  options.component_adapter = AdaptiveComponentsOptions{.add_iters = 10, .max_components = 1000};
  const auto without = last_extent(options, d, 100000, 1000);
  options.sample_selector = ComponentBasedSelectionOptions{10, 1.0};
  const auto with = last_extent(options, d, 100000, 1000);
  // 10 · 10 · (1 + … + 4) = 1000 evaluations; half as many a component: 5 · (10 · (1 + … + 5) + 9 · 6)
  EXPECT_EQ(without.components, 5);
  EXPECT_EQ(with.components, 6);
  EXPECT_GT(with.stored_gaussians, without.stored_gaussians);
  EXPECT_EQ(without.background_gaussians, 0);
  EXPECT_EQ(with.background_gaussians, 2 * 6) << "those of the two iterations whose samples are used again";
}

TEST(Extent, TheDatabaseIsLimitedOrKeepsTheNewestBatchOnly) {
  Options options = plain_options();
  options.max_database_size = 50;
  EXPECT_EQ(last_extent(options, d, 5, {}), (Extent{2, 20, 50, 10, 0, 0}));
  options.use_sample_database = false;
  EXPECT_EQ(last_extent(options, d, 5, {}), (Extent{2, 20, 20, 2, 0, 0}));
}

constexpr Extent small{
    .components = 2, .active_samples = 10, .stored_samples = 20, .stored_gaussians = 4, .candidates = 5};

TEST(Memory, FullCovariancesWithGradientsByHand) {
  // D = 3 on two ranks. Packed Gaussians have 3 + 6 numbers; with both factors 3 + 2 · 9.
  const Memory memory = memory_per_rank(plain_options(), 3, 2, small);
  EXPECT_EQ(memory.mixture, 8 * 2 * 2 * (9 + 21));
  EXPECT_EQ(memory.gaussians, 8 * 4 * 9);
  EXPECT_EQ(memory.samples, 8 * 10 * (3 + 3 + 2.5) + 4 * 20);
  EXPECT_EQ(memory.batch, 8 * 3 * 10 * (3 + 3 + 1));
  EXPECT_EQ(memory.densities, 8 * (2 * 5 * 2 + 2 * 10 * 1 + 3 * 32 * 2));
  EXPECT_EQ(memory.estimation, 8 * (9 + 2 * 256 * 3));
  EXPECT_EQ(memory.candidates, 8 * (3 * (3 + 6) + 5 * 4.5));
  EXPECT_EQ(memory.total(), 960 + 288 + 760 + 1680 + 1856 + 12360 + 396);
}

TEST(Memory, OutputsAreOnEveryRankWhereTheyAreLearntFrom) {
  Options options = plain_options();
  options.natural_gradient = GaussNewtonOptions{};
  Extent extent = small;
  extent.outputs = 5;
  // D = 3 on two ranks, F = 10 as many as samples.
  const Memory memory = memory_per_rank(options, 3, 2, extent);
  EXPECT_EQ(memory.batch, 8 * (3 * 10 * (3 + 1) + 2 * 5 * 5 + 3 * 10 * 5));
  EXPECT_EQ(memory.estimation, 8 * (2 * 100 + 3 * 10 * 10 + 4 * 10 * 3 + 2 * 5 * (10 + 3) + 6 * 9));
  options.natural_gradient = GaussNewtonOptions{.quadratic_outputs = true};
  EXPECT_EQ(memory_per_rank(options, 3, 2, extent).estimation,
            8 * (2 * 100 + 3 * 10 * 10 + 5 * (4 * 10 + 2 * 10) + 4 * 10 * 3 + 2 * 5 * (10 + 3) + 6 * 9));
}

TEST(Memory, DiagonalCovariancesWithoutGradientsByHand) {
  Options options = plain_options();
  options.model_initialization.use_diagonal_covs = true;
  options.natural_gradient = MoreOptions{};
  // D = 3 on one rank. Packed Gaussians have 3 + 3 numbers; with both factors 3 + 2 · 3. F = 7.
  const Memory memory = memory_per_rank(options, 3, 1, small);
  EXPECT_EQ(memory.mixture, 8 * 2 * 2 * (6 + 9));
  EXPECT_EQ(memory.gaussians, 8 * 4 * 6);
  EXPECT_EQ(memory.samples, 8 * 20 * (3 + 2.5) + 4 * 20);
  EXPECT_EQ(memory.batch, 8 * 3 * 10 * (3 + 1));
  EXPECT_EQ(memory.densities, 8 * (2 * 10 * 2 + 2 * 10 * 2));
  EXPECT_EQ(memory.estimation, 8 * (2 * 49 + 256 * 7 + 2 * 10 * 3)) << "more samples than features";
  EXPECT_EQ(memory.candidates, 8 * (5 * (3 + 6) + 5 * 4.5));
}

TEST(Memory, ARegressionNeedsWhatItsCheapestSolverNeeds) {
  Options options = plain_options();
  EXPECT_TRUE(needs_gradients(options));
  options.natural_gradient = MoreOptions{};
  EXPECT_FALSE(needs_gradients(options));
  const auto estimation = [&](std::int64_t samples) {
    return memory_per_rank(options, 300, 1, {.components = 1, .active_samples = samples}).estimation;
  };
  EXPECT_EQ(estimation(100), 8 * (3 * 100 * 100 + 3 * 100 * 300)) << "the dual";
  EXPECT_LT(estimation(50000), 1.5e9) << "conjugate gradients: 45451 features have normal equations of 33 GB";
  EXPECT_GE(estimation(50000), estimation(6000)) << "the dual, where only so many are inside the support";
  options.natural_gradient = MoreOptions{.initial_l2_regularizer = 0.0};
  options.model_initialization.use_diagonal_covs = true;
  EXPECT_EQ(estimation(100), 8 * (2 * 601 * 601 + 256 * 601 + 2 * 100 * 300)) << "no dual without a ridge";
  options.natural_gradient = MoreOptions{.initial_l2_regularizer = 0.1, .linear_l2_regularizer = 0.0};
  EXPECT_EQ(estimation(100), 8 * (2 * 601 * 601 + 256 * 601 + 2 * 100 * 300)) << "nor without one of first order";
}

TEST(Memory, SlopesOfGradientsAreSummedUpInBlocks) {
  Options options = plain_options();
  const auto estimation = [&] {
    return memory_per_rank(options, 300, 1, {.components = 1, .active_samples = 50000}).estimation;
  };
  const double plain = estimation();
  options.natural_gradient = SteinOptions{.regression = true};
  EXPECT_EQ(estimation() - plain, 8 * (3 * 300 * 300 + 2 * 256 * 300));
}

TEST(Memory, GaussiansOfReusedSamplesAreReadyForUse) {
  Extent reusing = small;
  reusing.background_gaussians = 3;
  EXPECT_EQ(memory_per_rank(plain_options(), 3, 2, reusing).gaussians, 8 * (4 * 9 + 3 * 21));
}

TEST(Memory, OutputsAreStoredWithOwnSamplesAndComeTwice) {
  Extent extent{.components = 2, .active_samples = 20, .stored_samples = 100};
  const Memory without = memory_per_rank(plain_options(), d, 3, extent);
  extent.outputs = 1000;
  const Memory with = memory_per_rank(plain_options(), d, 3, extent);
  EXPECT_DOUBLE_EQ(with.samples - without.samples, 8.0 * 34 * 1000);
  EXPECT_DOUBLE_EQ(with.batch - without.batch, 8.0 * 2 * 7 * 1000);
  EXPECT_DOUBLE_EQ(with.total() - without.total(), 8.0 * 48 * 1000);
}

TEST(Memory, OnlyOwnersOfComponentsEstimate) {
  const Memory rank{1, 2, 4, 8, 16, 32, 64};
  EXPECT_EQ(memory_of_ranks(rank, 3, {.components = 2}).total(), 3 * (1 + 2 + 4 + 8 + 16 + 64) + 2 * 32);
  EXPECT_EQ(memory_of_ranks(rank, 3, {.components = 5}).total(), 3 * rank.total());
}

}  // namespace
}  // namespace gmmvi::solver

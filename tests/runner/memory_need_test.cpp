#include "runner/memory_need.hpp"

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::runner {
namespace {

Node node_with(double bytes, int ranks = 1) {
  return {.name = "host7", .available_memory = bytes, .ranks = ranks};
}

MemoryNeed need_of(const Options& options, Eigen::Index dimension, Node node) {
  return memory_need(options, dimension, {.iterations = 1000}, node.ranks, node);
}

Options more() {
  Options options;
  options.natural_gradient = MoreOptions{};
  return options;
}

std::string refusal(const MemoryNeed& need) {
  try {
    require_memory(need);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::configuration);
    return error.what();
  }
  ADD_FAILURE() << "not refused";
  return "";
}

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
}

TEST(MemoryNeed, ARegressionOf300ParametersFitsAnywhere) {
  EXPECT_NO_THROW(require_memory(need_of(more(), 300, node_with(1e9))));
  EXPECT_NO_THROW(require_memory(need_of(Options(), 300, node_with(1e9))));
}

TEST(MemoryNeed, RanksOfAMachineShareItsMemory) {
  Options options;
  options.model_initialization.num_initial_components = 1000;
  EXPECT_NO_THROW(require_memory(need_of(options, 300, node_with(10e9, 1))));
  expect_parts(refusal(need_of(options, 300, node_with(10e9, 8))), {"10 GB on host7 for 8 ranks", "fewer ranks"});
}

TEST(MemoryNeed, TheAdviceFitsWhatNeedsMost) {
  Options many_samples;
  many_samples.sample_selector = ComponentBasedSelectionOptions{100000000, 0.0};
  expect_parts(refusal(need_of(many_samples, 100, node_with(1e9))), {"active batch", "desired_samples_per_component"});
  Options many_components;
  many_components.model_initialization.num_initial_components = 1000;
  many_components.sample_selector = MixtureBasedSelectionOptions{10, 0.0};
  expect_parts(refusal(need_of(many_components, 300, node_with(1e9))), {"mixture", "fewer components"});
}

TEST(MemoryNeed, NothingIsAdvisedThatIsSoAlready) {
  Options diagonal;
  diagonal.model_initialization.use_diagonal_covs = true;
  const std::string text = refusal(need_of(diagonal, 20000000, node_with(1e9)));
  expect_parts(text, {"a machine with more memory"});
  EXPECT_EQ(text.find("use_diagonal_covs"), std::string::npos) << text;
  EXPECT_EQ(text.find("fewer components"), std::string::npos) << text;
}

TEST(MemoryNeed, WhatMayBeNeededLaterIsAWarning) {
  Options options;
  options.max_database_size.reset();
  EXPECT_FALSE(memory_warning(need_of(options, 300, node_with(1e12))));
  const MemoryNeed need = need_of(options, 300, node_with(1e9));
  EXPECT_NO_THROW(require_memory(need));
  ASSERT_TRUE(memory_warning(need));
  expect_parts(*memory_warning(need), {"warning: ", "1 GB on host7", "max_database_size"});
}

/// GB at the end of a fit by SAMTRON with its defaults.
double gigabytes(Eigen::Index dimension, int components, const RunOptions& run) {
  Options options;
  options.model_initialization.num_initial_components = components;
  const MemoryNeed need = memory_need(options, dimension, run, 1, node_with(1e12));
  return need.per_rank(need.last).total() / 1e9;
}

void expect_within_a_factor_two(double estimate, double measured) {
  EXPECT_GT(estimate, measured / 2.0);
  EXPECT_LT(estimate, measured * 2.0);
}

// Measured: the largest resident sets of experiments with --codename SAMTRON on one rank.
TEST(MemoryNeed, IsAboutWhatRunsTook) {
  expect_within_a_factor_two(gigabytes(300, 20, {.iterations = 1000, .max_evaluations = 180000}), 2.58);  // stm300
  expect_within_a_factor_two(gigabytes(31, 1, {.iterations = 1000, .max_evaluations = 500000}), 0.48);  // breast_cancer
  expect_within_a_factor_two(gigabytes(20, 1, {.iterations = 1000}), 0.30);                             // stm20
}

TEST(MemoryNeed, TheTableNamesEveryPart) {
  const std::string table = memory_table(need_of(more(), 300, node_with(24e9, 2)));
  expect_parts(table, {"mixture", "Gaussians of the database", "samples of the database", "active batch", "densities",
                       "natural gradient", "candidates", "together", "24 GB on host7 for 2 ranks",
                       "components 1 to 34, active samples 100 to 10200",
                       "full database (max_database_size: 10000000) take 12.1 GB a rank, 24.3 GB on this machine"});
  Options options;
  options.max_database_size.reset();
  expect_parts(memory_table(need_of(options, 2, node_with(1e9))), {"no limit (max_database_size: null)"});
}

TEST(BytesText, ThreeDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1000), "1 kB");
  EXPECT_EQ(bytes_text(33146258064.0), "33.1 GB");
  EXPECT_EQ(bytes_text(999999), "1 MB");
  EXPECT_EQ(bytes_text(5e18), "5e+03 PB");
  EXPECT_EQ(bytes_text(std::numeric_limits<double>::infinity()), "unlimited");
}

}  // namespace
}  // namespace gmmvi::runner

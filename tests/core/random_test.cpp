#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include <Random123/philox.h>
#include <gtest/gtest.h>

namespace gmmvi::core {
namespace {

using Block = std::array<std::uint64_t, 4>;
using Key = std::array<std::uint64_t, 2>;

/// Statistical bounds are five standard deviations of the quantity tested; seeds are fixed.
constexpr double sigmas = 5.0;

Block philox(const Block& counter, const Key& key) {
  const auto bits = r123::Philox4x64()({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
  return {bits[0], bits[1], bits[2], bits[3]};
}

Block first_block(Stream stream) {
  return {stream(), stream(), stream(), stream()};
}

/// The known answers of the generator's authors for Philox4x64-10.
TEST(Random, GeneratorGivesThePublishedAnswers) {
  constexpr std::uint64_t ones = ~std::uint64_t{0};
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
            (Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}));
  EXPECT_EQ(philox({ones, ones, ones, ones}, {ones, ones}),
            (Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}));
  EXPECT_EQ(philox({0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
                   {0x452821e638d01377, 0xbe5466cf34e90c6c}),
            (Block{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}));
}

/// What results depend on, for all time: key = (seed, purpose), counter = (block, index, component, iteration).
TEST(Random, StreamsCountBlocksAtTheirPosition) {
  Stream stream(11, Purpose::metrics, {.iteration = 22, .component = 33, .index = 44});
  for (std::uint64_t block = 0; block < 3; ++block) {
    const Block drawn = {stream(), stream(), stream(), stream()};
    EXPECT_EQ(drawn, philox({block, 44, 33, 22}, {11, 7}));
  }
  EXPECT_EQ(first_block(Stream(0, Purpose{0})), philox({0, 0, 0, 0}, {0, 0}));
}

TEST(Random, StreamsDifferInEveryPartOfTheirPosition) {
  const StreamPosition here = {.iteration = 1, .component = 1, .index = 1};
  const std::vector<Block> blocks = {
      first_block(Stream(1, Purpose::samples, here)),
      first_block(Stream(2, Purpose::samples, here)),
      first_block(Stream(1, Purpose::metrics, here)),
      first_block(Stream(1, Purpose::samples, {.iteration = 2, .component = 1, .index = 1})),
      first_block(Stream(1, Purpose::samples, {.iteration = 1, .component = 2, .index = 1})),
      first_block(Stream(1, Purpose::samples, {.iteration = 1, .component = 1, .index = 2})),
  };
  for (std::size_t a = 0; a < blocks.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      for (std::size_t i = 0; i < 4; ++i) EXPECT_NE(blocks[a][i], blocks[b][i]) << a << " and " << b;
    }
  }
  EXPECT_EQ(first_block(Stream(1, Purpose::samples, here)), blocks[0]);
}

double mean_power(const std::vector<double>& values, int power) {
  double sum = 0;
  for (const double value : values) sum += std::pow(value, power);
  return sum / static_cast<double>(values.size());
}

/// Of x^p for standard normal x: E x^2p − (E x^p)².
TEST(Random, NormalsHaveTheMomentsOfTheStandardNormal) {
  std::vector<double> values(200001);
  Stream(3, Purpose::samples).normal(values);
  const double root = std::sqrt(static_cast<double>(values.size()));
  EXPECT_NEAR(mean_power(values, 1), 0.0, sigmas * std::sqrt(1.0) / root);
  EXPECT_NEAR(mean_power(values, 2), 1.0, sigmas * std::sqrt(2.0) / root);
  EXPECT_NEAR(mean_power(values, 3), 0.0, sigmas * std::sqrt(15.0) / root);
  EXPECT_NEAR(mean_power(values, 4), 3.0, sigmas * std::sqrt(96.0) / root);
}

/// Within a pair of the Box-Muller method, and from one sample's stream to the next.
TEST(Random, NormalsAreUncorrelated) {
  constexpr std::uint64_t count = 100000;
  double in_pair = 0, across = 0, last = 0;
  for (std::uint64_t index = 0; index < count; ++index) {
    std::array<double, 2> pair;
    Stream(4, Purpose::samples, {.index = index}).normal(pair);
    in_pair += pair[0] * pair[1];
    across += pair[0] * last;
    last = pair[0];
  }
  const double bound = sigmas / std::sqrt(static_cast<double>(count));
  EXPECT_NEAR(in_pair / count, 0.0, bound);
  EXPECT_NEAR(across / count, 0.0, bound);
}

TEST(Random, FewerNormalsAreTheBeginningOfMore) {
  std::vector<double> few(5), many(8);
  Stream(5, Purpose::samples).normal(few);
  Stream(5, Purpose::samples).normal(many);
  many.resize(few.size());
  EXPECT_EQ(few, many);
}

TEST(Random, UniformsFillTheOpenInterval) {
  Stream stream(6, Purpose::samples);
  std::vector<double> values(100000);
  for (double& value : values) {
    value = stream.uniform();
    ASSERT_GT(value, 0.0);
    ASSERT_LT(value, 1.0);
  }
  const double root = std::sqrt(static_cast<double>(values.size()));
  EXPECT_NEAR(mean_power(values, 1), 1.0 / 2, sigmas * std::sqrt(1.0 / 12) / root);
  EXPECT_NEAR(mean_power(values, 2), 1.0 / 3, sigmas * std::sqrt(4.0 / 45) / root);
}

/// Σ (observed − expected)² / expected, which has mean n − 1 and variance 2 (n − 1) for n classes.
template <class Count>
double chi_square(const std::vector<Count>& observed, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    sum += std::pow(static_cast<double>(observed[i]) - expected[i], 2) / expected[i];
  }
  return sum;
}

double chi_square_bound(std::size_t classes) {
  const double degrees = static_cast<double>(classes) - 1;
  return degrees + sigmas * std::sqrt(2 * degrees);
}

TEST(Random, BelowIsUniformAndInRange) {
  constexpr std::size_t classes = 13;
  Stream stream(7, Purpose::database_candidates);
  std::vector<int> counts(classes, 0);
  for (int i = 0; i < 130000; ++i) ++counts.at(stream.below(classes));
  EXPECT_LT(chi_square(counts, std::vector<double>(classes, 10000.0)), chi_square_bound(classes));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(stream.below(1), 0u);
  EXPECT_GT(stream.below(Stream::max()), std::uint64_t{1} << 32);
}

TEST(Random, MultinomialCountsFollowTheWeights) {
  const std::vector<double> weights = {0.5, 0.0, 2.0, 1.5};
  const auto counts = Stream(8, Purpose::mixture_counts).multinomial(80000, weights);
  EXPECT_EQ(std::reduce(counts.begin(), counts.end()), 80000);
  EXPECT_EQ(counts[1], 0);
  const std::vector<std::int64_t> positive = {counts[0], counts[2], counts[3]};
  EXPECT_LT(chi_square(positive, {10000.0, 40000.0, 30000.0}), chi_square_bound(3));
}

TEST(Random, DifferentNumbersAreAscendingAndUniform) {
  Stream stream(9, Purpose::random_samples);
  constexpr int rounds = 4000;
  std::vector<int> hits(10, 0);
  for (int round = 0; round < rounds; ++round) {
    const auto numbers = different_numbers(3, 10, stream);
    ASSERT_EQ(numbers.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers, std::less_equal<>()) && numbers.front() >= 0 && numbers.back() < 10);
    EXPECT_EQ(std::ranges::adjacent_find(numbers), numbers.end());
    for (const std::int64_t number : numbers) ++hits[static_cast<std::size_t>(number)];
  }
  const double expected = 0.3 * rounds, deviation = std::sqrt(rounds * 0.3 * 0.7);
  for (const int hit : hits) EXPECT_NEAR(hit, expected, 5.0 * deviation);
}

TEST(Random, DifferentNumbersAreAllWhereThereAreFew) {
  Stream stream(9, Purpose::random_samples);
  for (const std::int64_t count : {10, 11, 1000}) EXPECT_EQ(different_numbers(count, 10, stream).size(), 10U);
  EXPECT_TRUE(different_numbers(5, 0, stream).empty());
}

}  // namespace
}  // namespace gmmvi::core

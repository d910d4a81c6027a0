#include "math/trend.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gmmvi::math {
namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 != 0) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

std::vector<double> block_medians(const Eigen::VectorXd& values, Eigen::Index blocks) {
  std::vector<double> medians;
  for (Eigen::Index b = 0; b < blocks; ++b) {
    const Eigen::Index first = values.size() * b / blocks, end = values.size() * (b + 1) / blocks;
    medians.push_back(median({values.data() + first, values.data() + end}));
  }
  return medians;
}

/// Theil and Sen's: the median of the slopes of all pairs, per block.
double slope_of(const std::vector<double>& blocks) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (std::size_t j = i + 1; j < blocks.size(); ++j)
      slopes.push_back((blocks[j] - blocks[i]) / static_cast<double>(j - i));
  return slopes.empty() ? 0.0 : median(std::move(slopes));
}

/// Kendall's tau with time.
double rank_correlation(const std::vector<double>& blocks) {
  std::int64_t pairs = 0, sum = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i)
    for (std::size_t j = i + 1; j < blocks.size(); ++j, ++pairs)
      sum += (blocks[j] > blocks[i] ? 1 : 0) - (blocks[j] < blocks[i] ? 1 : 0);
  return pairs > 0 ? static_cast<double>(sum) / static_cast<double>(pairs) : 0.0;
}

double spread_about(const std::vector<double>& blocks, double slope) {
  constexpr double deviations_of_a_normal = 1.4826;
  std::vector<double> rest;
  for (std::size_t b = 0; b < blocks.size(); ++b) rest.push_back(blocks[b] - slope * static_cast<double>(b));
  const double center = median(rest);
  for (double& value : rest) value = std::abs(value - center);
  return deviations_of_a_normal * median(std::move(rest));
}

}  // namespace

Trend trend_of(const Eigen::VectorXd& values) {
  constexpr Eigen::Index most_blocks = 10;
  if (values.size() == 0) return {};
  const std::vector<double> blocks = block_medians(values, std::min(most_blocks, values.size()));
  const std::vector<double> second_half(blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2), blocks.end());
  const double slope = slope_of(blocks);
  return {.gain = slope * static_cast<double>(blocks.size()),
          .recent_gain = slope_of(second_half) * static_cast<double>(second_half.size()),
          .noise = spread_about(blocks, slope),
          .correlation = rank_correlation(blocks),
          .blocks = static_cast<std::int64_t>(blocks.size())};
}

}  // namespace gmmvi::math

#include "strategy/resting.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gmmvi::strategy {
namespace {

constexpr std::int64_t first_updates = 5;
constexpr double soon = 20.0;  // updates

bool has_two_outcomes(const ComponentRecord& record) {
  return record.history.size() > 1;
}

double weight_of(const ComponentRecord& record) {
  return record.history.back().weight;
}

// E = reward − β log w, of the weight before that update; as it was `age` updates ago.
double expected_log_ratio(const ComponentRecord& record, double temperature, std::size_t age = 0) {
  const auto outcome = record.history.end() - 1 - static_cast<std::ptrdiff_t>(age);
  return outcome->reward - temperature * std::log((outcome - 1)->weight);
}

// How much of it one of the last updates brought on average.
double pace(const ComponentRecord& record, double temperature) {
  const std::size_t age = std::min<std::size_t>(first_updates, record.history.size() - 2);
  if (age == 0) return 0.0;
  return (expected_log_ratio(record, temperature) - expected_log_ratio(record, temperature, age)) /
         static_cast<double>(age);
}

}  // namespace

std::vector<Eigen::Index> resting(std::span<const ComponentRecord> records, double negligible, double temperature) {
  double sum = 0.0, total = 0.0, heaviest = 0.0;
  for (const ComponentRecord& record : records) {
    if (!has_two_outcomes(record)) continue;
    const double weight = weight_of(record);
    sum += weight * expected_log_ratio(record, temperature);
    total += weight;
    heaviest = std::max(heaviest, weight);
  }
  std::vector<Eigen::Index> indices;
  for (std::size_t k = 0; k < records.size(); ++k) {
    const ComponentRecord& record = records[k];
    if (!has_two_outcomes(record) || record.updates_received < first_updates) continue;
    if (weight_of(record) >= std::min(negligible, heaviest)) continue;
    const double expected = expected_log_ratio(record, temperature) + soon * std::max(0.0, pace(record, temperature));
    if (expected <= sum / total) indices.push_back(static_cast<Eigen::Index>(k));
  }
  return indices;
}

}  // namespace gmmvi::strategy

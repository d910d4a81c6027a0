#include "strategy/resting.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <utility>

namespace gmmvi::strategy {
namespace {

bool is_known(const ComponentRecord& record) {
  return !record.history.empty() && !record.expected_log_ratios.empty() &&
         std::isfinite(record.expected_log_ratios.back());
}

double weight_of(const ComponentRecord& record) {
  return record.history.back().weight;
}

double expected_log_ratio(const ComponentRecord& record) {
  return record.expected_log_ratios.back();
}

// How much of it one of the last updates brought on average; nothing where it got worse.
double pace(const ComponentRecord& record) {
  const std::vector<double>& all = record.expected_log_ratios;
  const std::size_t updates = std::min(updates_for_resting, all.size()) - 1;
  if (updates == 0) return 0.0;
  const double brought = (all.back() - all[all.size() - 1 - updates]) / static_cast<double>(updates);
  return std::isfinite(brought) ? std::max(0.0, brought) : 0.0;
}

/// What there is of all components together.
struct Whole {
  explicit Whole(std::span<const ComponentRecord> records) {
    double total = 0.0;
    for (const ComponentRecord& record : records) {
      if (!is_known(record)) continue;
      const double weight = weight_of(record);
      expected_log_ratio += weight * strategy::expected_log_ratio(record);
      total += weight;
      heaviest = std::max(heaviest, weight);
    }
    expected_log_ratio /= total;
  }
  double expected_log_ratio = 0.0;
  double heaviest = 0.0;
};

// E after twenty more updates.
double promise_of(const ComponentRecord& record) {
  constexpr double soon = 20.0;
  return expected_log_ratio(record) + soon * pace(record);
}

}  // namespace

std::vector<Eigen::Index> resting(std::span<const ComponentRecord> records, double negligible, double room) {
  constexpr double at_a_time = 0.125;  // of all components
  const Whole whole(records);
  std::vector<Eigen::Index> indices;
  std::vector<std::pair<double, Eigen::Index>> promising;
  for (std::size_t k = 0; k < records.size(); ++k) {
    const ComponentRecord& record = records[k];
    if (!is_known(record) || record.updates_received < first_updates) continue;
    if (weight_of(record) >= std::min(negligible, whole.heaviest)) continue;
    const auto index = static_cast<Eigen::Index>(k);
    if (promise_of(record) <= whole.expected_log_ratio)
      indices.push_back(index);
    else
      promising.emplace_back(-promise_of(record), index);
  }
  std::ranges::sort(promising);
  const auto turns = static_cast<std::size_t>(std::max({1.0, at_a_time * static_cast<double>(records.size()), room}));
  for (const auto& [_, index] : std::span(promising).subspan(std::min(turns, promising.size())))
    indices.push_back(index);
  std::ranges::sort(indices);
  return indices;
}

std::vector<Eigen::Index> sleeping(std::span<const ComponentRecord> records, const std::vector<Eigen::Index>& resting,
                                   const Eigen::VectorXd& effective_sample_sizes, double desired) {
  constexpr double few = 0.25;     // times the desired ones
  constexpr double little = 0.01;  // nats of the ELBO, of all together
  const Whole whole(records);
  std::vector<Eigen::Index> indices;
  std::ranges::copy_if(resting, std::back_inserter(indices), [&](Eigen::Index k) {
    const ComponentRecord& record = records[static_cast<std::size_t>(k)];
    const double lost = weight_of(record) * (whole.expected_log_ratio - expected_log_ratio(record));
    return !(effective_sample_sizes[k] >= few * desired) && lost <= little / static_cast<double>(records.size()) &&
           record.promise.jump == 0.0;
  });
  return indices;
}

}  // namespace gmmvi::strategy

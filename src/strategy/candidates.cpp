#include "strategy/candidates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace gmmvi::strategy {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double score(const Candidate& candidate, double floor) {
  return candidate_score(candidate.target_log_density, candidate.model_log_density, floor);
}

// Whether `a` is the better one by more than rounding.
bool clearly_better(const Candidate& a, const Candidate& b, double floor) {
  const double size = 1.0 + std::abs(floor) + std::abs(a.target_log_density) + std::abs(b.target_log_density);
  return score(a, floor) - score(b, floor) > 1e-9 * size;
}

}  // namespace

double candidate_score(double target_log_density, double model_log_density, double floor) {
  return target_log_density - std::max(floor, model_log_density);  // the floor where log q is not a number
}

double largest_number(const Eigen::VectorXd& log_densities) {
  double largest = -infinity;
  for (const double log_density : log_densities) largest = std::max(largest, log_density);
  return largest;
}

double nearby(Eigen::Index dimension) {
  const double half = 0.5 * static_cast<double>(dimension);
  return half + std::sqrt(half);
}

double typical_log_ratio(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                         Eigen::Index dimension) {
  const Eigen::VectorXd log_ratios = target_log_densities - model_log_densities;
  const double floor = largest_number(model_log_densities) - nearby(dimension);
  std::vector<double> within;
  for (Eigen::Index n = 0; n < log_ratios.size(); ++n)
    if (model_log_densities[n] >= floor && std::isfinite(log_ratios[n])) within.push_back(log_ratios[n]);
  if (within.empty()) return -infinity;
  const auto middle = within.begin() + std::ssize(within) / 2;
  std::ranges::nth_element(within, middle);
  return *middle;
}

std::optional<Eigen::Index> best_candidate(std::span<const Candidate> candidates, double floor) {
  const Candidate* best = nullptr;
  double best_score = -infinity;
  for (const Candidate& candidate : candidates) {
    const double now = score(candidate, floor);
    if (!std::isfinite(now) || now < best_score) continue;
    if (best != nullptr && now == best_score && candidate.index > best->index) continue;
    best = &candidate;
    best_score = now;
  }
  return best != nullptr ? std::optional(best->index) : std::nullopt;
}

// The difference between two scores does not turn back while the floor rises, so that both ends say it.
std::optional<Eigen::Index> sure_candidate(std::span<const Candidate> candidates, double low, double high) {
  const auto best = best_candidate(candidates, low);
  if (!best) return std::nullopt;
  const Candidate& winner = *std::ranges::find(candidates, *best, &Candidate::index);
  const bool sure = std::ranges::all_of(candidates, [&](const Candidate& other) {
    return other.index == winner.index || (clearly_better(winner, other, low) && clearly_better(winner, other, high));
  });
  return sure ? best : std::nullopt;
}

}  // namespace gmmvi::strategy

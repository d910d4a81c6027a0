#pragma once

#include <optional>
#include <span>

#include <Eigen/Core>

namespace gmmvi::strategy {

/// What a point would be worth as the mean of a new component: log p̃ − max(floor, log q). The floor is max log q − τ
/// over all candidates. Not finite where it cannot be one.
double candidate_score(double target_log_density, double model_log_density, double floor);
/// The largest of the log densities [C] that is a number; −∞ if none is.
double largest_number(const Eigen::VectorXd& log_densities);

/// Nats from the mixture's peak to where its samples get few: a Gaussian's own samples are D/2 below its peak, ±
/// √(D/2).
double nearby(Eigen::Index dimension);
/// The median of log p̃ − log q of the candidates [C] within nearby(dimension) of the mixture's peak: where the mixture
/// is right, all have the same. −∞ if there are none. A candidate `stands out` by more than that, in nats.
double typical_log_ratio(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
                         Eigen::Index dimension);
inline constexpr double stands_out = 1.0;

struct Candidate {
  Eigen::Index index;  ///< among all
  double target_log_density, model_log_density;
};

/// The index of the one with the largest finite score, the lowest of equal ones; none if no score is finite.
std::optional<Eigen::Index> best_candidate(std::span<const Candidate> candidates, double floor);
/// The same if it is sure without the floor, of which is known that it is between `low` and `high`.
std::optional<Eigen::Index> sure_candidate(std::span<const Candidate> candidates, double low, double high);

}  // namespace gmmvi::strategy

#pragma once

#include <optional>
#include <vector>

#include <Eigen/Core>

#include "gmmvi/strategy/component_adapter.hpp"
#include "gmmvi/strategy/sample_selector.hpp"

// Strategies may be the user's own, and what they answer is used as indices and sizes: an impossible answer throws an
// Error that says whose it was.

namespace gmmvi::solver {

void check_answer(const strategy::SampleRequest& request, Eigen::Index components);
/// Of a component adapter: what to delete.
void check_deletions(const std::vector<Eigen::Index>& deletions, Eigen::Index components);
/// Of a component adapter: what new components are chosen from.
void check_answer(const strategy::CandidateRequest& request);
/// Of a component adapter: which candidate becomes a component.
void check_choice(const std::optional<Eigen::Index>& choice, Eigen::Index candidates);
/// Of a weight updater: log weights [K].
void check_log_weights(const Eigen::VectorXd& log_weights, Eigen::Index components);

}  // namespace gmmvi::solver

#include "solver/candidate_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <unordered_map>

#include "gmmvi/sample_db.hpp"

#include "math/log_sum_exp.hpp"
#include "math/mixture_density.hpp"
#include "solver/at.hpp"
#include "strategy/candidates.hpp"

namespace gmmvi::solver {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

template <class Covariance>
CandidateSearch<Covariance>::CandidateSearch(const Mixture<Covariance>& mixture, const Eigen::MatrixXd& samples,
                                             std::vector<Eigen::Index> positions,
                                             const std::vector<std::uint32_t>& near, Communicator communicator)
    : samples_(samples),
      positions_(std::move(positions)),
      gaussians_(mixture.gaussians()),
      log_weights_(mixture.log_weights()),
      communicator_(std::move(communicator)),
      near_(near.size(), -1),
      log_densities_(Eigen::VectorXd::Constant(samples.cols(), -infinity)),
      known_(near.size(), 0) {
  std::unordered_map<std::uint32_t, Eigen::Index> places;
  for (const auto& component : mixture.components()) {
    places.emplace(static_cast<std::uint32_t>(component.id), static_cast<Eigen::Index>(ids_.size()));
    ids_.push_back(static_cast<std::uint32_t>(component.id));
  }
  for (std::size_t n = 0; n < near.size(); ++n)
    if (const auto place = places.find(near[n]); place != places.end()) near_[n] = place->second;
}

template <class Covariance>
std::vector<std::uint32_t> CandidateSearch<Covariance>::near() const {
  std::vector<std::uint32_t> ids;
  ids.reserve(near_.size());
  for (const Eigen::Index k : near_) ids.push_back(k < 0 ? SampleDB<Covariance>::no_component : ids_[at(k)]);
  return ids;
}

// log q of these, a part of them at a time, copies of which stay in the cache.
template <class Covariance>
void CandidateSearch<Covariance>::evaluate(std::span<const Eigen::Index> candidates) {
  constexpr std::size_t at_a_time = 1024;
  std::vector<Eigen::Index> nearest;
  for (std::size_t first = 0; first < candidates.size(); first += at_a_time) {
    const auto part = candidates.subspan(first, std::min(at_a_time, candidates.size() - first));
    const Eigen::Map<const Eigen::Matrix<Eigen::Index, Eigen::Dynamic, 1>> columns(
        part.data(), static_cast<Eigen::Index>(part.size()));
    log_densities_(columns) =
        math::mixture_log_density<Covariance>(gaussians_, log_weights_, samples_(Eigen::all, columns), nearest);
    for (std::size_t i = 0; i < part.size(); ++i) {
      near_[at(part[i])] = nearest[i];
      known_[at(part[i])] = 1;
    }
  }
}

template <class Covariance>
const Eigen::VectorXd& CandidateSearch<Covariance>::log_densities() {
  std::vector<Eigen::Index> unknown = math::by_component(near_, std::ssize(ids_));
  std::erase_if(unknown, [this](Eigen::Index n) { return known_[at(n)] != 0; });
  evaluate(unknown);
  return log_densities_;
}

// One term each, which is no more than all are.
template <class Covariance>
void CandidateSearch<Covariance>::begin() {
  if (std::exchange(begun_, true)) return;
  constexpr double rounding = 1e-12;
  const Eigen::VectorXd terms = math::mixture_terms<Covariance>(gaussians_, log_weights_, samples_, near_);
  std::vector<Eigen::Index> unknown;
  for (Eigen::Index n = 0; n < terms.size(); ++n) {
    if (known_[at(n)] != 0) continue;
    const double bound = terms[n] - rounding * (100.0 + std::abs(terms[n]));
    if (std::isfinite(bound))
      log_densities_[n] = bound;
    else
      unknown.push_back(n);
  }
  evaluate(unknown);
}

// Of log q, anywhere: all components at their means.
template <class Covariance>
double CandidateSearch<Covariance>::upper_bound_of_all() const {
  Eigen::VectorXd peaks(log_weights_.size());
  for (Eigen::Index k = 0; k < peaks.size(); ++k) {
    const auto& gaussian = *gaussians_[at(k)];
    peaks[k] = log_weights_[k] + 0.5 * static_cast<double>(gaussian.dimension()) - gaussian.entropy();
  }
  const double bound = math::log_sum_exp(peaks);
  return bound + 1e-9 * (1.0 + std::abs(bound));
}

// The largest of all ranks.
template <class Covariance>
double CandidateSearch<Covariance>::most(double own) const {
  return std::ranges::max(communicator_.all_gather(own));
}

// Evaluates the most promising own candidates, those that may have a score of more than `sure` (or `once` only the very
// first of them); returns what the best is sure to have.
template <class Covariance>
double CandidateSearch<Covariance>::evaluate_promising(const Eigen::VectorXd& target_log_densities, Floor floor,
                                                       double sure, bool once) {
  const auto score = [&](Eigen::Index n, double at_floor) {
    return strategy::candidate_score(target_log_densities[n], log_densities_[n], at_floor);
  };
  const auto cannot_win = [&](Eigen::Index n) { return !(score(n, floor.low) >= sure); };
  std::vector<Eigen::Index> open;
  for (Eigen::Index n = 0; n < log_densities_.size(); ++n) {
    if (!std::isfinite(target_log_densities[n])) continue;
    if (known_[at(n)] != 0)
      sure = std::max(sure, score(n, floor.high));
    else
      open.push_back(n);
  }
  std::erase_if(open, cannot_win);
  for (std::ptrdiff_t count = lanes; !open.empty(); count *= 2) {
    const auto end = open.begin() + std::min(count, std::ssize(open));
    std::ranges::nth_element(open, end - 1, std::ranges::greater(),
                             [&](Eigen::Index n) { return score(n, floor.low); });
    evaluate({open.begin(), end});
    for (auto n = open.begin(); n != end; ++n) sure = std::max(sure, score(*n, floor.high));
    open.erase(open.begin(), end);
    if (once) break;
    std::erase_if(open, cannot_win);
  }
  return sure;
}

template <class Covariance>
std::optional<Eigen::Index> CandidateSearch<Covariance>::best(const Eigen::VectorXd& target_log_densities,
                                                              double threshold) {
  begin();
  const double largest = most(strategy::largest_number(log_densities_));
  const Floor floor{.low = largest - threshold, .high = upper_bound_of_all() - threshold};
  if (!std::isfinite(floor.low) || !std::isfinite(floor.high)) return best_of_all(target_log_densities, threshold);
  double sure = most(evaluate_promising(target_log_densities, floor, -infinity, true));
  sure = most(evaluate_promising(target_log_densities, floor, sure, false));

  std::vector<strategy::Candidate> own;
  for (Eigen::Index n = 0; n < log_densities_.size(); ++n) {
    const strategy::Candidate candidate{positions_[at(n)], target_log_densities[n], log_densities_[n]};
    if (known_[at(n)] == 0 || !std::isfinite(candidate.target_log_density)) continue;
    if (strategy::candidate_score(candidate.target_log_density, candidate.model_log_density, floor.low) >= sure)
      own.push_back(candidate);
  }
  const auto all =
      communicator_.all_gather(std::span<const strategy::Candidate>(own), communicator_.all_gather(own.size()));
  if (all.empty()) return std::nullopt;
  const auto found = strategy::sure_candidate(all, floor.low, floor.high);
  return found ? found : best_of_all(target_log_densities, threshold);
}

// Where it depends on the floor after all, or there are no bounds.
template <class Covariance>
std::optional<Eigen::Index> CandidateSearch<Covariance>::best_of_all(const Eigen::VectorXd& target_log_densities,
                                                                     double threshold) {
  const double floor = most(strategy::largest_number(log_densities())) - threshold;
  std::vector<strategy::Candidate> own;
  for (Eigen::Index n = 0; n < log_densities_.size(); ++n)
    own.push_back({positions_[at(n)], target_log_densities[n], log_densities_[n]});
  const auto best = strategy::best_candidate(own, floor);
  std::erase_if(own, [&](const strategy::Candidate& candidate) { return candidate.index != best; });
  const auto all =
      communicator_.all_gather(std::span<const strategy::Candidate>(own), communicator_.all_gather(own.size()));
  return strategy::best_candidate(all, floor);
}

template class CandidateSearch<FullCovariance>;
template class CandidateSearch<DiagonalCovariance>;

}  // namespace gmmvi::solver

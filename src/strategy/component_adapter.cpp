#include "gmmvi/strategy/component_adapter.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/overloaded.hpp"
#include "math/log_sum_exp.hpp"
#include "strategy/candidates.hpp"

namespace gmmvi::strategy {
namespace {

class FixedComponents final : public ComponentAdapter {
 public:
  std::size_t history_length() const override { return 2; }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord>, std::int64_t) const override { return {}; }
  std::optional<CandidateRequest> candidates(std::int64_t, Eigen::Index) const override { return std::nullopt; }
  std::optional<Eigen::Index> choose(const Eigen::VectorXd&, const Eigen::VectorXd&, std::int64_t) const override {
    return std::nullopt;
  }
};

/// The heuristics of VIPS (Arenz, Zhong, Neumann 2020, section 4.3).
class AdaptiveComponents final : public ComponentAdapter {
 public:
  AdaptiveComponents(const AdaptiveComponentsOptions& options, Eigen::Index dimension);
  std::size_t history_length() const override { return window_ + static_cast<std::size_t>(options_.del_iters); }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord> records, std::int64_t updates) const override;
  std::optional<CandidateRequest> candidates(std::int64_t updates, Eigen::Index components) const override;
  std::optional<Eigen::Index> choose(const Eigen::VectorXd& target_log_densities,
                                     const Eigen::VectorXd& model_log_densities, std::int64_t additions) const override;
  std::optional<double> threshold(std::int64_t additions) const override;
  Beginning beginning() const override {
    const bool in_neighbourhood =
        options_.initial_covariance == AdaptiveComponentsOptions::InitialCovariance::neighbourhood;
    return {in_neighbourhood, options_.initial_weight};
  }

 private:
  double listed_threshold(std::size_t turn) const;
  std::size_t additions_nearby(std::int64_t additions) const;
  bool is_old(const ComponentRecord& record) const { return record.history.size() >= history_length(); }
  double smoothed_reward(const ComponentRecord& record, std::size_t age) const;
  bool is_stagnating(const ComponentRecord& record, double best_reward) const;
  bool is_light(const ComponentRecord& record, const Eigen::VectorXd& log_normalizers) const;
  Eigen::VectorXd reward_log_normalizers(std::span<const ComponentRecord> records) const;

  AdaptiveComponentsOptions options_;
  double nearby_;               // nats from the mixture's peak to where its samples get few
  std::size_t window_;          // rewards that are smoothed into one
  std::vector<double> kernel_;  // [window_], sums to one
};

// A Gaussian's own samples are D/2 nats below its peak, ± √(D/2).
AdaptiveComponents::AdaptiveComponents(const AdaptiveComponentsOptions& options, Eigen::Index dimension)
    : options_(options),
      nearby_(0.5 * static_cast<double>(dimension) + std::sqrt(0.5 * static_cast<double>(dimension))),
      window_(2 * static_cast<std::size_t>(options.del_iters / 3)),
      kernel_(window_) {
  const double standard_deviation = options.del_iters / 8.0;
  const std::size_t before = window_ / 2;  // lags −f … f−1
  const auto first_lag = -static_cast<double>(before);
  double sum = 0.0;
  for (std::size_t i = 0; i < window_; ++i) {
    const double lag = (first_lag + static_cast<double>(i)) / standard_deviation;
    sum += kernel_[i] = std::exp(-0.5 * lag * lag);
  }
  for (double& weight : kernel_) weight /= sum;
}

// The smoothed reward as it was `age` iterations ago; no_reward where the window is not full.
double AdaptiveComponents::smoothed_reward(const ComponentRecord& record, std::size_t age) const {
  if (record.history.size() < window_ + age) return no_reward;
  const auto first = record.history.end() - static_cast<std::ptrdiff_t>(window_ + age);
  return std::inner_product(kernel_.begin(), kernel_.end(), first, 0.0, std::plus<>(),
                            [](double factor, const ComponentRecord::Outcome& o) { return factor * o.reward; });
}

bool AdaptiveComponents::is_stagnating(const ComponentRecord& record, double best_reward) const {
  const double before = smoothed_reward(record, static_cast<std::size_t>(options_.del_iters));
  const double improvement = smoothed_reward(record, 0) - before;
  return improvement <= 0.4 * std::abs(best_reward - before);
}

// lse over the components of the rewards of each of the last history_length() iterations, oldest first.
Eigen::VectorXd AdaptiveComponents::reward_log_normalizers(std::span<const ComponentRecord> records) const {
  const auto length = static_cast<Eigen::Index>(history_length());
  Eigen::VectorXd normalizers(length);
  for (Eigen::Index age = 1; age <= length; ++age) {
    Eigen::VectorXd rewards(static_cast<Eigen::Index>(records.size()));
    std::ranges::transform(records, rewards.begin(), [age](const ComponentRecord& record) {
      const auto size = static_cast<Eigen::Index>(record.history.size());
      return age <= size ? record.history[static_cast<std::size_t>(size - age)].reward
                         : -std::numeric_limits<double>::infinity();
    });
    normalizers[length - age] = math::log_sum_exp(rewards);
  }
  return normalizers;
}

// Whether the weights it had, and those that a softmax of the rewards would have given it, were all negligible.
bool AdaptiveComponents::is_light(const ComponentRecord& record, const Eigen::VectorXd& log_normalizers) const {
  const auto length = static_cast<std::ptrdiff_t>(history_length());
  const double log_limit = std::log(options_.min_weight_for_del_heuristic);
  const auto history = record.history.end() - length;
  for (std::ptrdiff_t i = 0; i < length; ++i) {
    const bool light =
        history[i].reward - log_normalizers[i] < log_limit && history[i].weight < options_.min_weight_for_del_heuristic;
    if (!light) return false;
  }
  return true;
}

std::vector<Eigen::Index> AdaptiveComponents::deletions(std::span<const ComponentRecord> records,
                                                        std::int64_t updates) const {
  if (updates <= options_.del_iters) return {};
  double best_reward = no_reward;
  for (const auto& record : records) best_reward = std::max(best_reward, smoothed_reward(record, 0));
  const Eigen::VectorXd log_normalizers = reward_log_normalizers(records);
  std::vector<Eigen::Index> bad;
  for (std::size_t k = 0; k < records.size() && bad.size() + 1 < records.size(); ++k)
    if (is_old(records[k]) && is_stagnating(records[k], best_reward) && is_light(records[k], log_normalizers))
      bad.push_back(static_cast<Eigen::Index>(k));
  return bad;
}

std::optional<CandidateRequest> AdaptiveComponents::candidates(std::int64_t updates, Eigen::Index components) const {
  const bool due = updates > 1 && updates % options_.add_iters == 0 && components < options_.max_components;
  if (!due) return std::nullopt;
  return CandidateRequest{options_.num_database_samples, options_.num_prior_samples};
}

// The candidate of the greatest log p̃ − max(max log q − τ, log q).
std::optional<Eigen::Index> best_by(double threshold, const Eigen::VectorXd& target_log_densities,
                                    const Eigen::VectorXd& model_log_densities) {
  std::vector<Candidate> candidates;
  for (Eigen::Index n = 0; n < target_log_densities.size(); ++n)
    candidates.push_back({n, target_log_densities[n], model_log_densities[n]});
  return best_candidate(candidates, largest_number(model_log_densities) - threshold);
}

// Where the mixture is right, the log ratios of all candidates that are within `nearby` nats of its peak are the same.
bool is_above_most(Eigen::Index candidate, double nearby, const Eigen::VectorXd& target_log_densities,
                   const Eigen::VectorXd& model_log_densities) {
  constexpr double enough = 1.0;  // nats
  const Eigen::VectorXd log_ratios = target_log_densities - model_log_densities;
  const double floor = largest_number(model_log_densities) - nearby;
  std::vector<double> within;
  for (Eigen::Index n = 0; n < log_ratios.size(); ++n)
    if (model_log_densities[n] >= floor && std::isfinite(log_ratios[n])) within.push_back(log_ratios[n]);
  if (within.empty()) return true;
  const auto middle = within.begin() + std::ssize(within) / 2;
  std::ranges::nth_element(within, middle);
  return log_ratios[candidate] > *middle + enough;
}

// A threshold of the list is taken in turn.
double AdaptiveComponents::listed_threshold(std::size_t turn) const {
  const auto& thresholds = options_.thresholds_for_add_heuristic;
  return thresholds[turn % thresholds.size()];
}

// How many components were added since the last one that was by a threshold; 0: this one is.
std::size_t AdaptiveComponents::additions_nearby(std::int64_t additions) const {
  return static_cast<std::size_t>(additions) % (static_cast<std::size_t>(options_.nearby_additions) + 1);
}

std::optional<double> AdaptiveComponents::threshold(std::int64_t additions) const {
  if (additions_nearby(additions) > 0) return std::nullopt;
  return listed_threshold(static_cast<std::size_t>(additions / (options_.nearby_additions + 1)));
}

// By a threshold of the list, and after each some nearby, as long as there is something to gain.
std::optional<Eigen::Index> AdaptiveComponents::choose(const Eigen::VectorXd& target_log_densities,
                                                       const Eigen::VectorXd& model_log_densities,
                                                       std::int64_t additions) const {
  if (const auto listed = threshold(additions)) return best_by(*listed, target_log_densities, model_log_densities);
  const auto candidate = best_by(nearby_, target_log_densities, model_log_densities);
  if (candidate && is_above_most(*candidate, nearby_, target_log_densities, model_log_densities)) return candidate;
  const auto turn = static_cast<std::size_t>(additions / (options_.nearby_additions + 1));
  return best_by(listed_threshold(turn + additions_nearby(additions)), target_log_densities, model_log_densities);
}

}  // namespace

std::unique_ptr<ComponentAdapter> ComponentAdapter::make(const ComponentAdapterOptions& options,
                                                         Eigen::Index dimension) {
  using Made = std::unique_ptr<ComponentAdapter>;
  return std::visit(core::Overloaded{
                        [&](const AdaptiveComponentsOptions& o) -> Made {
                          return std::make_unique<AdaptiveComponents>(o, dimension);
                        },
                        [](const FixedComponentsOptions&) -> Made { return std::make_unique<FixedComponents>(); },
                    },
                    options);
}

}  // namespace gmmvi::strategy

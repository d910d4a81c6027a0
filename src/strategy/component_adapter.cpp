#include "gmmvi/strategy/component_adapter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>

#include "core/overloaded.hpp"
#include "math/log_sum_exp.hpp"
#include "strategy/candidates.hpp"
#include "strategy/prospects.hpp"

namespace gmmvi::strategy {
namespace {

class FixedComponents final : public ComponentAdapter {
 public:
  std::size_t history_length() const override { return 2; }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord>, std::int64_t) const override { return {}; }
  std::optional<CandidateRequest> candidates(const Occasion&) const override { return std::nullopt; }
  std::optional<Eigen::Index> choose(const Eigen::VectorXd&, const Eigen::VectorXd&, std::int64_t) const override {
    return std::nullopt;
  }
};

/// The heuristics of VIPS (Arenz, Zhong, Neumann 2020, section 4.3).
class AdaptiveComponents final : public ComponentAdapter {
 public:
  AdaptiveComponents(const AdaptiveComponentsOptions& options, Eigen::Index dimension);
  std::size_t history_length() const override {
    const auto measured = is_by_need() ? options_.add_iters : 0;
    return std::max(reviewed(), static_cast<std::size_t>(measured));
  }
  std::vector<Eigen::Index> deletions(std::span<const ComponentRecord> records, std::int64_t updates) const override;
  std::optional<CandidateRequest> candidates(const Occasion& occasion) const override;
  std::optional<Eigen::Index> choose(const Eigen::VectorXd& target_log_densities,
                                     const Eigen::VectorXd& model_log_densities, std::int64_t additions) const override;
  std::optional<Eigen::Index> choose_elsewhere(const Eigen::VectorXd& target_log_densities,
                                               const Eigen::VectorXd& model_log_densities,
                                               const Eigen::VectorXd& explained, std::int64_t additions) const override;
  std::optional<double> threshold(std::int64_t additions) const override;
  bool judges_by_prospects() const override { return is_by_need(); }
  Beginning beginning() const override {
    const bool in_neighbourhood =
        options_.initial_covariance == AdaptiveComponentsOptions::InitialCovariance::neighbourhood;
    return {in_neighbourhood, options_.initial_weight};
  }

 private:
  bool is_by_need() const { return options_.additions == AdaptiveComponentsOptions::Additions::needed; }
  std::optional<CandidateRequest> needed(const Occasion& occasion) const;
  double listed_threshold(std::size_t turn) const;
  std::size_t additions_nearby(std::int64_t additions) const;
  std::size_t reviewed() const { return window_ + static_cast<std::size_t>(options_.del_iters); }
  bool is_old(const ComponentRecord& record) const {
    return record.history.size() >= reviewed() && !may_have_its_turn(record);
  }
  // While it sleeps its rewards say nothing: one that had few updates is kept for ten times as long.
  bool may_have_its_turn(const ComponentRecord& record) const {
    const auto long_enough = static_cast<std::int64_t>(reviewed());
    return record.pauses > 0 && record.pauses < 10 * long_enough && record.updates_received < long_enough;
  }
  double smoothed_reward(const ComponentRecord& record, std::size_t age) const;
  bool is_stagnating(const ComponentRecord& record, double best_reward) const;
  bool is_light(const ComponentRecord& record, const Eigen::VectorXd& log_normalizers) const;
  Eigen::VectorXd reward_log_normalizers(std::span<const ComponentRecord> records) const;

  AdaptiveComponentsOptions options_;
  Eigen::Index dimension_;
  std::size_t window_;          // rewards that are smoothed into one
  std::vector<double> kernel_;  // [window_], sums to one
};

AdaptiveComponents::AdaptiveComponents(const AdaptiveComponentsOptions& options, Eigen::Index dimension)
    : options_(options),
      dimension_(dimension),
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

// lse over the components of the rewards of each of the last reviewed() iterations, oldest first.
Eigen::VectorXd AdaptiveComponents::reward_log_normalizers(std::span<const ComponentRecord> records) const {
  const auto length = static_cast<Eigen::Index>(reviewed());
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
  const auto length = static_cast<std::ptrdiff_t>(reviewed());
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

std::optional<CandidateRequest> AdaptiveComponents::candidates(const Occasion& occasion) const {
  if (occasion.updates <= 1 || occasion.components >= options_.max_components) return std::nullopt;
  if (is_by_need()) return needed(occasion);
  if (occasion.updates % options_.add_iters != 0) return std::nullopt;
  return CandidateRequest{options_.num_database_samples, options_.num_prior_samples};
}

// Whether the ELBO estimate does not grow any more, to speak of.
bool has_stalled(const Occasion& occasion, std::int64_t window) {
  constexpr double little = 0.02;  // nats an iteration
  const auto grown =
      growth(occasion.records, static_cast<std::size_t>(std::max<std::int64_t>(window, 1)), occasion.temperature);
  return grown && *grown <= little;
}

// The one that was added last has add_iters iterations to find its place, and more while the mixture gets better by
// itself. Where several modes stand apart there may be more of them, and a component far from the others is in nobody's
// way: then it may be sooner, and as many at a time as a batch has samples for.
std::optional<CandidateRequest> AdaptiveComponents::needed(const Occasion& occasion) const {
  constexpr std::int64_t some = 5;      // iterations
  constexpr std::int64_t patience = 4;  // times add_iters
  std::int64_t age = occasion.updates;
  for (const ComponentRecord& record : occasion.records) age = std::min(age, record.age());
  const bool is_regular = age >= options_.add_iters && (age - options_.add_iters) % some == 0 &&
                          (age >= patience * options_.add_iters || has_stalled(occasion, options_.add_iters / 2));
  // In five iterations in a row, as the mixture stalls in one of them; a search that finds nothing is then made again
  // in every fifth alone.
  const bool is_elsewhere = age >= some && (age < 2 * some || (age - options_.add_iters) % some == 0) &&
                            has_stalled(occasion, some / 2) && occasion.has_modes_apart();
  if (is_elsewhere && (!is_regular || occasion.updates % 2 == 1))  // in turn, where nothing is found
    return CandidateRequest{options_.num_database_samples, 0, true,
                            std::clamp<std::int64_t>(static_cast<std::int64_t>(occasion.room), 1,
                                                     options_.max_components - occasion.components)};
  if (is_regular) return CandidateRequest{options_.num_database_samples, options_.num_prior_samples};
  return std::nullopt;
}

// The candidate of the greatest log p̃ − max(max log q − τ, log q), of those that are eligible.
std::optional<Eigen::Index> best_by(double threshold, const Eigen::VectorXd& target_log_densities,
                                    const Eigen::VectorXd& model_log_densities,
                                    const std::function<bool(Eigen::Index)>& is_eligible = nullptr) {
  std::vector<Candidate> candidates;
  for (Eigen::Index n = 0; n < target_log_densities.size(); ++n)
    if (!is_eligible || is_eligible(n)) candidates.push_back({n, target_log_densities[n], model_log_densities[n]});
  return best_candidate(candidates, largest_number(model_log_densities) - threshold);
}

/// What tells a candidate that the mixture lacks from one at the flank of what it has.
class Significance {
 public:
  Significance(const Eigen::VectorXd& target_log_densities, const Eigen::VectorXd& model_log_densities,
               Eigen::Index dimension)
      : target_(target_log_densities),
        model_(model_log_densities),
        typical_(typical_log_ratio(target_log_densities, model_log_densities, dimension)),
        target_peak_(largest_finite(target_log_densities)),
        model_peak_(largest_number(model_log_densities)) {}

  bool stands_out(Eigen::Index n) const { return target_[n] - model_[n] > typical_ + strategy::stands_out; }
  /// Whether it is much further below the mixture's peak than below the target's. At the flanks of a mode both are
  /// about the same, and their difference grows with them: it says nothing by itself.
  bool is_of_another_peak(Eigen::Index n) const {
    constexpr double much = 1.5, rounding = 1.0;  // times, nats
    return stands_out(n) && model_peak_ - model_[n] >= much * (target_peak_ - target_[n] + rounding);
  }

 private:
  static double largest_finite(const Eigen::VectorXd& values) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const double value : values)
      if (std::isfinite(value)) largest = std::max(largest, value);
    return largest;
  }

  const Eigen::VectorXd &target_, &model_;
  double typical_, target_peak_, model_peak_;
};

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
  if (is_by_need() || additions_nearby(additions) > 0) return std::nullopt;
  return listed_threshold(static_cast<std::size_t>(additions / (options_.nearby_additions + 1)));
}

// By a threshold of the list, and after each some nearby, as long as there is something to gain. Where they are added
// by need, one by a threshold has something to gain, too.
std::optional<Eigen::Index> AdaptiveComponents::choose(const Eigen::VectorXd& target_log_densities,
                                                       const Eigen::VectorXd& model_log_densities,
                                                       std::int64_t additions) const {
  const Significance significance(target_log_densities, model_log_densities, dimension_);
  const auto nearby_one = [&]() -> std::optional<Eigen::Index> {
    const auto best = best_by(nearby(dimension_), target_log_densities, model_log_densities);
    return best && significance.stands_out(*best) ? best : std::nullopt;
  };
  const auto turn = static_cast<std::size_t>(additions / (options_.nearby_additions + 1));
  const bool is_nearby = additions_nearby(additions) > 0;
  const double listed = listed_threshold(turn + additions_nearby(additions));
  if (!is_by_need()) {
    const auto best = is_nearby ? nearby_one() : std::nullopt;
    return best ? best : best_by(listed, target_log_densities, model_log_densities);
  }
  const auto far_one = [&] {
    return best_by(listed, target_log_densities, model_log_densities,
                   [&](Eigen::Index n) { return significance.is_of_another_peak(n); });
  };
  const auto best = is_nearby ? nearby_one() : far_one();
  return best ? best : is_nearby ? far_one() : nearby_one();
}

// By a threshold of the list, of those that lead to another peak. Gradients say that best: from far away, where a
// missing mode is no more than a small part of a log density that is out of all proportion.
std::optional<Eigen::Index> AdaptiveComponents::choose_elsewhere(const Eigen::VectorXd& target_log_densities,
                                                                 const Eigen::VectorXd& model_log_densities,
                                                                 const Eigen::VectorXd& explained,
                                                                 std::int64_t additions) const {
  const Significance significance(target_log_densities, model_log_densities, dimension_);
  return best_by(listed_threshold(static_cast<std::size_t>(additions)), target_log_densities, model_log_densities,
                 [&](Eigen::Index n) {
                   if (explained.size() == 0) return significance.is_of_another_peak(n);
                   return explained[n] == 0.0 && significance.stands_out(n);
                 });
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

#include "solver/decisions.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "comm/on_root.hpp"
#include "core/random.hpp"
#include "solver/at.hpp"
#include "solver/check_answers.hpp"
#include "solver/strategy_failure.hpp"
#include "strategy/prospects.hpp"
#include "strategy/resting.hpp"
#include "strategy/widening.hpp"

namespace gmmvi::solver {

template <class Covariance>
Decisions<Covariance>::Decisions(const Strategies<Covariance>& strategies, double temperature, std::uint64_t seed,
                                 const EvaluationOptions& evaluation, Communicator communicator)
    : strategies_(strategies),
      temperature_(temperature),
      seed_(seed),
      parallel_(evaluation.parallel),
      in_flight_(static_cast<std::size_t>(evaluation.batches_in_flight)),
      communicator_(std::move(communicator)) {
  weight_stepsize_.stepsize = strategies_.weight_stepsize->initial();
}

template <class Covariance>
void Decisions<Covariance>::begin(const std::vector<std::uint64_t>& ids) {
  if (!communicator_.is_root()) return;
  for (const std::uint64_t id : ids) records_.push_back(new_record(id));
}

template <class Covariance>
ComponentRecord Decisions<Covariance>::new_record(std::uint64_t id) const {
  return {.id = id,
          .stepsize = strategies_.component_stepsize->initial(),
          .ridge = strategies_.natural_gradient->initial_ridge(),
          .history = {}};
}

// What goes wrong in a strategy must not leave the other ranks waiting.
template <class Covariance>
template <class Ask>
auto Decisions<Covariance>::decided(Ask ask) {
  return comm::on_root(communicator_, [&] {
    try {
      return ask();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(strategy_failure(error));
    }
  });
}

template <class Covariance>
template <class Ask>
std::vector<typename Decisions<Covariance>::ComponentPlan> Decisions<Covariance>::planned(Eigen::Index components,
                                                                                          Ask ask) {
  auto plan = decided([&] {
    const std::vector<Share> of_batch = ask();
    std::vector<ComponentPlan> of_records;
    for (std::size_t k = 0; k < records_.size(); ++k) {
      const ComponentRecord& record = records_[k];
      of_records.push_back(
          {of_batch[k].new_samples, of_batch[k].asleep,
           strategies_.component_stepsize->next(record.stepsize, {.updates = record.updates_received,
                                                                  .improved = record.reward_improved(),
                                                                  .headroom = headroom_of(record),
                                                                  .shown = strategy::shown(record.promise),
                                                                  .fresh = record.promise.fresh}),
           record.ridge, record.updates_received == 0, record.promise.jump});
    }
    return of_records;
  });
  plan.resize(at(components));
  communicator_.broadcast(std::span<ComponentPlan>(plan));
  return plan;
}

template <class Covariance>
std::vector<typename Decisions<Covariance>::ComponentPlan> Decisions<Covariance>::plan(
    const std::optional<strategy::EffectiveSampleSizes>& reused, const Eigen::VectorXd& weights,
    std::int64_t iteration) {
  return planned(weights.size(), [&] {
    strategy::SampleRequest request = strategies_.sample_selector->new_samples(reused, weights.size());
    check_answer(request, weights.size());
    const strategy::SampleSelector& selector = *strategies_.sample_selector;
    const auto resting = strategy::resting(records_, selector.negligible_weight(), room());
    std::vector<Eigen::Index> sleeping;
    if (!request.from_components.empty())
      for (const Eigen::Index k : resting) request.from_components[at(k)] = 0;
    if (const auto desired = selector.desired_of_component()) {
      std::vector<std::int64_t> updates;
      for (const ComponentRecord& record : records_) updates.push_back(record.updates_received);
      if (reused) sleeping = strategy::sleeping(records_, resting, reused->components, *desired);
      if (selector.negligible_weight() > 0.0 && !strategies_.natural_gradient->only_own_samples())
        request = strategy::shared_at_start(std::move(request), updates, *desired);
      request = strategy::spaced(std::move(request), reused, *desired, updates, selector.sample_iters(), iteration);
    }
    if (const auto most = selector.most_for_light_component())
      request = strategy::lightened(std::move(request), weights, *most);
    if (parallel_)
      request = strategy::widened(std::move(request), reused, *parallel_,
                                  strategy::shares_by_weight(weights, selector.weight_exponent()), resting);
    if (parallel_ && strategies_.component_updater->stepsize_bounds_divergence())
      note_headroom(strategy::headroom(request, reused, strategies_.sample_selector->desired_of_component()));
    core::Stream lots(seed_, core::Purpose::mixture_counts, {.iteration = static_cast<std::uint64_t>(iteration)});
    const auto counts = lots.multinomial(request.from_mixture, {weights.data(), at(weights.size())});
    std::vector<Share> shares(counts.size());
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const std::int64_t new_samples = counts[k] + (request.from_components.empty() ? 0 : request.from_components[k]);
      const bool sleeps = std::ranges::binary_search(sleeping, static_cast<Eigen::Index>(k));
      shares[k] = {new_samples, sleeps && new_samples == 0};
    }
    return shares;
  });
}

template <class Covariance>
std::vector<typename Decisions<Covariance>::ComponentPlan> Decisions<Covariance>::plan(Eigen::Index components) {
  return planned(components, [&] { return std::vector<Share>(at(components)); });
}

template <class Covariance>
void Decisions<Covariance>::note_headroom(const std::vector<double>& headroom) {
  for (std::size_t k = 0; k < headroom.size(); ++k) {
    std::vector<double>& of_batches = records_[k].headroom;
    of_batches.push_back(headroom[k]);
    if (of_batches.size() > in_flight_) of_batches.erase(of_batches.begin());
  }
}

// In the batch that the next update learns from, which is the oldest in flight.
template <class Covariance>
double Decisions<Covariance>::headroom_of(const ComponentRecord& record) const {
  return record.headroom.size() == in_flight_ ? record.headroom.front() : 1.0;
}

template <class Covariance>
void Decisions<Covariance>::note_step(Eigen::Index k, const ComponentPlan& plan, bool accepted) {
  if (!communicator_.is_root()) return;
  ComponentRecord& record = records_[at(k)];
  record.stepsize = plan.stepsize;
  record.ridge = strategies_.natural_gradient->next_ridge(record.ridge, accepted);
  ++record.updates_received;
}

template <class Covariance>
void Decisions<Covariance>::note_standing(Eigen::Index k, const strategy::Standing& before) {
  if (!communicator_.is_root()) return;
  ComponentRecord& record = records_[at(k)];
  record.promise = strategy::compared(record.promise, record.last_reward(), before);
}

// The stepsize from the rewards of before, then the new weights.
template <class Covariance>
Eigen::VectorXd Decisions<Covariance>::weights(const std::vector<Eigen::Index>& components,
                                               const Eigen::VectorXd& log_weights,
                                               const Eigen::VectorXd& expected_log_ratios) {
  Eigen::VectorXd updated = decided([&] {
    Eigen::VectorXd last_rewards(log_weights.size());
    std::ranges::transform(components, last_rewards.begin(),
                           [this](Eigen::Index k) { return records_[at(k)].last_reward(); });
    const Eigen::VectorXd weights = log_weights.array().exp();
    weight_stepsize_ = advance(*strategies_.weight_stepsize, weight_stepsize_,
                               strategy::weight_objective(weights, last_rewards, temperature_));
    Eigen::VectorXd answer =
        strategies_.weight_updater->update(log_weights, expected_log_ratios, weight_stepsize_.stepsize, temperature_)
            .log_weights;
    check_log_weights(answer, log_weights.size());
    return answer;
  });
  updated.resize(log_weights.size());
  communicator_.broadcast(std::span<double>(updated.data(), at(updated.size())));
  return updated;
}

template <class Covariance>
void Decisions<Covariance>::note_outcomes(const std::vector<Eigen::Index>& components, const Eigen::VectorXd& rewards,
                                          const Eigen::VectorXd& expected_log_ratios, const Eigen::VectorXd& weights,
                                          double jump) {
  if (!communicator_.is_root()) return;
  const std::size_t history_length = strategies_.component_adapter->history_length();
  const bool may_rest = strategies_.sample_selector->negligible_weight() > 0.0;
  for (Eigen::Index k = 0; k < rewards.size(); ++k) {
    ComponentRecord& record = records_[at(k)];
    if (std::ranges::binary_search(components, k)) {
      record.remember({rewards[k], weights[k]}, history_length);
      record.promise.jump = jump;
      if (may_rest) record.remember_expected(expected_log_ratios[k], strategy::updates_for_resting);
      record.slept = false;
    } else if (!record.history.empty()) {
      record.remember({record.last_reward(), weights[k]}, history_length);
      record.promise.before = no_reward;  // what it promised before cannot be compared with what comes after
      record.slept = true;
      ++record.pauses;
    }
  }
}

template <class Covariance>
typename Decisions<Covariance>::Adaptation Decisions<Covariance>::adaptation(const Mixture<Covariance>& mixture,
                                                                             std::int64_t updates) {
  struct Wanted {
    std::int64_t from_database = 0, from_prior = 0, additions = 0;
    bool elsewhere = false;
  };
  std::vector<Eigen::Index> deletions;
  Wanted wanted = decided([&]() -> Wanted {
    deletions = strategies_.component_adapter->deletions(records_, updates);
    check_deletions(deletions, mixture.size());
    const auto request = strategies_.component_adapter->candidates(
        {.updates = updates,
         .components = mixture.size() - static_cast<Eigen::Index>(deletions.size()),
         .records = records_,
         .temperature = temperature_,
         .room = room(),
         .has_modes_apart = [&mixture] { return strategy::has_modes_apart(mixture); }});
    if (!request) return {};
    check_answer(*request);
    return {request->from_database, request->from_prior, request->components, request->elsewhere};
  });
  communicator_.broadcast(wanted);
  communicator_.broadcast(deletions);
  return {std::move(deletions), wanted.from_database, wanted.from_prior, wanted.additions, wanted.elsewhere};
}

template <class Covariance>
void Decisions<Covariance>::note_deletions(const std::vector<Eigen::Index>& deletions) {
  if (!communicator_.is_root()) return;
  for (auto k = deletions.rbegin(); k != deletions.rend(); ++k) records_.erase(records_.begin() + *k);
}

template <class Covariance>
void Decisions<Covariance>::note_addition(std::uint64_t id) {
  if (!communicator_.is_root()) return;
  records_.push_back(new_record(id));
  ++additions_;
}

// Of a batch as wide as the machine.
template <class Covariance>
double Decisions<Covariance>::room() const {
  const auto desired = strategies_.sample_selector->desired_of_component();
  return parallel_ && desired ? *parallel_ / *desired : 0.0;
}

template <class Covariance>
template <class Choose>
std::optional<Eigen::Index> Decisions<Covariance>::chosen_of(Eigen::Index candidates, Choose choose) {
  Eigen::Index chosen = decided([&]() -> Eigen::Index {
    const std::optional<Eigen::Index> choice = choose();
    check_choice(choice, candidates);
    return choice.value_or(-1);
  });
  communicator_.broadcast(chosen);
  return chosen >= 0 ? std::optional(chosen) : std::nullopt;
}

template <class Covariance>
std::optional<Eigen::Index> Decisions<Covariance>::choose(const Eigen::VectorXd& target_log_densities,
                                                          const Eigen::VectorXd& model_log_densities) {
  return chosen_of(target_log_densities.size(), [&] {
    return strategies_.component_adapter->choose(target_log_densities, model_log_densities, additions_);
  });
}

template <class Covariance>
std::optional<Eigen::Index> Decisions<Covariance>::choose_elsewhere(const Eigen::VectorXd& target_log_densities,
                                                                    const Eigen::VectorXd& model_log_densities,
                                                                    const Eigen::VectorXd& explained) {
  return chosen_of(target_log_densities.size(), [&] {
    return strategies_.component_adapter->choose_elsewhere(target_log_densities, model_log_densities, explained,
                                                           additions_);
  });
}

template <class Covariance>
Mixture<Covariance> Decisions<Covariance>::judging(const Mixture<Covariance>& mixture) {
  if (!strategies_.component_adapter->judges_by_prospects()) return mixture;
  Eigen::VectorXd weights = decided([&] { return strategy::prospective_weights(records_, mixture.weights()); });
  weights.resize(mixture.size());
  communicator_.broadcast(std::span<double>(weights.data(), at(weights.size())));
  std::vector<Eigen::Index> left_out;
  for (Eigen::Index k = 0; k < weights.size(); ++k)
    if (weights[k] == 0.0) left_out.push_back(k);
  Mixture<Covariance> judging = mixture;
  judging.set_log_weights(weights.array().log());
  judging.remove(left_out);
  return judging;
}

template <class Covariance>
std::optional<double> Decisions<Covariance>::threshold() {
  auto threshold = decided([&] { return strategies_.component_adapter->threshold(additions_); });
  communicator_.broadcast(threshold);
  return threshold;
}

template <class Covariance>
void Decisions<Covariance>::write(SolverState& state) const {
  state.records = records_;
  state.weight_stepsize = weight_stepsize_.stepsize;
  state.weight_updates = weight_stepsize_.updates;
  state.last_weight_objective = weight_stepsize_.last_objective;
  state.has_last_weight_objective = weight_stepsize_.has_last_objective;
  state.additions = additions_;
}

template <class Covariance>
void Decisions<Covariance>::read(const SolverState& state) {
  if (communicator_.is_root()) records_ = state.records;
  weight_stepsize_ = {.stepsize = state.weight_stepsize,
                      .updates = state.weight_updates,
                      .last_objective = state.last_weight_objective,
                      .has_last_objective = state.has_last_weight_objective};
  additions_ = state.additions;
}

template class Decisions<FullCovariance>;
template class Decisions<DiagonalCovariance>;

}  // namespace gmmvi::solver

#include <cmath>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "solver/at.hpp"
#include "solver/loop.hpp"

// Stopping, and going on in another job.

namespace gmmvi::solver {
template <class Covariance>
SolverState Loop<Covariance>::state() const {
  SolverState state{.covariance = Covariance::name,
                    .dimension = target_.dimension(),
                    .ids = {},
                    .next_id = model().next_id(),
                    .log_weights = {model().log_weights().begin(), model().log_weights().end()},
                    .gaussians = {},
                    .in_database = {},
                    .records = records_,
                    .weight_stepsize = weight_stepsize_.stepsize,
                    .weight_updates = weight_stepsize_.updates,
                    .last_weight_objective = weight_stepsize_.last_objective,
                    .has_last_weight_objective = weight_stepsize_.has_last_objective,
                    .additions = additions_,
                    .asked_imports = asked_imports_,
                    .iterations = iteration_,
                    .updates = updates_,
                    .evaluations = evaluations_,
                    .failures = failures_,
                    .failures_in_a_row = failures_in_a_row_,
                    .database = database().state()};
  std::vector<double> covariance(at(Covariance::packed_size(target_.dimension())));
  for (const auto& component : model().components()) {
    const Gaussian<Covariance>& gaussian = *component.gaussian;
    state.ids.push_back(component.id);
    state.in_database.push_back(database().index_of(gaussian));
    gaussian.covariance().pack(covariance);
    state.gaussians.insert(state.gaussians.end(), gaussian.mean().begin(), gaussian.mean().end());
    state.gaussians.insert(state.gaussians.end(), covariance.begin(), covariance.end());
  }
  if (prior_) state.in_database.push_back(database().index_of(*prior_));
  return state;
}

template <class Covariance>
std::int64_t Loop<Covariance>::restore(const SolverState& state) {
  if (state.covariance != Covariance::name || state.dimension != target_.dimension())
    throw Error(fmt::format("the state is one of {} covariances in {} dimensions, and the solver one of {} in {}",
                            state.covariance, state.dimension, Covariance::name, target_.dimension()),
                ExitCode::data);
  const Eigen::Index d = target_.dimension(), packed = Covariance::packed_size(d);
  std::vector<typename Mixture<Covariance>::Component> components;
  std::vector<std::pair<std::int32_t, GaussianPointer<Covariance>>> live;
  for (std::size_t k = 0; k < state.ids.size(); ++k) {
    const double* const numbers = state.gaussians.data() + static_cast<Eigen::Index>(k) * (d + packed);
    components.push_back(
        {state.ids[k], std::make_shared<const Gaussian<Covariance>>(Eigen::Map<const Eigen::VectorXd>(numbers, d),
                                                                    Covariance::unpack(d, {numbers + d, at(packed)}))});
    if (state.in_database[k] >= 0) live.emplace_back(state.in_database[k], components.back().gaussian);
  }
  // A checkpoint of an earlier version does not say where the prior is: then it is stored once more.
  const bool knows_prior = prior_ && state.in_database.size() > state.ids.size();
  if (knows_prior && state.in_database.back() >= 0) live.emplace_back(state.in_database.back(), prior_);
  const Eigen::VectorXd log_weights =
      Eigen::Map<const Eigen::VectorXd>(state.log_weights.data(), static_cast<Eigen::Index>(state.log_weights.size()));
  mixture_ = Mixture<Covariance>(std::move(components), log_weights, state.next_id);
  database_ =
      SampleDB<Covariance>::restored(database().settings(), d, with_gradients_, communicator_, state.database, live);
  if (communicator_.is_root()) records_ = state.records;
  weight_stepsize_ = {.stepsize = state.weight_stepsize,
                      .updates = state.weight_updates,
                      .last_objective = state.last_weight_objective,
                      .has_last_objective = state.has_last_weight_objective};
  additions_ = state.additions;
  asked_imports_ = state.asked_imports;
  iteration_ = state.iterations;
  updates_ = state.updates;
  evaluations_ = state.evaluations;
  failures_ = state.failures;
  failures_in_a_row_ = state.failures_in_a_row;
  batch_ = {};
  table_ = {};
  return database().adopt(earlier_samples());
}

// What this rank's archive has of the samples of the database.
template <class Covariance>
typename SampleDB<Covariance>::OwnSamples Loop<Covariance>::earlier_samples() {
  std::vector<Evaluations> parts;
  std::vector<std::int64_t> indices;
  for (const SampleBatch& batch : database().batches()) {
    if (!evaluation_.archive) break;
    for (const FinishedGroup& group : evaluation_.archive->take(batch.number)) {
      std::vector<Eigen::Index> columns;
      for (Eigen::Index n = 0; n < group.size(); ++n)
        if (const auto index = database().index_of(batch, group.first + n)) {
          columns.push_back(n);
          indices.push_back(*index);
        }
      parts.push_back(group.select(columns));
    }
  }
  const auto count = static_cast<Eigen::Index>(indices.size());
  typename SampleDB<Covariance>::OwnSamples own{Evaluations::of_size(target_.dimension(), count, with_gradients_),
                                                std::move(indices)};
  Eigen::Index first = 0;
  for (const Evaluations& part : parts) {
    own.put(first, part);
    first += part.size();
  }
  return own;
}

// Consecutive samples of a batch as one group, which need not be those that were evaluated together.
template <class Covariance>
void Loop<Covariance>::each_own_group(const std::function<void(const FinishedGroup&)>& take) const {
  constexpr std::size_t most = 1000;  // a record is read whole
  for (const SampleBatch& batch : database().batches()) {
    const auto own = database().own_samples(Window{{{batch.number, batch.first, batch.count}}});
    const auto positions = database().evaluated_as(own.indices);
    for (std::size_t begin = 0, end = 0; begin < positions.size(); begin = end) {
      for (end = begin + 1; end < positions.size() && end - begin < most; ++end)
        if (positions[end] != positions[end - 1] + 1) break;
      const auto column = static_cast<Eigen::Index>(begin), count = static_cast<Eigen::Index>(end - begin);
      take({own.slice(column, count), batch.number, positions[begin], 0.0, {}});
    }
  }
}

template SolverState Loop<FullCovariance>::state() const;
template std::int64_t Loop<FullCovariance>::restore(const SolverState& state);
template void Loop<FullCovariance>::each_own_group(const std::function<void(const FinishedGroup&)>& take) const;
template SolverState Loop<DiagonalCovariance>::state() const;
template std::int64_t Loop<DiagonalCovariance>::restore(const SolverState& state);
template void Loop<DiagonalCovariance>::each_own_group(const std::function<void(const FinishedGroup&)>& take) const;

}  // namespace gmmvi::solver

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "solver/at.hpp"
#include "solver/loop.hpp"

// Stopping, and going on in another job.

namespace gmmvi::solver {
namespace {

/// Gaussians as a state has them: mean and covariance of each, one after the other.
template <class Covariance>
void append(std::vector<double>& numbers, const Gaussian<Covariance>& gaussian) {
  const auto& mean = gaussian.mean();
  std::vector<double> covariance(at(Covariance::packed_size(mean.size())));
  gaussian.covariance().pack(covariance);
  numbers.insert(numbers.end(), mean.begin(), mean.end());
  numbers.insert(numbers.end(), covariance.begin(), covariance.end());
}

template <class Covariance>
std::vector<GaussianPointer<Covariance>> unpacked_gaussians(const std::vector<double>& numbers, Eigen::Index d) {
  const Eigen::Index packed = Covariance::packed_size(d);
  std::vector<GaussianPointer<Covariance>> gaussians;
  const double* const end = numbers.data() + numbers.size();
  for (const double* next = numbers.data(); next != end; next += d + packed)
    gaussians.push_back(std::make_shared<const Gaussian<Covariance>>(Eigen::Map<const Eigen::VectorXd>(next, d),
                                                                     Covariance::unpack(d, {next + d, at(packed)})));
  return gaussians;
}

}  // namespace

template <class Covariance>
SolverState Loop<Covariance>::state() const {
  const EvaluationCounts& counts = batches_.counts();
  SolverState state{.covariance = Covariance::name,
                    .dimension = target_.dimension(),
                    .ids = {},
                    .next_id = model().next_id(),
                    .log_weights = {model().log_weights().begin(), model().log_weights().end()},
                    .gaussians = {},
                    .in_database = {},
                    .records = {},
                    .asked_imports = asked_imports_,
                    .iterations = iteration_,
                    .updates = updates_,
                    .evaluations = counts.evaluations,
                    .failures = counts.failures,
                    .samples = counts.samples,
                    .failed_samples = counts.failed_samples,
                    .failures_in_a_row = counts.in_a_row,
                    .database = database().state(),
                    .in_flight = {},
                    .in_flight_gaussians = {},
                    .in_flight_in_database = {},
                    .learnt = {}};
  decisions_.write(state);
  for (const auto& component : model().components()) {
    state.ids.push_back(component.id);
    state.in_database.push_back(database().index_of(*component.gaussian));
    append(state.gaussians, *component.gaussian);
  }
  if (prior_) state.in_database.push_back(database().index_of(*prior_));
  write_in_flight(state);
  if (learnt_) state.learnt.push_back(learnt_state());
  return state;
}

// Gaussians that are the same object stay so, as they are stored once.
template <class Covariance>
void Loop<Covariance>::write_in_flight(SolverState& state) const {
  std::vector<GaussianPointer<Covariance>> known = model().gaussians();
  for (const InFlight& batch : batches_.in_flight()) {
    BatchInFlight& written = state.in_flight.emplace_back();
    written.number = batch.number;
    written.iteration = static_cast<std::int64_t>(batch.draw.iteration());
    written.narrowed = batch.narrowed;
    for (const auto& source : batch.draw.sources()) {
      const auto place = std::ranges::find(known, source.gaussian) - known.begin();
      written.gaussians.push_back(static_cast<std::int32_t>(place));
      written.ids.push_back(source.id);
      written.counts.push_back(source.count);
      if (at(place) < known.size()) continue;
      known.push_back(source.gaussian);
      state.in_flight_in_database.push_back(database().index_of(*source.gaussian));
      append(state.in_flight_gaussians, *source.gaussian);
    }
  }
}

template <class Covariance>
LearntIteration Loop<Covariance>::learnt_state() const {
  LearntIteration state{.adapting = adaptation_.has_value(),
                        .ids = {},
                        .log_weights = {},
                        .gaussians = {},
                        .batch_was_usable = learnt_->batch_was_usable,
                        .new_samples = learnt_->new_samples,
                        .reused_samples = learnt_->reused_samples,
                        .refused_updates = learnt_->refused_updates,
                        .without_outputs = learnt_->without_outputs,
                        .fraction_outside = learnt_->fraction_outside,
                        .has_elbo_estimate = learnt_->elbo_estimate.has_value(),
                        .elbo_estimate = learnt_->elbo_estimate.value_or(0.0)};
  const auto& whole = std::get<Mixture<Covariance>>(whole_);
  state.next_id = whole.next_id();
  state.log_weights = {whole.log_weights().begin(), whole.log_weights().end()};
  for (const auto& component : whole.components()) {
    state.ids.push_back(component.id);
    append(state.gaussians, *component.gaussian);
  }
  if (!adaptation_) return state;
  state.additions = adaptation_->additions;
  state.elsewhere = adaptation_->elsewhere;
  state.database_candidates = adaptation_->database_candidates;
  state.prior_candidates = adaptation_->prior_candidates;
  return state;
}

template <class Covariance>
std::int64_t Loop<Covariance>::restore(const SolverState& state) {
  if (state.covariance != Covariance::name || state.dimension != target_.dimension())
    throw Error(fmt::format("the state is one of {} covariances in {} dimensions, and the solver one of {} in {}",
                            state.covariance, state.dimension, Covariance::name, target_.dimension()),
                ExitCode::data);
  const Eigen::Index d = target_.dimension();
  auto known = unpacked_gaussians<Covariance>(state.gaussians, d);
  std::vector<typename Mixture<Covariance>::Component> components;
  std::vector<std::pair<std::int32_t, GaussianPointer<Covariance>>> live;
  for (std::size_t k = 0; k < state.ids.size(); ++k) {
    components.push_back({state.ids[k], known[k]});
    if (state.in_database[k] >= 0) live.emplace_back(state.in_database[k], known[k]);
  }
  const auto in_flight = unpacked_gaussians<Covariance>(state.in_flight_gaussians, d);
  for (std::size_t g = 0; g < in_flight.size(); ++g) {
    known.push_back(in_flight[g]);
    if (state.in_flight_in_database[g] >= 0) live.emplace_back(state.in_flight_in_database[g], in_flight[g]);
  }
  // A checkpoint of an earlier version does not say where the prior is: then it is stored once more.
  const bool knows_prior = prior_ && state.in_database.size() > state.ids.size();
  if (knows_prior && state.in_database.back() >= 0) live.emplace_back(state.in_database.back(), prior_);
  const Eigen::VectorXd log_weights =
      Eigen::Map<const Eigen::VectorXd>(state.log_weights.data(), static_cast<Eigen::Index>(state.log_weights.size()));
  mixture_ = Mixture<Covariance>(std::move(components), log_weights, state.next_id);
  whole_ = mixture_;
  database_ =
      SampleDB<Covariance>::restored(database().settings(), d, with_gradients_, communicator_, state.database, live);
  database().keep_outputs(target_.outputs(), target_.output_numbers());
  decisions_.read(state);
  batches_.set_counts({.evaluations = state.evaluations,
                       .failures = state.failures,
                       .samples = state.samples,
                       .failed_samples = state.failed_samples,
                       .in_a_row = state.failures_in_a_row});
  read_in_flight(state, known);
  read_learnt(state);
  asked_imports_ = state.asked_imports;
  iteration_ = state.iterations;
  updates_ = state.updates;
  batch_ = {};
  table_ = flight_table_ = {};
  return database().adopt(earlier_samples());
}

template <class Covariance>
void Loop<Covariance>::read_in_flight(const SolverState& state, const std::vector<GaussianPointer<Covariance>>& known) {
  std::deque<InFlight> in_flight;
  for (const BatchInFlight& batch : state.in_flight) {
    std::vector<typename Draw::Source> sources;
    for (std::size_t s = 0; s < batch.gaussians.size(); ++s)
      sources.push_back({known.at(static_cast<std::size_t>(batch.gaussians[s])), batch.ids[s], batch.counts[s]});
    in_flight.push_back(
        {.number = batch.number,
         .draw = {seed_, core::Purpose::samples, static_cast<std::uint64_t>(batch.iteration), std::move(sources)},
         .narrowed = batch.narrowed});
  }
  batches_.restore(std::move(in_flight));
}

template <class Covariance>
void Loop<Covariance>::read_learnt(const SolverState& state) {
  learnt_.reset();
  adaptation_.reset();
  if (state.learnt.empty()) return;
  const LearntIteration& learnt = state.learnt.front();
  const auto gaussians = unpacked_gaussians<Covariance>(learnt.gaussians, target_.dimension());
  std::vector<typename Mixture<Covariance>::Component> components;
  for (std::size_t k = 0; k < learnt.ids.size(); ++k) components.push_back({learnt.ids[k], gaussians.at(k)});
  whole_ = Mixture<Covariance>(std::move(components),
                               Eigen::Map<const Eigen::VectorXd>(learnt.log_weights.data(),
                                                                 static_cast<Eigen::Index>(learnt.log_weights.size())),
                               learnt.next_id);
  learnt_.emplace();
  learnt_->batch_was_usable = learnt.batch_was_usable;
  learnt_->new_samples = learnt.new_samples;
  learnt_->reused_samples = learnt.reused_samples;
  learnt_->refused_updates = learnt.refused_updates;
  learnt_->without_outputs = learnt.without_outputs;
  learnt_->fraction_outside = learnt.fraction_outside;
  if (learnt.has_elbo_estimate) learnt_->elbo_estimate = learnt.elbo_estimate;
  if (learnt.adapting)
    adaptation_ = Adaptation{.deletions = {},
                             .database_candidates = learnt.database_candidates,
                             .prior_candidates = learnt.prior_candidates,
                             .additions = learnt.additions,
                             .elsewhere = learnt.elsewhere};
}

// What this rank's archive has of the samples of the database. Outputs may be most of all memory: nothing is there
// twice.
template <class Covariance>
typename SampleDB<Covariance>::OwnSamples Loop<Covariance>::earlier_samples() {
  struct Part {
    FinishedGroup group;
    std::vector<Eigen::Index> columns;
  };
  std::vector<Part> parts;
  std::vector<std::int64_t> indices;
  std::unordered_map<std::int64_t, Eigen::VectorXd> of_points;  // outputs, by index
  const std::int64_t each = batches_.evaluator().evaluations_of(1, with_gradients_);
  for (const SampleBatch& batch : database().batches()) {
    if (!archive_) break;
    for (FinishedGroup& group : archive_->take(batch.number)) {
      // Points that gradients were made of have the outputs, unless the samples were kept by another process.
      const bool are_points = group.has_gradients() != with_gradients_;
      if (are_points && (!with_gradients_ || group.outputs.rows() != target_.output_numbers())) continue;
      std::vector<Eigen::Index> columns;
      for (Eigen::Index n = 0; n < group.size(); ++n) {
        const std::int64_t position = group.first + n;
        if (are_points && position % each != 0) continue;
        const auto index = database().index_of(batch, are_points ? position / each : position);
        if (!index) continue;
        if (are_points) {
          of_points[*index] = group.outputs.col(n);
          continue;
        }
        columns.push_back(n);
        indices.push_back(*index);
      }
      if (!are_points) parts.push_back({std::move(group), std::move(columns)});
    }
  }
  const auto count = static_cast<Eigen::Index>(indices.size());
  typename SampleDB<Covariance>::OwnSamples own{
      Evaluations::of_size(target_.dimension(), count, with_gradients_, target_.output_numbers()), std::move(indices)};
  Eigen::Index first = 0;
  for (Part& part : parts) {
    const FinishedGroup group = std::move(part.group);
    own.put(first, group.select(part.columns));
    for (const Eigen::Index end = first + std::ssize(part.columns); first < end; ++first)
      if (!group.has_outputs() && !of_points.empty())
        if (const auto found = of_points.find(own.indices[static_cast<std::size_t>(first)]); found != of_points.end())
          own.outputs.col(first) = found->second;
  }
  return own;
}

// Consecutive samples of a batch as one group, which need not be those that were evaluated together.
template <class Covariance>
void Loop<Covariance>::each_own_group(const std::function<void(const FinishedGroup&)>& take) const {
  constexpr std::size_t most = 1000;  // a record is read whole
  for (const SampleBatch& batch : database().batches()) {
    const auto own = database().own_samples(Window{{{batch.number, batch.first, batch.count}}}, true);
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

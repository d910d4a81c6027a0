#include "solver/batches.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "comm/guard.hpp"
#include "core/log.hpp"

namespace gmmvi::solver {

template <class Covariance>
Batches<Covariance>::Batches(Target& target, const EvaluationOptions& options, EvaluationHost host,
                             Communicator communicator, bool with_gradients)
    : communicator_(std::move(communicator)),
      max_failure_fraction_(options.max_failure_fraction),
      with_gradients_(with_gradients),
      evaluator_(target, options, communicator_, std::move(host)) {}

template <class Covariance>
typename Batches<Covariance>::Origin Batches<Covariance>::origin_of(const Draw& draw) {
  Origin origin{.gaussians = {},
                .components = {},
                .mapping = draw.mapping(),
                .draw = [draw](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) { draw.samples(first, out); }};
  for (const auto& source : draw.sources()) {
    origin.gaussians.push_back(source.gaussian);
    origin.components.push_back(source.id);
  }
  return origin;
}

template <class Covariance>
evaluation::EvaluationRequest Batches<Covariance>::request_of(std::uint64_t number, const Origin& origin,
                                                              bool beside) const {
  return {.batch = number,
          .size = static_cast<Eigen::Index>(origin.mapping.size()),
          .want_gradients = with_gradients_,
          .beside = beside,
          .draw = origin.draw};
}

template <class Covariance>
void Batches<Covariance>::begin_next() {
  const auto next = std::ranges::find(in_flight_, false, &InFlight::begun);
  if (next == in_flight_.end()) return;
  evaluator_.submit(request_of(next->number, origin_of(next->draw), false));
  next->begun = true;
}

template <class Covariance>
std::int64_t Batches<Covariance>::begun() const {
  if (!evaluator_.runs_ahead()) return 0;
  std::int64_t samples = 0;
  for (const InFlight& batch : in_flight_) samples += batch.begun ? batch.draw.size() : 0;
  return evaluator_.evaluations_of(samples, with_gradients_);
}

template <class Covariance>
void Batches<Covariance>::end_all() {
  evaluator_.end_all();
  for (InFlight& batch : in_flight_) batch.begun = false;
}

// After a stop, or an error, the evaluator has forgotten all.
template <class Covariance>
template <class Evaluate>
evaluation::BatchEvaluation Batches<Covariance>::unless_stopped(Evaluate evaluate) {
  try {
    return evaluate();
  } catch (...) {
    for (InFlight& batch : in_flight_) batch.begun = false;
    throw;
  }
}

template <class Covariance>
typename Batches<Covariance>::NewSamples Batches<Covariance>::collect(std::int64_t iteration) {
  if (!in_flight_.front().begun) begin_next();
  const InFlight& batch = in_flight_.front();
  auto own = unless_stopped([&] { return evaluator_.collect(batch.number); });
  return counted(std::move(own), origin_of(batch.draw), batch.number, false, iteration);
}

template <class Covariance>
typename Batches<Covariance>::NewSamples Batches<Covariance>::evaluate_at_once(std::uint64_t number, Origin origin,
                                                                               std::int64_t iteration) {
  auto own = unless_stopped([&] { return evaluator_.evaluate(request_of(number, origin, true)); });
  return counted(std::move(own), std::move(origin), number, true, iteration);
}

template <class Covariance>
typename Batches<Covariance>::NewSamples Batches<Covariance>::evaluate_beside(std::uint64_t number, const Draw& draw,
                                                                              std::int64_t iteration) {
  return evaluate_at_once(number, origin_of(draw), iteration);
}

template <class Covariance>
typename Batches<Covariance>::NewSamples Batches<Covariance>::evaluate_mean(std::uint64_t number,
                                                                            const GaussianPointer<Covariance>& gaussian,
                                                                            std::int64_t iteration) {
  return evaluate_at_once(
      number,
      {.gaussians = {gaussian},
       .components = {},
       .mapping = {0},
       .draw = [gaussian](Eigen::Index, Eigen::Ref<Eigen::MatrixXd> out) { out.col(0) = gaussian->mean(); }},
      iteration);
}

template <class Covariance>
evaluation::BatchEvaluation Batches<Covariance>::evaluate_for_metrics(std::uint64_t number, const Draw& draw) {
  evaluation::EvaluationRequest request = request_of(number, origin_of(draw), true);
  request.want_gradients = false;
  return unless_stopped([&] { return evaluator_.evaluate(request); });
}

template <class Covariance>
typename Batches<Covariance>::NewSamples Batches<Covariance>::counted(evaluation::BatchEvaluation own, Origin origin,
                                                                      std::uint64_t number, bool beside,
                                                                      std::int64_t iteration) {
  const auto size = static_cast<std::int64_t>(origin.mapping.size());
  const bool all_failed = std::ssize(own.failed) == size;
  if (!own.reasons.empty())
    core::log().say(
        counts_.failures == 0 ? core::Log::Level::warning : core::Log::Level::debug,
        fmt::format(
            "{} of {} evaluations of iteration {} that this rank made gave no value{}; the first failure said: {}",
            own.reasons.size(), own.own_evaluations, iteration, own.evaluations > size ? ", or no gradient" : "",
            own.first_failure()));
  counts_.evaluations += own.evaluations;
  counts_.failures += own.failures;
  counts_.samples += size;
  counts_.failed_samples += std::ssize(own.failed);
  if (!beside) {
    counts_.in_a_row = all_failed ? counts_.in_a_row + size : 0;
    give_up_if_hopeless(iteration, own.first_failure());
  }
  give_up_if_too_many_fail(iteration, own.first_failure());
  NewSamples added{static_cast<Evaluations&&>(own),
                   std::move(origin.gaussians),
                   std::move(origin.mapping),
                   {},
                   std::move(own.positions),
                   !beside,
                   number,
                   std::move(origin.components)};
  if (!own.failed.empty()) leave_out(own.failed, added);
  return added;
}

// Failed evaluations leave no sample: the others move up.
template <class Covariance>
void Batches<Covariance>::leave_out(const std::vector<Eigen::Index>& failed, NewSamples& added) {
  std::vector<Eigen::Index> good;
  for (Eigen::Index n = 0; n < added.size(); ++n)
    if (added.status(n) != EvaluationStatus::failure) good.push_back(n);
  static_cast<Evaluations&>(added) = added.select(good);
  const auto has_failed = [&](Eigen::Index position) { return std::ranges::binary_search(failed, position); };
  std::erase_if(added.own_positions, has_failed);
  for (Eigen::Index& position : added.own_positions)
    position -= std::ranges::lower_bound(failed, position) - failed.begin();
  std::vector<std::int32_t> mapping;
  for (std::size_t n = 0; n < added.mapping.size(); ++n) {
    if (has_failed(static_cast<Eigen::Index>(n))) continue;
    mapping.push_back(added.mapping[n]);
    added.evaluated_as.push_back(static_cast<std::int32_t>(n));
  }
  added.mapping = std::move(mapping);
}

// What the first failure of the last batch said, of the lowest rank that had one. Collective.
template <class Covariance>
std::string Batches<Covariance>::reason_of_all(const std::string& own_reason) const {
  const std::vector<int> has_reason = communicator_.all_gather(own_reason.empty() ? 0 : 1);
  const auto first = std::ranges::find(has_reason, 1);
  if (first == has_reason.end()) return "nothing";
  std::string reason = own_reason;
  communicator_.broadcast(reason, static_cast<int>(first - has_reason.begin()));
  return reason;
}

// A batch of few samples may fail as a whole by chance; the first, or a long row of samples, does not.
template <class Covariance>
void Batches<Covariance>::give_up_if_hopeless(std::int64_t iteration, const std::string& own_reason) const {
  constexpr std::int64_t long_row = 100;
  const bool only_failures = counts_.failed_samples == counts_.samples;
  if (counts_.in_a_row == 0 || (counts_.in_a_row < long_row && !only_failures)) return;
  throw comm::CollectiveError(
      fmt::format(
          "none of the last {} samples, up to iteration {}, has a value that can be used, so there is nothing to learn "
          "from. The first failure of that iteration said: {}. Evaluate the target at a point where its value is "
          "known, "
          "and mend it.",
          counts_.in_a_row, iteration, reason_of_all(own_reason)),
      ExitCode::unavailable);
}

// Better no answer than one from the samples that happened to succeed. A sample is lost by its own evaluation or, with
// finite differences, by one of many beside it, so that both shares count. What fails beside a sample fails together:
// it takes enough samples to tell.
template <class Covariance>
void Batches<Covariance>::give_up_if_too_many_fail(std::int64_t iteration, const std::string& own_reason) const {
  constexpr std::int64_t enough_to_tell = 50;  // samples
  if (counts_.samples < enough_to_tell) return;
  const auto fraction_of = [](std::int64_t failed, std::int64_t all) {
    return static_cast<double>(failed) / static_cast<double>(all);
  };
  const double of_evaluations = fraction_of(counts_.failures, counts_.evaluations),
               of_samples = fraction_of(counts_.failed_samples, counts_.samples);
  const double fraction = std::max(of_evaluations, of_samples);
  if (fraction <= max_failure_fraction_) return;
  const std::string failed =
      of_samples > of_evaluations
          ? fmt::format("{} of {} samples have no value, or no gradient", counts_.failed_samples, counts_.samples)
          : fmt::format("{} of {} evaluations of the target gave no value", counts_.failures, counts_.evaluations);
  throw comm::CollectiveError(
      fmt::format(
          "{} ({:.1f} %), more than the {:.1f} % that evaluation.max_failure_fraction allows. The first failure "
          "of iteration {} said: {}. Mend the target, or allow more failures if the samples that succeed tell "
          "all that there is to know.",
          failed, 100.0 * fraction, 100.0 * max_failure_fraction_, iteration, reason_of_all(own_reason)),
      ExitCode::unavailable);
}

template class Batches<FullCovariance>;
template class Batches<DiagonalCovariance>;

}  // namespace gmmvi::solver

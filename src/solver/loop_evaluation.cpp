#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "comm/guard.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "solver/at.hpp"
#include "solver/elbo.hpp"
#include "solver/loop.hpp"

// Batches of evaluations: of new samples, of candidates for components, of samples for metrics; and what becomes of
// those that fail.

namespace gmmvi::solver {

// Evaluates a batch and stores it; returns which source every stored sample was drawn from.
template <class Covariance>
std::vector<std::int32_t> Loop<Covariance>::evaluate_and_store(const model::Draw<Covariance>& draw, bool reusable) {
  Batch batch{.gaussians = {},
              .mapping = draw.mapping(),
              .draw = [draw](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) { draw.samples(first, out); },
              .reusable = reusable};
  for (const auto& source : draw.sources()) batch.gaussians.push_back(source.gaussian);
  return evaluate_and_store(std::move(batch));
}

template <class Covariance>
std::vector<std::int32_t> Loop<Covariance>::evaluate_and_store(Batch batch) {
  const auto size = static_cast<Eigen::Index>(batch.mapping.size());
  auto own = evaluator_.evaluate({.batch = database().batches_written(),
                                  .size = size,
                                  .want_gradients = with_gradients_,
                                  .beside = !batch.reusable,
                                  .draw = std::move(batch.draw)});
  evaluations_ += size;
  typename SampleDB<Covariance>::NewSamples added{std::move(own),           std::move(batch.gaussians),
                                                  std::move(batch.mapping), {},
                                                  std::move(own.positions), batch.reusable};
  leave_out_failures(own, added);
  if (batch.reusable) give_up_if_hopeless(size, added.mapping.empty(), own.first_failure());
  give_up_if_too_many_fail(own.first_failure());
  database().add_samples(added);
  return std::move(added.mapping);
}

// Failed evaluations leave no sample: the others move up.
template <class Covariance>
void Loop<Covariance>::leave_out_failures(evaluation::BatchEvaluation& own,
                                          typename SampleDB<Covariance>::NewSamples& added) {
  const std::vector<Eigen::Index>& failed = own.failed;
  if (failed.empty()) return;
  std::vector<Eigen::Index> good;
  for (Eigen::Index n = 0; n < added.size(); ++n)
    if (added.status(n) != EvaluationStatus::failure) good.push_back(n);
  if (!own.reasons.empty())
    core::log().say(
        failures_ == 0 ? core::Log::Level::warning : core::Log::Level::debug,
        fmt::format(
            "{} of {} evaluations of iteration {} that this rank made gave no value; the first failure said: {}",
            own.reasons.size(), added.size(), iteration_, own.first_failure()));
  failures_ += static_cast<std::int64_t>(failed.size());

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
std::string Loop<Covariance>::reason_of_all(const std::string& own_reason) const {
  const std::vector<int> has_reason = communicator_.all_gather(own_reason.empty() ? 0 : 1);
  const auto first = std::ranges::find(has_reason, 1);
  if (first == has_reason.end()) return "nothing";
  std::string reason = own_reason;
  communicator_.broadcast(reason, static_cast<int>(first - has_reason.begin()));
  return reason;
}

// A batch of few samples may fail as a whole by chance; the first, or a long row of evaluations, does not.
template <class Covariance>
void Loop<Covariance>::give_up_if_hopeless(std::int64_t evaluations, bool all_failed, const std::string& own_reason) {
  constexpr std::int64_t long_row = 100;
  failures_in_a_row_ = all_failed ? failures_in_a_row_ + evaluations : 0;
  if (failures_in_a_row_ == 0 || (failures_in_a_row_ < long_row && failures_ < evaluations_)) return;
  throw comm::CollectiveError(
      fmt::format(
          "none of the last {} evaluations of the target, up to iteration {}, gave a value, so there is nothing "
          "to learn from. The first failure of that iteration said: {}. Evaluate the target at a point where "
          "its value is known, and mend it.",
          failures_in_a_row_, iteration_, reason_of_all(own_reason)),
      ExitCode::unavailable);
}

// Better no answer than one from the samples that happened to succeed.
template <class Covariance>
void Loop<Covariance>::give_up_if_too_many_fail(const std::string& own_reason) {
  constexpr std::int64_t enough_to_tell = 50;  // evaluations
  const double fraction = static_cast<double>(failures_) / static_cast<double>(evaluations_);
  if (evaluations_ < enough_to_tell || fraction <= evaluation_.max_failure_fraction) return;
  throw comm::CollectiveError(
      fmt::format("{} of {} evaluations of the target gave no value ({:.1f} %), more than the {:.1f} % that "
                  "evaluation.max_failure_fraction allows. The first failure of iteration {} said: {}. Mend the "
                  "target, or allow more failures if the samples that succeed tell all that there is to know.",
                  failures_, evaluations_, 100.0 * fraction, 100.0 * evaluation_.max_failure_fraction, iteration_,
                  reason_of_all(own_reason)),
      ExitCode::unavailable);
}

template <class Covariance>
ElboEstimate Loop<Covariance>::estimate_elbo(std::int64_t samples) {
  time_.book(&RankSeconds::output);
  const auto iteration = static_cast<std::uint64_t>(iteration_);
  core::Stream stream(seed_, core::Purpose::metrics_counts, {.iteration = iteration});
  const Eigen::VectorXd weights = model().weights();
  const auto counts = stream.multinomial(samples, {weights.data(), at(weights.size())});
  const model::Draw<Covariance> draw(seed_, core::Purpose::metrics, iteration, model::sources(model(), counts));
  const auto own = evaluator_.evaluate(
      {.batch = SampleId::metrics_batch | iteration,
       .size = draw.size(),
       .want_gradients = false,
       .beside = true,
       .draw = [draw](Eigen::Index first, Eigen::Ref<Eigen::MatrixXd> out) { draw.samples(first, out); }});
  Eigen::MatrixXd densities(2, own.log_densities.size());
  densities << own.log_densities.transpose(), model().log_density(own.samples).transpose();
  const samples::CanonicalGather gather(communicator_, own.positions);
  const Eigen::MatrixXd all = gather(densities);
  const Eigen::VectorXd of_target = all.row(0).transpose(), of_model = all.row(1).transpose();
  ElboEstimate estimate = monte_carlo_elbo(of_target, of_model, temperature_);
  constexpr Eigen::Index at_once = 32;  // coordinates: all of them may be more than there is memory for
  for (Eigen::Index d = 0; d < own.samples.rows(); d += at_once)
    add_moments(estimate, gather(own.samples.middleRows(d, std::min(at_once, own.samples.rows() - d))), of_target,
                of_model);
  time_.book_all(&RankSeconds::metrics);
  return estimate;
}

template <class Covariance>
ElboEstimate Loop<Covariance>::recycled_elbo() {
  constexpr double most_operations = 2e10;  // of all ranks together: seconds
  time_.book(&RankSeconds::output);
  const Window window = database().newest_known(most_operations);
  const auto own = database().own_samples(window);
  Eigen::MatrixXd densities(3, own.log_densities.size());
  densities << own.log_densities.transpose(), model().log_density(own.samples).transpose(),
      database().background_of(window, own.samples).transpose();
  const Eigen::MatrixXd all = samples::CanonicalGather(communicator_, database().holders(window))(densities);
  const ElboEstimate estimate =
      solver::recycled_elbo(all.row(0).transpose(), all.row(1).transpose(), all.row(2).transpose(), temperature_);
  time_.book_all(&RankSeconds::metrics);
  return estimate;
}

template std::vector<std::int32_t> Loop<FullCovariance>::evaluate_and_store(const model::Draw<FullCovariance>&, bool);
template std::vector<std::int32_t> Loop<DiagonalCovariance>::evaluate_and_store(const model::Draw<DiagonalCovariance>&,
                                                                                bool);
template std::vector<std::int32_t> Loop<FullCovariance>::evaluate_and_store(Batch);
template std::vector<std::int32_t> Loop<DiagonalCovariance>::evaluate_and_store(Batch);
template ElboEstimate Loop<FullCovariance>::estimate_elbo(std::int64_t);
template ElboEstimate Loop<DiagonalCovariance>::estimate_elbo(std::int64_t);
template ElboEstimate Loop<FullCovariance>::recycled_elbo();
template ElboEstimate Loop<DiagonalCovariance>::recycled_elbo();

}  // namespace gmmvi::solver

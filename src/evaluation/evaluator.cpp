#include "evaluation/evaluator.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/teams.hpp"

#include "comm/foreign_code.hpp"
#include "comm/guard.hpp"
#include "comm/on_root.hpp"
#include "core/contract.hpp"
#include "core/log.hpp"
#include "core/printable.hpp"
#include "core/seconds_since.hpp"
#include "evaluation/stopped.hpp"

namespace gmmvi::evaluation {
namespace {

// How this rank fared with a batch, for all to know.
struct Outcome {
  enum class End : std::int32_t { complete, stopped, error } end = End::complete;
  std::int32_t code = 0;  // of an error
  std::size_t failed = 0;
  bool floating_point_changed = false;
};

/// Only evaluations that are dealt out on demand can be interrupted.
bool is_dynamic(const EvaluationOptions& options, const Target& target) {
  if (options.scheduling == EvaluationOptions::Scheduling::automatic) return !target.cheap() || options.time_limit;
  return options.scheduling == EvaluationOptions::Scheduling::on_demand;
}

void check_time_limit(const EvaluationOptions& options, const Target& target) {
  if (!options.time_limit) return;
  if (!target.interruptible())
    throw Error(
        "evaluation.time_limit is set, but an evaluation of this target cannot be interrupted: leave it out, or give "
        "the target a limit of its own",
        ExitCode::configuration);
  if (!is_dynamic(options, target))
    throw Error(
        "evaluation.time_limit is set, but evaluations that are dealt out beforehand (evaluation.scheduling: static) "
        "cannot be interrupted: leave time_limit out, or set evaluation.scheduling to dynamic",
        ExitCode::configuration);
}

void check_slots(const EvaluationOptions& options, const Target& target, const EvaluationHost& host) {
  const int slots = options.slots_or_one();
  if (slots == 1) return;
  if (!host.make_target)
    throw Error(
        fmt::format("evaluation.slots is {}, but there is nothing that makes further instances of the target: set "
                    "EvaluationHost::make_target, or leave slots out",
                    slots),
        ExitCode::configuration);
  if (!target.runs_outside())
    throw Error(
        fmt::format("evaluation.slots is {}, but evaluations of this target run in the process of their rank, one at a "
                    "time: leave it out, and start more ranks",
                    slots),
        ExitCode::configuration);
  if (!is_dynamic(options, target))
    throw Error(
        fmt::format("evaluation.slots is {}, but evaluations that are dealt out beforehand (evaluation.scheduling: "
                    "static) are made one at a time: leave slots out, or set evaluation.scheduling to dynamic",
                    slots),
        ExitCode::configuration);
}

void check_teams(const EvaluationOptions& options, const EvaluationHost& host, const Communicator& ranks) {
  GMMVI_GUARD(host.teams == nullptr || host.teams->count() <= ranks.size(), "a rank for every team");
  if (options.ranks_per_evaluation > 1 && host.teams == nullptr)
    throw Error(
        fmt::format("evaluation.ranks_per_evaluation is {}, but the ranks form no teams: make Teams, run the solver "
                    "within Teams::run(), and set EvaluationHost::teams",
                    options.ranks_per_evaluation),
        ExitCode::configuration);
}

std::string abortion(std::int64_t sample, std::uint64_t batch, const std::string& failure) {
  return fmt::format(
      "the evaluation of sample {} of batch {} gave no value, and failures are to abort the run: {}. To leave such "
      "samples out instead, set evaluation.on_failure to reject.",
      sample, batch, failure);
}

BatchEvaluation joined(std::vector<FinishedGroup> groups, const Target& target, bool gradients) {
  std::ranges::sort(groups, {}, &FinishedGroup::first);
  Eigen::Index count = 0;
  for (const FinishedGroup& group : groups) count += group.size();
  BatchEvaluation own{Evaluations::of_size(target.dimension(), count, gradients, target.output_numbers())};
  own.own_evaluations = count;
  for (const FinishedGroup& group : groups) {
    own.put(static_cast<Eigen::Index>(own.positions.size()), group);
    for (Eigen::Index n = 0; n < group.size(); ++n) {
      own.positions.push_back(group.first + n);
      if (group.status(n) == EvaluationStatus::failure) own.reasons.push_back(group.failure);
    }
  }
  return own;
}

std::vector<Eigen::Index> failed_positions(const BatchEvaluation& own) {
  std::vector<Eigen::Index> failed;
  for (Eigen::Index n = 0; n < own.size(); ++n)
    if (own.status(n) == EvaluationStatus::failure) failed.push_back(own.positions[static_cast<std::size_t>(n)]);
  return failed;
}

// One rank's error is everybody's, and before it a stop.
void throw_unless_complete(const std::vector<Outcome>& outcomes, std::string reason, const Communicator& ranks) {
  const auto error = std::ranges::find(outcomes, Outcome::End::error, &Outcome::end);
  if (error != outcomes.end()) {
    ranks.broadcast(reason, static_cast<int>(error - outcomes.begin()));
    throw comm::CollectiveError(reason, static_cast<ExitCode>(error->code));
  }
  if (std::ranges::find(outcomes, Outcome::End::stopped, &Outcome::end) != outcomes.end()) throw Stopped();
}

using Clock = std::chrono::steady_clock;

using core::seconds_since;

}  // namespace

Evaluator::Evaluator(Target& target, EvaluationOptions options, Communicator communicator, EvaluationHost host)
    : target_(target),
      options_(options),
      communicator_(std::move(communicator)),
      host_(std::move(host)),
      evaluators_(host_.teams != nullptr ? host_.teams->count() : communicator_.size()) {
  if (!target.has_gradients() && options_.finite_differences.scheme != FiniteDifferencesOptions::Scheme::none)
    differences_.emplace(options_.finite_differences, target.dimension());
  check_time_limit(options_, target);
  check_slots(options_, target, host_);
  check_teams(options_, host_, communicator_);
  slots_ = std::make_shared<Slots>(target, options_.slots_or_one(), host_.make_target);
  comm::watch_over_foreign_code();
  if (!is_dynamic(options_, target)) return;
  OnDemand::Settings settings{.stop = host_.stop_requested,
                              .slots = slots_,
                              .evaluators = evaluators_,
                              .grace_after_errors = options_.grace,
                              .time_limit = options_.time_limit};
  on_demand_ = std::make_unique<OnDemand>(communicator_, std::move(settings));
  errand_ = std::make_shared<const std::function<void()>>([this] { look_after(); });
  communicator_.while_waiting(errand_);
}

Evaluator::~Evaluator() = default;

void Evaluator::submit(const EvaluationRequest& request) {
  // What an evaluation works with may have to outlive this object.
  const auto batch = std::make_shared<UnderWay>(
      UnderWay{.request = request.want_gradients && differences_ ? differences_->points_of(request) : request});
  batch->part = known_part(batch->request);
  GMMVI_EXPECT(!under_way_.contains(request.batch), fmt::format("batch {} is not under way", request.batch));
  under_way_[request.batch] = batch;
  if (on_demand_) batch->job = on_demand_->open(job_of(batch));
}

BatchEvaluation Evaluator::evaluate(const EvaluationRequest& request) {
  submit(request);
  return collect(request.batch);
}

BatchEvaluation Evaluator::collect(std::uint64_t number) {
  GMMVI_EXPECT(under_way_.contains(number), fmt::format("batch {} was submitted", number));
  const auto batch = std::move(under_way_.extract(number).mapped());
  const auto start = Clock::now();
  const double accounted = account_.total(), busy = busy_in_all();
  collecting_ = true;
  try {
    BatchEvaluation result = collected(*batch);
    collecting_ = false;
    const double rest = seconds_since(start) - (busy_in_all() - busy) - (account_.total() - accounted);
    account_.idle += std::max(0.0, rest);
    return result;
  } catch (...) {
    collecting_ = false;
    end_all();
    throw;
  }
}

void Evaluator::end_all() {
  const auto grace = host_.stop_requested ? host_.stop_requested() : std::nullopt;
  if (on_demand_) on_demand_->close_all(grace.value_or(options_.grace));
  under_way_.clear();
}

void Evaluator::look_after() {
  if (on_demand_ && !collecting_) on_demand_->look_after();
}

std::optional<double> Evaluator::oldest_seconds() const {
  const auto since = on_demand_ ? on_demand_->oldest() : std::nullopt;
  return since ? std::optional(seconds_since(*since)) : std::nullopt;
}

BatchEvaluation Evaluator::collected(UnderWay& batch) {
  Outcome outcome;
  std::string reason;
  BatchEvaluation result;
  bool is_clean = false;  // as all ranks know
  try {
    OnDemand::End end = OnDemand::End::done;
    if (on_demand_)
      end = on_demand_->finish(batch.job);
    else
      evaluate_fixed_share(batch);
    result = joined(std::move(batch.part.groups), target_, batch.request.want_gradients);
    is_clean = end == OnDemand::End::clean && !batch.part.any_known;
    if (end == OnDemand::End::stopped) outcome.end = Outcome::End::stopped;
  } catch (const Error& error) {
    outcome = {.end = Outcome::End::error, .code = static_cast<std::int32_t>(error.code())};
    reason = core::message(error.what());
  }
  result.evaluations = batch.request.size;
  const bool by_differences = batch.request.points_per_sample > 1;
  if (is_clean && !by_differences) return result;
  std::vector<Eigen::Index> own_failed = failed_positions(result);
  std::vector<std::size_t> counts(static_cast<std::size_t>(communicator_.size()), 0);
  if (!is_clean) {
    outcome.failed = own_failed.size();
    outcome.floating_point_changed = slots_->floating_point_changed();
    const std::vector<Outcome> outcomes = communicator_.all_gather(outcome);
    if (const auto changed = std::ranges::find(outcomes, true, &Outcome::floating_point_changed);
        changed != outcomes.end())
      say_where_floating_point_changed(static_cast<int>(changed - outcomes.begin()));
    throw_unless_complete(outcomes, std::move(reason), communicator_);
    std::ranges::transform(outcomes, counts.begin(), &Outcome::failed);
  }
  Eigen::VectorXd log_densities;
  if (by_differences) {
    log_densities = log_densities_of_all(result);
    fail_without_gradient(log_densities, batch.request, result);
    own_failed = failed_positions(result);
    counts = communicator_.all_gather(own_failed.size());
  }
  note_failures(batch.request, own_failed, counts, result);
  if (!by_differences) return result;
  result = samples_of(std::move(result), log_densities);
  keep_samples(result, batch);
  return result;
}

// Those of all ranks, of which each has `counts`.
void Evaluator::note_failures(const EvaluationRequest& request, const std::vector<Eigen::Index>& own_failed,
                              const std::vector<std::size_t>& counts, BatchEvaluation& result) const {
  if (std::ranges::all_of(counts, [](std::size_t count) { return count == 0; })) return;
  result.failed = communicator_.all_gather(std::span<const Eigen::Index>(own_failed), counts);
  result.failures = std::ssize(result.failed);
  report_failures(result, request, counts);
  std::ranges::sort(result.failed);
}

// [points of the batch] as the target said; the same on every rank.
Eigen::VectorXd Evaluator::log_densities_of_all(const BatchEvaluation& own) const {
  const auto counts = communicator_.all_gather(own.positions.size());
  const auto positions = communicator_.all_gather(std::span<const Eigen::Index>(own.positions), counts);
  const auto values = communicator_.all_gather(
      std::span<const double>(own.log_densities.data(), static_cast<std::size_t>(own.log_densities.size())), counts);
  Eigen::VectorXd all(static_cast<Eigen::Index>(positions.size()));
  for (std::size_t i = 0; i < positions.size(); ++i) all[positions[i]] = values[i];
  return all;
}

// Of a sample whose gradient cannot be known the point in the middle counts as failed.
void Evaluator::fail_without_gradient(const Eigen::VectorXd& log_densities, const EvaluationRequest& request,
                                      BatchEvaluation& points) const {
  const Eigen::Index each = request.points_per_sample;
  const std::vector<std::string> names = target_.parameter_names();
  const auto complaint = [&](const Eigen::VectorXd& sample, Eigen::Index first) -> std::string {
    if (!std::isfinite(log_densities[first])) return {};
    return differences_->complaint(sample, log_densities.segment(first, each), names);
  };
  if (options_.on_failure == EvaluationOptions::FailurePolicy::abort) {
    Eigen::MatrixXd sample(target_.dimension(), 1);
    for (Eigen::Index first = 0; first < log_densities.size(); first += each) {
      request.draw(first, sample);
      if (const std::string said = complaint(sample, first); !said.empty())
        throw comm::CollectiveError(abortion(first / each, request.batch, said), ExitCode::unavailable);
    }
  }
  std::vector<std::string> reasons;
  auto known = points.reasons.begin();
  for (Eigen::Index n = 0; n < points.size(); ++n) {
    const Eigen::Index position = points.positions[static_cast<std::size_t>(n)];
    if (points.status(n) == EvaluationStatus::failure) {
      reasons.push_back(std::move(*known++));
    } else if (position % each == 0) {
      std::string said = complaint(points.samples.col(n), position);
      if (said.empty()) continue;
      points.log_densities[n] = std::numeric_limits<double>::quiet_NaN();
      reasons.push_back(std::move(said));
    }
  }
  points.reasons = std::move(reasons);
}

// Those whose own point this rank has.
BatchEvaluation Evaluator::samples_of(BatchEvaluation points, const Eigen::VectorXd& log_densities) const {
  const Eigen::Index each = differences_->points();
  std::vector<Eigen::Index> columns;
  for (Eigen::Index n = 0; n < points.size(); ++n)
    if (points.positions[static_cast<std::size_t>(n)] % each == 0) columns.push_back(n);
  BatchEvaluation samples{points.select(columns)};
  samples.gradients = Eigen::MatrixXd::Zero(samples.dimension(), samples.size());
  for (Eigen::Index n = 0; n < samples.size(); ++n) {
    const Eigen::Index first = points.positions[static_cast<std::size_t>(columns[static_cast<std::size_t>(n)])];
    samples.positions.push_back(first / each);
    if (samples.status(n) == EvaluationStatus::value)
      samples.gradients.col(n) = differences_->gradient(samples.samples.col(n), log_densities.segment(first, each));
  }
  for (const Eigen::Index position : points.failed)
    if (position % each == 0) samples.failed.push_back(position / each);
  samples.reasons = std::move(points.reasons);
  samples.own_evaluations = points.own_evaluations;
  samples.evaluations = points.evaluations;
  samples.failures = points.failures;
  return samples;
}

// With their gradients, whose points other ranks may have: a database finds them there again, as it does samples of
// targets that give gradients. Their outputs it finds with the points, if this process has kept these.
void Evaluator::keep_samples(const BatchEvaluation& own, const UnderWay& batch) {
  if (!host_.archive) return;
  const auto start = Clock::now();
  const auto is_earlier = [&](std::size_t n) {
    return std::ranges::binary_search(batch.part.earlier, own.positions[n] * batch.request.points_per_sample);
  };
  comm::attempt_on_all(communicator_, [&] {
    for (std::size_t begin = 0, end = 0; begin < own.positions.size(); begin = end) {
      for (end = begin + 1; end < own.positions.size(); ++end)
        if (own.positions[end] != own.positions[end - 1] + 1 || is_earlier(end) != is_earlier(begin)) break;
      FinishedGroup group{own.slice(static_cast<Eigen::Index>(begin), static_cast<Eigen::Index>(end - begin)),
                          batch.request.batch,
                          own.positions[begin],
                          0.0,
                          {}};
      if (!is_earlier(begin)) group.outputs.resize(0, 0);
      host_.archive->keep(group);
    }
  });
  account_.journal += seconds_since(start);
}

void Evaluator::say_where_floating_point_changed(int rank) {
  if (std::exchange(floating_point_said_, true) || !communicator_.is_root()) return;
  core::log().warn("{}", floating_point_warning(fmt::format(" on rank {}", rank)));
}

// `result.failed` is still in the order of the ranks, of which each has `counts`.
void Evaluator::report_failures(const BatchEvaluation& result, const EvaluationRequest& request,
                                const std::vector<std::size_t>& counts) const {
  const std::vector<int> wanted = communicator_.all_gather(host_.report_failures ? 1 : 0);
  if (wanted.front() == 0) return;
  Eigen::MatrixXd own(target_.dimension(), static_cast<Eigen::Index>(result.reasons.size()));
  std::string own_reasons;
  for (Eigen::Index n = 0, i = 0; n < result.size(); ++n)
    if (result.status(n) == EvaluationStatus::failure) own.col(i++) = result.samples.col(n);
  for (const std::string& reason : result.reasons) own_reasons += reason + '\0';
  std::vector<std::size_t> numbers = counts;
  for (std::size_t& count : numbers) count *= static_cast<std::size_t>(target_.dimension());
  const auto samples =
      communicator_.gather(std::span<const double>(own.data(), static_cast<std::size_t>(own.size())), numbers);
  const auto reasons =
      communicator_.gather(std::span<const char>(own_reasons), communicator_.all_gather(own_reasons.size()));
  comm::attempt_on_root(communicator_, [&] {
    std::vector<FailedSample> failed;
    const double* sample = samples.data();
    const char* reason = reasons.data();
    for (std::size_t rank = 0; rank < counts.size(); ++rank) {
      for (std::size_t i = 0; i < counts[rank]; ++i) {
        failed.push_back({.batch = request.batch,
                          .position = result.failed[failed.size()],
                          .rank = static_cast<int>(rank),
                          .sample = Eigen::Map<const Eigen::VectorXd>(sample, target_.dimension()),
                          .reason = reason});
        sample += target_.dimension();
        reason += failed.back().reason.size() + 1;
      }
    }
    std::ranges::sort(failed, {}, &FailedSample::position);
    for (FailedSample& each : failed) each.position /= request.points_per_sample;
    host_.report_failures(failed);
  });
}

// What was evaluated by an earlier process is not evaluated again.
Evaluator::Part Evaluator::known_part(const EvaluationRequest& request) {
  const Groups groups(request.size, target_);
  Part part;
  std::vector<int> holders(static_cast<std::size_t>(groups.count()), -1);
  if (host_.archive && host_.archive->has_earlier_groups()) {
    part.groups = host_.archive->take(request.batch);
    std::erase_if(part.groups, [&](const FinishedGroup& group) { return !is_of(request, group); });
    std::vector<Eigen::Index> own;
    for (const FinishedGroup& group : part.groups) own.push_back(*groups.starting_at(group.first));
    const auto counts = communicator_.all_gather(own.size());
    const auto all = communicator_.all_gather(std::span<const Eigen::Index>(own), counts);
    auto next = all.begin();
    for (std::size_t rank = 0; rank < counts.size(); ++rank)
      for (std::size_t i = 0; i < counts[rank]; ++i)
        if (int& holder = holders[static_cast<std::size_t>(*next++)]; holder < 0) holder = static_cast<int>(rank);
    // Of what several ranks have, or one twice, one counts.
    std::vector<bool> taken(holders.size(), false);
    std::erase_if(part.groups, [&](const FinishedGroup& group) {
      const auto number = static_cast<std::size_t>(*groups.starting_at(group.first));
      const bool superfluous = holders[number] != communicator_.rank() || taken[number];
      taken[number] = true;
      return superfluous;
    });
  }
  for (const FinishedGroup& group : part.groups)
    for (Eigen::Index n = 0; n < group.size(); ++n) part.earlier.push_back(group.first + n);
  std::ranges::sort(part.earlier);
  for (Eigen::Index group = 0; group < groups.count(); ++group)
    if (holders[static_cast<std::size_t>(group)] < 0) part.missing.push_back(group);
  part.any_known = part.missing.size() < holders.size();
  return part;
}

// Whether an earlier group is one of this batch, of the same samples, bit for bit: a batch has another size than
// before, or other samples, where settings that may change have changed.
bool Evaluator::is_of(const EvaluationRequest& request, const FinishedGroup& group) const {
  const Groups groups(request.size, target_);
  const auto number = groups.starting_at(group.first);
  const Eigen::Index size = group.size();
  if (!number || size != groups.size(*number)) return false;
  if (group.gradients.cols() != (request.want_gradients ? size : 0)) return false;
  if (!group.failure.empty() && options_.on_failure == EvaluationOptions::FailurePolicy::abort) return false;
  Eigen::MatrixXd samples(target_.dimension(), size);
  request.draw(group.first, samples);
  const auto bytes = static_cast<std::size_t>(samples.size()) * sizeof(double);
  return std::memcmp(samples.data(), group.samples.data(), bytes) == 0;
}

void Evaluator::take(FinishedGroup&& group, UnderWay& batch) {
  if (BusyClock::kind_of(group.batch) == BusyClock::Kind::iteration) account_.calls.push_back(group.seconds);
  // A failure that aborts is not kept: the run may go on once the target is mended.
  if (options_.on_failure == EvaluationOptions::FailurePolicy::abort && !group.failure.empty())
    throw Error(abortion(group.first / batch.request.points_per_sample, group.batch, group.failure),
                ExitCode::unavailable);
  const auto start = Clock::now();
  const double busy = busy_in_all();
  if (host_.archive) host_.archive->keep(group);
  // What is written while the worker evaluates takes no time of its own; outside of collect() it is of what goes on.
  if (collecting_) account_.journal += std::max(0.0, seconds_since(start) - (busy_in_all() - busy));
  batch.part.groups.push_back(std::move(group));
}

// As many consecutive missing groups as every other rank. The surplus goes round with the batches: a rank that always
// had more than the others would keep more samples, too.
void Evaluator::evaluate_fixed_share(UnderWay& batch) {
  if (communicator_.rank() >= evaluators_) return;
  const std::vector<Eigen::Index>& missing = batch.part.missing;
  const auto count = missing.size();
  const auto ranks = static_cast<std::size_t>(evaluators_),
             share = (static_cast<std::size_t>(communicator_.rank()) + batch.request.batch) % ranks;
  for (std::size_t i = count * share / ranks; i < count * (share + 1) / ranks; ++i) {
    const auto start = Clock::now();
    FinishedGroup group =
        evaluate_group(slots_->target(0), batch.request, missing[i], options_.max_retries, slots_->attempts(0));
    account_.drawing += std::max(0.0, seconds_since(start) - group.seconds);
    take(std::move(group), batch);
  }
}

OnDemand::Job Evaluator::job_of(const std::shared_ptr<UnderWay>& batch) {
  OnDemand::Job job{.count = static_cast<std::int64_t>(batch->part.missing.size()),
                    .urgent = batch->request.beside,
                    .evaluate =
                        [batch, slots = slots_, retries = options_.max_retries](std::int64_t task, int slot) {
                          return evaluate_group(slots->target(slot), batch->request,
                                                batch->part.missing[static_cast<std::size_t>(task)], retries,
                                                slots->attempts(slot));
                        },
                    .take = [this, batch](FinishedGroup&& group) { take(std::move(group), *batch); }};
  if (host_.report_progress) {
    const EvaluationRequest& request = batch->request;
    const Groups groups(request.size, target_);
    std::int64_t to_do = 0;
    for (const Eigen::Index group : batch->part.missing) to_do += groups.size(group);
    const std::int64_t known = request.size - to_do;
    BatchProgress progress{.size = request.size, .done = known, .known = known, .beside = request.beside};
    job.report = [this, progress, to_do, count = job.count](std::int64_t done) mutable {
      progress.done = progress.known + (count > 0 ? to_do * done / count : 0);
      progress.in_flight = static_cast<std::int64_t>(on_demand_->jobs());
      progress.oldest_seconds = oldest_seconds();
      host_.report_progress(progress);
    };
  }
  return job;
}

}  // namespace gmmvi::evaluation

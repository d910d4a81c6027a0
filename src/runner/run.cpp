#include "runner/run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <limits>

#include "comm/on_root.hpp"
#include "core/log.hpp"
#include "core/seconds_since.hpp"
#include "evaluation/stopped.hpp"
#include "runner/text.hpp"

namespace gmmvi::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t most_fit_samples = 2000;  // one rank handles them alone

using core::seconds_since;

class Run {
 public:
  Run(Gmmvi& gmmvi, const RunOptions& options, const Communicator& ranks, const std::vector<Observer*>& observers,
      const FitMetrics* fit_metrics, const RunKeeping& keeping)
      : gmmvi_(gmmvi),
        options_(options),
        ranks_(ranks),
        observers_(observers),
        fit_metrics_(fit_metrics),
        keeping_(keeping),
        recent_(keeping.recent) {
    progress_.ranks = ranks_.size();
    progress_.report.components = std::visit([](const auto& mixture) { return mixture.size(); }, gmmvi_.mixture());
    if (!keeping_.resumed) return;
    const io::Checkpoint& resumed = *keeping_.resumed;
    progress_.report.iteration = resumed.solver.iterations;
    progress_.report.evaluations = resumed.solver.evaluations;
    progress_.report.failures = resumed.solver.failures;
    progress_.report.elbo_estimate = recent_.last_estimate();
    progress_.metrics_evaluations = resumed.metrics_evaluations;
    progress_.algorithm_seconds = resumed.algorithm_seconds;
    progress_.metrics_seconds = resumed.metrics_seconds;
    earlier_seconds_ = resumed.wall_seconds;
    best_iteration_ = resumed.best_iteration;
    if (best_iteration_ > 0) best_estimate_ = resumed.best_estimate;
  }

  RunResult operator()() {
    gmmvi_.limit(
        {.iterations = options_.iterations, .evaluations = options_.max_evaluations.value_or(Limits().evaluations)});
    gmmvi_.book(&RankSeconds::output);
    gmmvi_.take_seconds();  // the time before does not belong to the run
    std::optional<StopReason> stop = agreed_stop_reason();
    if (stop && is_complete(*stop) && keeping_.resumed) return nothing_to_do(*stop);
    note_checkpoint();
    tell([this](Observer& observer) { observer.started(progress_, gmmvi_.mixture()); });
    if (stop && is_complete(*stop)) stop = measure_at_once(*stop);
    while (!stop) stop = iterate();
    if (gmmvi_.flight().batches > 0) gmmvi_.end_evaluations();
    gmmvi_.book(&RankSeconds::output);
    progress_.job_seconds += gmmvi_.take_seconds();
    progress_.verdict = verdict(*stop);
    tell([&](Observer& observer) { observer.finished(progress_, gmmvi_.mixture(), *stop); });
    if (keeping_.checkpoints != nullptr && (!is_complete(*stop) || keeping_.checkpoints->has_journal()))
      keep(*stop == StopReason::interrupted ? core::Flush::later : core::Flush::now);
    // Last: it may take minutes, and memory.
    if (is_complete(*stop) && keeping_.keep_outputs) keeping_.keep_outputs();
    return {*stop, progress_};
  }

 private:
  // What an earlier job said of the run stays.
  RunResult nothing_to_do(StopReason stop) const {
    if (ranks_.is_root()) core::log().info("{}", had_ended(stop));
    return {stop, progress_};
  }

  // No iteration is wanted, but something can be said of the mixture.
  StopReason measure_at_once(StopReason stop) {
    try {
      measure();
      measure_for_nothing();
      return stop;
    } catch (const evaluation::Stopped&) {
      return stopped();
    }
  }

  std::optional<StopReason> iterate() {
    const auto start = Clock::now();
    try {
      progress_.report = gmmvi_.train_iter();
    } catch (const evaluation::Stopped&) {
      gmmvi_.book_unfinished();
      return stopped();
    }
    progress_.algorithm_seconds += seconds_since(start);
    note_times();
    note_estimate(progress_.report);
    recent_.note(progress_.report);
    const std::optional<StopReason> stop = agreed_stop_reason();
    progress_.elbo.reset();
    progress_.fit.reset();
    progress_.end_of_block = stop || gmmvi_.iterations() % options_.log_metrics_interval == 0;
    try {
      if (progress_.end_of_block && stop != StopReason::interrupted) measure();
      if (stop && is_complete(*stop)) measure_for_nothing();
    } catch (const evaluation::Stopped&) {
      tell([this](Observer& observer) { observer.iterated(progress_, gmmvi_.mixture()); });
      return stop ? stop : stopped();
    }
    tell([this](Observer& observer) { observer.iterated(progress_, gmmvi_.mixture()); });
    if (!stop && keeping_.checkpoints != nullptr && keeping_.checkpoints->is_due(gmmvi_.iterations()))
      keep(core::Flush::now);
    return stop;
  }

  void note_times() {
    const IterationReport& report = progress_.report;
    progress_.job_seconds += report.seconds;
    for (const double seconds : report.evaluation_seconds) progress_.job_evaluations.note(seconds);
  }

  void note_estimate(const IterationReport& report) {
    if (!report.elbo_estimate || !(*report.elbo_estimate > best_estimate_)) return;
    best_estimate_ = *report.elbo_estimate;
    best_iteration_ = report.iteration;
  }

  void measure() {
    const std::int64_t samples = options_.metrics_samples.value_or(0);
    if (samples == 0) return;
    const auto start = Clock::now();
    try {
      progress_.elbo = gmmvi_.estimate_elbo(samples);
    } catch (const evaluation::Stopped&) {
      gmmvi_.book(&RankSeconds::metrics);
      throw;
    }
    progress_.metrics_evaluations += progress_.elbo->drawn();
    comm::attempt_on_root(ranks_, [&] {
      if (fit_metrics_ == nullptr) return;
      const auto iteration = static_cast<std::uint64_t>(gmmvi_.iterations());
      progress_.fit = (*fit_metrics_)(gmmvi_.mixture(), std::min(samples, most_fit_samples), iteration);
    });
    progress_.metrics_seconds += seconds_since(start);
    gmmvi_.book(&RankSeconds::metrics);
  }

  // From the evaluations that were made, where none are to be spent.
  void measure_for_nothing() {
    if (progress_.elbo || gmmvi_.iterations() == 0) return;
    const auto start = Clock::now();
    const ElboEstimate elbo = gmmvi_.recycled_elbo();
    if (elbo.samples + elbo.outside > 0) progress_.elbo = elbo;
    progress_.metrics_seconds += seconds_since(start);
  }

  io::Verdict verdict(StopReason stop) const {
    VerdictFacts facts{.complete = is_complete(stop),
                       .iterations = progress_.report.iteration,
                       .evaluations = progress_.report.evaluations,
                       .failures = progress_.report.failures,
                       .elbo_estimate = progress_.report.elbo_estimate,
                       .elbo = progress_.elbo,
                       .recent = recent_.summary(),
                       .modes_found = {},
                       .modes = {},
                       .gradients_are_outside = keeping_.gradients_are_outside};
    if (progress_.fit)
      for (const TargetMetric& metric : progress_.fit->target) {
        if (metric.name == "modes_found") facts.modes_found = metric.value;
        if (metric.name == "modes") facts.modes = metric.value;
      }
    return judge(facts);
  }

  void keep(core::Flush flush) {
    keeping_.checkpoints->write(gmmvi_,
                                {.solver = {},
                                 .wall_seconds = wall_seconds(),
                                 .algorithm_seconds = progress_.algorithm_seconds,
                                 .metrics_seconds = progress_.metrics_seconds,
                                 .metrics_evaluations = progress_.metrics_evaluations,
                                 .best_estimate = best_iteration_ > 0 ? best_estimate_ : 0.0,
                                 .best_iteration = best_iteration_},
                                flush);
    if (note_checkpoint()) tell([this](Observer& observer) { observer.kept(progress_); });
  }

  // Whether there is another one than before; the same on all ranks.
  bool note_checkpoint() {
    std::int64_t newest = keeping_.checkpoints == nullptr ? -1 : keeping_.checkpoints->newest().value_or(-1);
    ranks_.broadcast(newest);
    const bool is_new = newest >= 0 && progress_.checkpoint != newest;
    if (is_new) progress_.checkpoint = newest;
    return is_new;
  }

  std::optional<StopReason> agreed_stop_reason() {
    auto reason = stop_reason(options_, gmmvi_.iterations(), gmmvi_.evaluations(), wall_seconds());
    if (!reason && options_.patience && gmmvi_.iterations() - best_iteration_ >= *options_.patience)
      reason = StopReason::patience;
    const std::vector<int> all = ranks_.all_gather(code(keeping_.job_end.reason()));
    const auto job = reason_of(std::ranges::max(all)), run = reason_of(all_of_root(code(reason)));
    // A run that is done has nothing to be resumed for.
    return run && job != StopReason::interrupted ? run : job;
  }

  // Why evaluations were stopped; a signal that came to another rank may not have come to this one.
  StopReason stopped() {
    const std::vector<int> all = ranks_.all_gather(code(keeping_.job_end.reason()));
    return reason_of(std::ranges::max(all)).value_or(StopReason::suspended);
  }

  static int code(std::optional<StopReason> reason) { return reason ? static_cast<int>(*reason) : -1; }
  static std::optional<StopReason> reason_of(int code) {
    if (code < 0) return std::nullopt;
    return static_cast<StopReason>(code);
  }
  int all_of_root(int value) {
    ranks_.broadcast(value);
    return value;
  }

  double wall_seconds() const { return earlier_seconds_ + seconds_since(start_); }

  void tell(const std::function<void(Observer&)>& what) {
    progress_.wall_seconds = wall_seconds();
    progress_.job_seconds_left = keeping_.job_end.seconds_to_go();
    comm::attempt_on_root(ranks_, [&] {
      for (Observer* observer : observers_) what(*observer);
    });
  }

  Gmmvi& gmmvi_;
  const RunOptions& options_;
  const Communicator& ranks_;
  const std::vector<Observer*>& observers_;
  const FitMetrics* fit_metrics_;  // or none
  const RunKeeping& keeping_;
  Clock::time_point start_ = Clock::now();
  double earlier_seconds_ = 0.0;  // of the jobs before
  Progress progress_;
  RecentHistory recent_;
  double best_estimate_ = -std::numeric_limits<double>::infinity();
  std::int64_t best_iteration_ = 0;  // that had it
};

}  // namespace

RunOptions resolved(RunOptions options, const Target& target) {
  constexpr std::int64_t samples_of_cheap_targets = 10000;
  if (!options.metrics_samples) options.metrics_samples = target.cheap() ? samples_of_cheap_targets : 0;
  return options;
}

std::optional<StopReason> stop_reason(const RunOptions& options, std::int64_t iterations, std::int64_t evaluations,
                                      double wall_seconds) {
  if (iterations >= options.iterations) return StopReason::iterations;
  if (options.max_evaluations && evaluations >= *options.max_evaluations) return StopReason::max_evaluations;
  if (options.max_seconds && wall_seconds >= *options.max_seconds) return StopReason::max_seconds;
  return std::nullopt;
}

RunResult run(Gmmvi& gmmvi, const RunOptions& options, const Communicator& ranks,
              const std::vector<Observer*>& observers, const FitMetrics* fit_metrics,
              const std::optional<RunKeeping>& keeping) {
  try {
    return Run(gmmvi, options, ranks, observers, fit_metrics, keeping.value_or(RunKeeping{JobEnd(options)}))();
  } catch (const std::exception& error) {
    for (Observer* observer : observers) observer->failed(error.what());
    gmmvi.end_evaluations();  // so that it is known whether one was left behind
    throw;
  }
}

}  // namespace gmmvi::runner

#include "runner/run.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <limits>

#include "comm/on_root.hpp"
#include "runner/interruption.hpp"

namespace gmmvi::runner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t most_fit_samples = 2000;  // one rank handles them alone

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Run {
 public:
  Run(Gmmvi& gmmvi, const RunOptions& options, const Communicator& ranks, const std::vector<Observer*>& observers,
      const FitMetrics* fit_metrics)
      : gmmvi_(gmmvi), options_(options), ranks_(ranks), observers_(observers), fit_metrics_(fit_metrics) {}

  RunResult operator()() {
    progress_.report.components = std::visit([](const auto& mixture) { return mixture.size(); }, gmmvi_.mixture());
    tell([this](Observer& observer) { observer.started(progress_, gmmvi_.mixture()); });
    std::optional<StopReason> stop = agreed_stop_reason();
    if (stop) measure();  // nothing to do, but something to say
    while (!stop) stop = iterate();
    tell([&](Observer& observer) { observer.finished(progress_, gmmvi_.mixture(), *stop); });
    return {*stop, progress_};
  }

 private:
  std::optional<StopReason> iterate() {
    const auto start = Clock::now();
    progress_.report = gmmvi_.train_iter();
    progress_.algorithm_seconds += seconds_since(start);
    note_estimate(progress_.report);
    const std::optional<StopReason> stop = agreed_stop_reason();
    progress_.elbo.reset();
    progress_.fit.reset();
    progress_.end_of_block = stop || gmmvi_.iterations() % options_.log_metrics_interval == 0;
    if (progress_.end_of_block) measure();
    tell([this](Observer& observer) { observer.iterated(progress_, gmmvi_.mixture()); });
    return stop;
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
    progress_.elbo = gmmvi_.estimate_elbo(samples);
    progress_.metrics_evaluations += progress_.elbo->samples + progress_.elbo->outside;
    comm::attempt_on_root(ranks_, [&] {
      if (fit_metrics_ == nullptr) return;
      const auto iteration = static_cast<std::uint64_t>(gmmvi_.iterations());
      progress_.fit = (*fit_metrics_)(gmmvi_.mixture(), std::min(samples, most_fit_samples), iteration);
    });
    progress_.metrics_seconds += seconds_since(start);
  }

  std::optional<StopReason> agreed_stop_reason() {
    auto reason = stop_reason(options_, gmmvi_.iterations(), gmmvi_.evaluations(), seconds_since(start_));
    if (!reason && options_.patience && gmmvi_.iterations() - best_iteration_ >= *options_.patience)
      reason = StopReason::patience;
    if (interrupted()) reason = StopReason::interrupted;
    int code = reason ? static_cast<int>(*reason) : -1;
    ranks_.broadcast(code);
    if (code < 0) return std::nullopt;
    return static_cast<StopReason>(code);
  }

  void tell(const std::function<void(Observer&)>& what) {
    progress_.wall_seconds = seconds_since(start_);
    comm::attempt_on_root(ranks_, [&] {
      for (Observer* observer : observers_) what(*observer);
    });
  }

  Gmmvi& gmmvi_;
  const RunOptions& options_;
  const Communicator& ranks_;
  const std::vector<Observer*>& observers_;
  const FitMetrics* fit_metrics_;  // or none
  Clock::time_point start_ = Clock::now();
  Progress progress_;
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
              const std::vector<Observer*>& observers, const FitMetrics* fit_metrics) {
  try {
    return Run(gmmvi, options, ranks, observers, fit_metrics)();
  } catch (const std::exception& error) {
    for (Observer* observer : observers) observer->failed(error.what());
    throw;
  }
}

}  // namespace gmmvi::runner

#include "runner/run.hpp"

#include <chrono>
#include <exception>
#include <functional>

#include "comm/on_root.hpp"

namespace gmmvi::runner {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class Run {
 public:
  Run(Gmmvi& gmmvi, const RunOptions& options, const Communicator& ranks, const std::vector<Observer*>& observers)
      : gmmvi_(gmmvi), options_(options), ranks_(ranks), observers_(observers) {}

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
    const std::optional<StopReason> stop = agreed_stop_reason();
    progress_.elbo.reset();
    progress_.end_of_block = stop || gmmvi_.iterations() % options_.log_metrics_interval == 0;
    if (progress_.end_of_block) measure();
    tell([this](Observer& observer) { observer.iterated(progress_, gmmvi_.mixture()); });
    return stop;
  }

  void measure() {
    const std::int64_t samples = options_.metrics_samples.value_or(0);
    if (samples == 0) return;
    progress_.elbo = gmmvi_.estimate_elbo(samples);
    progress_.metrics_evaluations += progress_.elbo->samples + progress_.elbo->outside;
  }

  std::optional<StopReason> agreed_stop_reason() {
    auto reason = stop_reason(options_, gmmvi_.iterations(), gmmvi_.evaluations(), seconds_since(start_));
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
  Clock::time_point start_ = Clock::now();
  Progress progress_;
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
              const std::vector<Observer*>& observers) {
  try {
    return Run(gmmvi, options, ranks, observers)();
  } catch (const std::exception& error) {
    for (Observer* observer : observers) observer->failed(error.what());
    throw;
  }
}

}  // namespace gmmvi::runner

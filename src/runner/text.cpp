#include "runner/text.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gmmvi::runner {
namespace {

std::string with_standard_error(const ElboEstimate& elbo) {
  const double error = elbo.standard_error;
  if (!std::isfinite(error)) return fmt::format("{:.2f}", 0.0 - elbo.value);
  const int digits = error > 0.0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 6) : 2;
  return fmt::format("{0:.{2}f} ± {1:.{2}f}", 0.0 - elbo.value, error, digits);
}

bool measured(const Progress& progress) {
  return progress.elbo && progress.elbo->samples > 0;
}

std::string source_of(const ElboEstimate& elbo) {
  if (elbo.outside == 0) return fmt::format("{} samples", elbo.samples);
  return fmt::format("{} of {} samples; the other {} had no finite log density and are left out", elbo.samples,
                     elbo.samples + elbo.outside, elbo.outside);
}

// Of weights that are all equal, as for a mixture that is the target, no tail can be fitted, nor need it be.
std::string judged_pareto_k(const ElboEstimate& elbo) {
  constexpr double trusted = 0.7, all = 0.999, few = 100.0;
  const auto samples = static_cast<double>(elbo.samples + elbo.outside);
  if (elbo.effective_sample_size >= all * samples && !std::isfinite(elbo.pareto_k)) return "equal weights";
  const std::string k = fmt::format("Pareto k {:.2f}", elbo.pareto_k);
  if (!(elbo.pareto_k < trusted)) return k + ": not to be trusted";
  return elbo.effective_sample_size < few ? k + ": rough, since few samples count" : k;
}

}  // namespace

std::string negative_elbo(const Progress& progress) {
  if (measured(progress)) return with_standard_error(*progress.elbo);
  if (progress.report.elbo_estimate) return fmt::format("≈ {:.2f}", 0.0 - *progress.report.elbo_estimate);
  return "–";
}

std::string explained_negative_elbo(const Progress& progress) {
  const std::string value = negative_elbo(progress);
  if (measured(progress)) return fmt::format("{} ({})", value, source_of(*progress.elbo));
  if (progress.report.elbo_estimate) return value + " (an estimate from the last iteration's own samples)";
  return value + (progress.report.iteration == 0 ? " (not measured)" : " (no sample had a finite log density)");
}

std::string evidence(const ElboEstimate& elbo) {
  return fmt::format("log {:.2f} by importance sampling (effective sample size {:.0f} of {}, {})", elbo.log_evidence,
                     elbo.effective_sample_size, elbo.samples + elbo.outside, judged_pareto_k(elbo));
}

std::string metrics(const Progress& progress) {
  if (!progress.fit) return "";
  std::vector<std::string> texts;
  for (const TargetMetric& metric : progress.fit->target)
    texts.push_back(fmt::format("{} {:.4g}", metric.name, metric.value));
  if (progress.fit->mmd) texts.push_back(fmt::format("mmd {:.4g}", *progress.fit->mmd));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string evaluation_times(const Progress& progress) {
  const auto times = progress.job_evaluations.distribution();
  if (!times) return "";
  return fmt::format("{:.3g} s on average (median {:.3g}, 95 % within {:.3g}, longest {:.3g})", times->mean,
                     times->median, times->p95, times->max);
}

std::string where_time_went(const Progress& progress) {
  constexpr double worth_telling = 0.0005;
  const double total = progress.job_seconds.total();
  std::vector<std::string> texts;
  for (const RankSecondsPart& part : rank_seconds_parts)
    if (const double share = progress.job_seconds.*part.seconds / total; share >= worth_telling)
      texts.push_back(fmt::format("{} {:.1f} %", part.name, 100.0 * share));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string had_ended(StopReason reason) {
  return fmt::format("The run had come to its end: {}. To go on, raise that.", to_text(reason));
}

const char* name_of(StopReason reason) {
  switch (reason) {
    case StopReason::iterations:
      return "iterations";
    case StopReason::max_evaluations:
      return "max_evaluations";
    case StopReason::max_seconds:
      return "max_seconds";
    case StopReason::patience:
      return "patience";
    case StopReason::suspended:
      return "suspended";
    case StopReason::interrupted:
      return "interrupted";
  }
  return "";
}

std::string to_text(StopReason reason) {
  switch (reason) {
    case StopReason::iterations:
      return "all iterations are done (run.iterations)";
    case StopReason::max_evaluations:
      return "the evaluations are used up (run.max_evaluations)";
    case StopReason::max_seconds:
      return "the time is used up (run.max_seconds)";
    case StopReason::patience:
      return "the ELBO estimate has not grown any more (run.patience)";
    case StopReason::suspended:
      return "its job is to end (SIGUSR1, run.max_wall_time or SLURM's limit), and it can be resumed";
    case StopReason::interrupted:
      return "a signal interrupted the run";
  }
  return "";
}

}  // namespace gmmvi::runner

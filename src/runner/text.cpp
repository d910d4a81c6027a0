#include "runner/text.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gmmvi::runner {
namespace {

bool measured(const Progress& progress) {
  return progress.elbo && progress.elbo->samples > 0;
}

std::string source_of(const ElboEstimate& elbo) {
  const bool fresh = elbo.source == ElboEstimate::Source::fresh;
  std::string text =
      fmt::format("{} {}", elbo.samples, fresh ? "fresh samples" : "of the run's own evaluations, weighted");
  if (elbo.outside > 0) text += fmt::format("; {} more were outside the support", elbo.outside);
  if (elbo.failures > 0) text += fmt::format("; {} gave no value", elbo.failures);
  return text;
}

// What arithmetic in double precision leaves of zero.
constexpr double rounding = 1e-11;

/// 4 digits, and no number where there is only rounding.
std::string number(double value) {
  return std::abs(value) < rounding ? "0" : fmt::format("{:.4g}", value);
}

/// With so many decimals, and the minus sign of −ELBO; one that is too large for any decimals as a power of ten.
std::string decimal(double value, int decimals) {
  constexpr double largest = 1e15;
  const double size = std::abs(value);
  return (value < 0.0 ? "−" : "") +
         (size < largest ? fmt::format("{:.{}f}", size, decimals) : fmt::format("{:.6g}", size));
}

}  // namespace

std::string with_error(double value, double error) {
  if (!std::isfinite(error)) return decimal(value, 2);
  constexpr double smallest_shown = 5e-7;
  const bool exact = error < rounding;
  if (error < smallest_shown) {
    const std::string text = std::abs(value) < smallest_shown ? "0" : decimal(value, 6);
    if (exact) return text + " within rounding";
    return fmt::format("{} ± {:.0e}", text, error);
  }
  const int digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 6);
  const bool is_zero = std::abs(value) < 0.5 * std::pow(10.0, -digits);  // which may be a −0
  return decimal(is_zero ? 0.0 : value, digits) + " ± " + decimal(error, digits);
}

std::string negative_elbo(const Progress& progress) {
  if (measured(progress)) return with_error(0.0 - progress.elbo->value, progress.elbo->standard_error);
  if (progress.report.elbo_estimate) return "≈ " + decimal(0.0 - *progress.report.elbo_estimate, 2);
  return "–";
}

std::string explained_negative_elbo(const ElboEstimate& elbo) {
  const std::string value = elbo.samples > 0 ? with_error(0.0 - elbo.value, elbo.standard_error) : "–";
  return fmt::format("{} ({})", value, source_of(elbo));
}

std::string explained_negative_elbo(const Progress& progress) {
  const std::string value = negative_elbo(progress);
  if (measured(progress)) return explained_negative_elbo(*progress.elbo);
  if (progress.report.elbo_estimate) return value + " (from samples that the mixture was fitted to: too good)";
  return value +
         (progress.report.iteration == 0 ? " (not measured)" : " (not measured, or no sample lay inside the support)");
}

std::string evidence(const ElboEstimate& elbo) {
  const std::string value = with_error(elbo.log_evidence, elbo.log_evidence_standard_error);
  const bool has_k = std::isfinite(elbo.pareto_k);
  return fmt::format("{} (importance sampling: {:.0f} of {} samples count{})", value, elbo.effective_sample_size,
                     elbo.samples + elbo.outside, has_k ? ", Pareto k " + decimal(elbo.pareto_k, 2) : "");
}

std::string metrics(const Progress& progress) {
  if (!progress.fit) return "";
  std::vector<std::string> texts;
  for (const TargetMetric& metric : progress.fit->target)
    texts.push_back(fmt::format("{} {}", metric.name, number(metric.value)));
  if (const auto& moments = progress.fit->moments) {
    texts.push_back("worst_mean_error " + number(moments->worst_mean));
    texts.push_back("worst_log_sd_error " + number(moments->worst_log_sd));
  }
  if (progress.fit->mmd) texts.push_back("mmd " + number(*progress.fit->mmd));
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string evaluation_times(const Progress& progress) {
  const auto times = progress.job_evaluations.distribution();
  if (!times) return "";
  return fmt::format("{:.3g} s on average (median {:.3g}, 95 % within {:.3g}, longest {:.3g})", times->mean,
                     times->median, times->p95, times->max);
}

std::string time_text(const Progress& progress) {
  const double share = progress.job_seconds.utilization();
  return fmt::format(
      "{:.2f} s{}", progress.wall_seconds,
      std::isfinite(share) ? fmt::format("; {:.0f} % of the ranks' time in evaluations", 100.0 * share) : "");
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
  const std::string name = name_of(reason);
  std::string option = "--" + name;
  std::ranges::replace(option, '_', '-');
  if (reason == StopReason::patience) option = "--set run.patience=…";
  return fmt::format("The run had come to its end: {}. To go on, raise that ({}).", to_text(reason), option);
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

std::string ranks_text(int ranks, int ranks_per_evaluation) {
  std::string all = fmt::format("{} rank{}", ranks, ranks == 1 ? "" : "s");
  if (ranks_per_evaluation == 1) return all;
  const int teams = ranks / ranks_per_evaluation, left = ranks % ranks_per_evaluation;
  return fmt::format("{} in {} team{} of {}{}", all, teams, teams == 1 ? "" : "s", ranks_per_evaluation,
                     left == 0   ? ""
                     : left == 1 ? ", and 1 that fills no team and evaluates nothing"
                                 : fmt::format(", and {} that fill no team and evaluate nothing", left));
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

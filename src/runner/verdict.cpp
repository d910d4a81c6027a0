#include "runner/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "io/metrics_reader.hpp"
#include "math/trend.hpp"
#include "runner/text.hpp"

namespace gmmvi::runner {
namespace {

using io::Finding;
using io::RecentIterations;
using Severity = Finding::Severity;
using Findings = std::vector<Finding>;

// Nats, but for shares and k.
constexpr double visible_growth = 0.1, slow_growth = 0.05, large_growth = 1.0, rising = 0.5;
constexpr double near = 0.1, far = 1.0;
constexpr double useful_sample_size = 100.0, plenty = 1000.0;
constexpr double worth_telling_outside = 0.01, mostly_outside = 0.2;
constexpr double many_refusals = 0.05, mostly_refused = 0.3, many_failures = 0.1;
constexpr std::int64_t fewest_estimates = 10;

std::string percent(double share) {
  return share >= 0.0995 ? fmt::format("{:.0f} %", 100.0 * share) : fmt::format("{:.2g} %", 100.0 * share);
}

std::string several(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// A difference of log densities: two digits, and none that mean nothing.
std::string nats(double value) {
  if (std::abs(value) < 0.005) return "0.00";
  return std::abs(value) < 10.0 ? fmt::format("{:.2f}", value) : fmt::format("{:.0f}", value);
}

/// Below 0 there are no large weights at all, and how far below says no more.
std::string k_text(double pareto_k) {
  return pareto_k < 0.0 ? "below 0" : fmt::format("{:.2f}", pareto_k);
}

/// By how many standard deviations a mean is off if that is what a divergence is due to.
std::string deviations_of(double divergence) {
  const double deviations = std::sqrt(2.0 * divergence);
  const std::string number = fmt::format("{:.{}f}", deviations, deviations < 1.5 ? 1 : 0);
  return deviations < 0.95 ? fmt::format("{:.1g}", deviations) : number;
}

bool measured(const VerdictFacts& facts) {
  return facts.elbo && facts.elbo->drawn() > 0;
}

// ---- one thing each

void judge_end(const VerdictFacts& facts, Findings& findings) {
  if (facts.iterations == 0) {
    findings.push_back({Severity::care, "end", "No iteration was made: this is the mixture that the run began with."});
  } else if (!facts.complete && !measured(facts)) {
    findings.push_back({Severity::bad, "end",
                        "The run was stopped before its end, and nothing was measured: how good the mixture is, is not "
                        "known."});
  } else if (!facts.complete) {
    findings.push_back({Severity::care, "end", "The run was stopped before its end."});
  }
}

void judge_numbers(const VerdictFacts& facts, Findings& findings) {
  const bool estimate_is_wrong = facts.elbo_estimate && !std::isfinite(*facts.elbo_estimate);
  const bool elbo_is_wrong = facts.elbo && facts.elbo->samples > 0 && !std::isfinite(facts.elbo->value);
  if (elbo_is_wrong || (estimate_is_wrong && !facts.elbo))
    findings.push_back(
        {Severity::bad, "numbers",
         "The ELBO is not a finite number: the numbers of target or mixture have gone out of range. Look "
         "at the scales of the prior and of the parameters."});
  if (facts.recent.unusable_batches > 0 && !facts.elbo_estimate && !measured(facts))
    findings.push_back({Severity::bad, "numbers",
                        "No sample of the last iteration lay inside the support, so that nothing was learnt."});
}

void judge_outside(const VerdictFacts& facts, Findings& findings) {
  const double share = measured(facts) ? facts.elbo->share_outside : facts.recent.fraction_outside;
  if (!(share > worth_telling_outside)) return;
  findings.push_back(
      {share > mostly_outside ? Severity::bad : Severity::care, "outside",
       fmt::format(
           "{} of the {} outside the support of the target, where log p̃ = −∞{}. What to do: fit in parameters "
           "that have no bounds (log x for x > 0, logit for an interval), with the log of the Jacobian added to "
           "the log density{}. `gmmvi sample --inside` draws inside only.",
           percent(share), measured(facts) ? "mixture lies" : "last iterations' samples lay",
           share > mostly_outside ? ": its means, quantiles and draws are not those of the posterior"
                                  : "; the ELBO is that of the rest",
           share > mostly_outside ? ", or begin nearer to it (model_initialization)" : "")});
}

void judge_modes(const VerdictFacts& facts, Findings& findings) {
  if (!facts.modes_found || !facts.modes || !(*facts.modes > 0.0)) return;
  constexpr double most = 0.75;
  const double share = *facts.modes_found / *facts.modes;
  const auto text =
      fmt::format("{:.0f} of {:.0f} modes of the target are in the mixture", *facts.modes_found, *facts.modes);
  if (share >= 1.0)
    findings.push_back({Severity::fine, "modes", text + "."});
  else
    findings.push_back({share >= most ? Severity::care : Severity::bad, "modes",
                        text + ": the others are missing, whatever ELBO, evidence and k say."});
}

void judge_trend(const VerdictFacts& facts, Findings& findings) {
  const RecentIterations& recent = facts.recent;
  if (facts.iterations == 0) return;
  const auto say = [&](Severity severity, const std::string& text) { findings.push_back({severity, "trend", text}); };
  const std::string span = fmt::format("the last {} ({})", several(recent.iterations, "iteration"),
                                       several(recent.evaluations, "evaluation"));
  constexpr double clear = 3.0;  // times the noise
  const bool grows = recent.correlation >= rising && recent.gain > visible_growth;
  const bool creeps = recent.correlation >= rising && recent.gain > std::max(slow_growth, clear * recent.noise);
  const bool goes_on = recent.recent_gain > 0.5 * slow_growth;
  if (grows && goes_on && recent.estimates > 3) {
    say(recent.gain > large_growth ? Severity::bad : Severity::care,
        fmt::format("Still improving: over {} the ELBO estimate grew by {}. Let it go on for longer.", span,
                    nats(recent.gain)));
  } else if (recent.estimates < fewest_estimates) {
    say(Severity::care, fmt::format("Whether the ELBO still grows cannot be seen from {}: too few.",
                                    several(recent.estimates, "iteration")));
  } else if (grows && creeps) {
    say(Severity::care,
        fmt::format("Over {} the ELBO estimate grew by {}, but little in the second half of them. Growth "
                    "comes in steps, one with each new component: let it go on to be sure.",
                    span, nats(recent.gain)));
  } else if (creeps && goes_on) {
    say(Severity::care, fmt::format("Still improving, slowly: over {} the ELBO estimate grew by {} (noise {}).", span,
                                    nats(recent.gain), nats(recent.noise)));
  } else if (recent.correlation <= -rising && recent.gain < -std::max(visible_growth, clear * recent.noise) &&
             recent.recent_gain < 0.0) {
    say(Severity::care, fmt::format("Over {} the ELBO estimate fell by {}: perhaps the steps are too long, or an "
                                    "iteration has too few samples.",
                                    span, nats(-recent.gain)));
  } else if (recent.noise > large_growth) {
    say(Severity::care,
        fmt::format("Over {} the ELBO estimate did not grow beyond its noise, which is large (± {}): slow "
                    "progress would not show.",
                    span, nats(recent.noise)));
  } else {
    say(Severity::fine, fmt::format("Converged: over {} the ELBO estimate changed by {} (noise {}).", span,
                                    nats(recent.gain), nats(recent.noise)));
  }
}

void judge_importance(const VerdictFacts& facts, Findings& findings) {
  if (!measured(facts) || facts.elbo->samples == 0) return;
  const ElboEstimate& elbo = *facts.elbo;
  const auto say = [&](Severity severity, const std::string& text) {
    findings.push_back({severity, "importance", text});
  };
  const std::string k =
      fmt::format("Pareto k {} from {}", k_text(elbo.pareto_k), several(elbo.samples + elbo.outside, "sample"));
  const bool has_k = std::isfinite(elbo.pareto_k);
  if (!elbo.evidence_is_trusted() && !has_k) {
    say(Severity::care,
        "Too few samples for Pareto k, so that nothing says whether a few large weights carry the "
        "evidence. `gmmvi evidence` draws more.");
  } else if (!elbo.evidence_is_trusted()) {
    say(Severity::care,
        k + " (to be below 0.7): a few samples carry the evidence, which may be off by more than its error says. The "
            "mixture has too little mass somewhere; a longer run with more components helps.");
  } else if (elbo.effective_sample_size < useful_sample_size) {
    say(Severity::care,
        fmt::format("{}, of which {:.0f} count for the evidence (effective sample size): evidence and k "
                    "are rough.",
                    k, elbo.effective_sample_size));
  } else if (elbo.effective_sample_size >= 0.999 * static_cast<double>(elbo.samples)) {
    say(Severity::fine, "All importance weights are equal: where its samples are, the mixture is the target.");
  } else if (!(elbo.pareto_k < 0.7)) {
    say(Severity::fine,
        fmt::format("{}, but {:.0f} of the {} inside the support count for the evidence: their weights "
                    "are nearly equal, and no large one was seen.",
                    has_k ? k : "The largest weights have no tail", elbo.effective_sample_size, elbo.samples));
  } else {
    say(Severity::fine, fmt::format("{} (below 0.7): the evidence is not carried by a few samples.", k));
  }
}

/// Whether the importance weights tell what the mixture's moments should be: noise does not move any by much.
bool knows_moments(const ElboEstimate& elbo) {
  constexpr double most_noise = 0.03;  // standard deviations, of one mean
  const double noise = 1.0 / elbo.effective_sample_size - 1.0 / static_cast<double>(elbo.samples + elbo.outside);
  return elbo.temperature == 1.0 && elbo.evidence_is_trusted() && noise <= most_noise * most_noise &&
         std::isfinite(elbo.mean_shift) && std::isfinite(elbo.least_deviation) && std::isfinite(elbo.largest_deviation);
}

bool has_right_moments(const ElboEstimate& elbo) {
  constexpr double little = 0.1, narrow = 0.9, wide = 1.1;
  return knows_moments(elbo) && elbo.mean_shift <= little && elbo.least_deviation >= narrow &&
         elbo.largest_deviation <= wide;
}

// What the distance amounts to for means and standard deviations.
void judge_moments(const VerdictFacts& facts, Findings& findings) {
  if (!measured(facts) || !knows_moments(*facts.elbo)) return;
  const ElboEstimate& elbo = *facts.elbo;
  const bool right = has_right_moments(elbo);
  findings.push_back(
      {right ? Severity::fine : Severity::care, "moments",
       fmt::format("Weighted by p̃ / q, the samples move no mean by more than {:.2f} standard deviations; the mixture's "
                   "standard deviations are {:.2f} to {:.2f} times the weighted ones.{}",
                   std::ceil(100.0 * elbo.mean_shift) / 100.0, elbo.least_deviation, elbo.largest_deviation,
                   right ? "" : " Weighted draws, for an evaluation each: `gmmvi sample --log-target`.")});
}

// KL(q | p) = log Z − ELBO, where q is the mixture cut off at the rim of the support.
void judge_distance(const VerdictFacts& facts, Findings& findings) {
  if (!measured(facts) || facts.elbo->samples == 0 || !std::isfinite(facts.elbo->value)) return;
  const ElboEstimate& elbo = *facts.elbo;
  const auto say = [&](Severity severity, const std::string& text) {
    findings.push_back({severity, "distance", text});
  };
  if (elbo.temperature != 1.0) {
    say(Severity::fine, fmt::format("With a temperature of {:g} the ELBO is no bound of the evidence, so that the "
                                    "distance to the target is not known.",
                                    elbo.temperature));
    return;
  }
  const double distance = elbo.log_evidence - elbo.value;
  double error = std::hypot(elbo.log_evidence_standard_error, elbo.standard_error);
  if (!std::isfinite(error)) error = 0.0;
  const double at_least = std::max(0.0, distance - 2.0 * error), at_most = std::max(0.0, distance + 2.0 * error);
  const bool trusted = elbo.evidence_is_trusted();
  constexpr double nothing = 1e-5;  // a mean within 0.005 standard deviations
  // In many dimensions a distance is spread over them, and each may be right all the same.
  const Severity severity = at_least > far && !has_right_moments(elbo) ? Severity::bad
                            : at_most <= near && trusted               ? Severity::fine
                                                                       : Severity::care;
  std::string text =
      fmt::format("log evidence − ELBO = {}{} is left between mixture and posterior (Kullback-Leibler divergence)",
                  with_error(std::max(0.0, distance), error), trusted ? "" : " or more");
  if (at_most > nothing)
    text += fmt::format(": if all of it were in one direction, a mean would be {} standard deviations off there",
                        deviations_of(severity == Severity::fine ? at_most : std::max({distance, error, 0.0})));
  say(severity, text + '.');
}

void judge_source(const VerdictFacts& facts, Findings& findings) {
  if (facts.iterations == 0 && !measured(facts)) return;
  if (!measured(facts)) {
    findings.push_back({Severity::care, "source",
                        "ELBO and evidence were not measured; ≈ marks the iteration's own estimate, which is too good: "
                        "the mixture was fitted to its samples."});
  } else if (facts.elbo->source == ElboEstimate::Source::recycled) {
    const ElboEstimate& elbo = *facts.elbo;
    findings.push_back(
        {elbo.elbo_effective_sample_size < plenty ? Severity::care : Severity::fine, "source",
         fmt::format("These numbers cost no evaluation: they are from the run's own {}, weighted (for the ELBO they "
                     "count as {:.0f}). The mixture was fitted to them, so that the ELBO is somewhat too "
                     "good. `gmmvi evidence` spends new ones.",
                     several(elbo.samples + elbo.outside, "evaluation"), elbo.elbo_effective_sample_size)});
  }
}

void judge_refusals(const VerdictFacts& facts, Findings& findings) {
  const RecentIterations& recent = facts.recent;
  if (recent.refused_updates == 0) return;
  const double share = double(recent.refused_updates) / double(std::max<std::int64_t>(1, recent.updates));
  findings.push_back(
      {share > mostly_refused  ? Severity::bad
       : share > many_refusals ? Severity::care
                               : Severity::fine,
       "refused",
       fmt::format("{} of the last {} of components were refused, since the step gave no covariance ({}): these "
                   "components stayed as they were.{}",
                   recent.refused_updates, several(recent.updates, "update"), percent(share),
                   share > many_refusals ? " More samples for each, shorter steps or a start nearer to the target help."
                                         : "")});
}

void judge_failures(const VerdictFacts& facts, Findings& findings) {
  const auto say = [&](Severity severity, const std::string& text) {
    findings.push_back({severity, "failures", text});
  };
  if (facts.failures > 0) {
    const double share = double(facts.failures) / double(std::max<std::int64_t>(1, facts.evaluations));
    say(share > many_failures ? Severity::care : Severity::fine,
        fmt::format("{} of {} evaluations gave no value and were left out ({}); the result knows nothing of where they "
                    "failed (failures.jsonl).",
                    facts.failures, facts.evaluations, percent(share)));
  }
  if (measured(facts) && facts.elbo->failures > 0)
    say(double(facts.elbo->failures) > many_failures * double(facts.elbo->drawn()) ? Severity::care : Severity::fine,
        fmt::format("{} of the {} that ELBO and evidence are from gave no value and were left out.",
                    facts.elbo->failures, several(facts.elbo->drawn(), "sample")));
  if (facts.recent.unusable_batches > 0)
    say(Severity::care, fmt::format("In {} of the last {} no sample lay inside the support: nothing was changed there.",
                                    facts.recent.unusable_batches, several(facts.recent.iterations, "iteration")));
}

/// What ends so may be due to the gradient, which nothing else here looks at.
void judge_gradients(const VerdictFacts& facts, Findings& findings) {
  const bool is_poor = std::ranges::any_of(
      findings, [](const Finding& finding) { return finding.severity == Severity::bad && finding.about != "end"; });
  const bool has_heavy_weights = measured(facts) && facts.elbo->samples > 0 && !facts.elbo->evidence_is_trusted();
  if (facts.gradients_are_outside && (is_poor || has_heavy_weights))
    findings.push_back(
        {Severity::care, "gradient",
         "Fits end like this where the simulator's gradient is wrong, too: `gmmvi check` compares it with "
         "differences of its log density."});
}

void judge_what_is_not_seen(const VerdictFacts& facts, Findings& findings) {
  if (facts.iterations == 0 || facts.modes) return;
  findings.push_back({Severity::fine, "modes",
                      "A mode that no sample came near does not show in any of this: fits with other seeds are the "
                      "check."});
}

}  // namespace

// ---- the end of a run

void RecentHistory::note(const IterationReport& report) {
  iterations_.push_back({.iteration = report.iteration,
                         .evaluations = report.evaluations,
                         .estimate = report.elbo_estimate,
                         .fraction_outside = report.fraction_outside,
                         .batch_was_usable = report.batch_was_usable,
                         .updates = report.batch_was_usable ? report.components : 0,
                         .refused_updates = report.refused_updates});
  constexpr std::int64_t fewest = 20;
  const std::int64_t kept = std::max(fewest, report.iteration / 5);
  while (iterations_.front().iteration <= report.iteration - kept) {
    evaluations_before_ = iterations_.front().evaluations;
    iterations_.pop_front();
  }
}

RecentHistory RecentHistory::of_file(const std::string& path, std::int64_t iteration) {
  RecentHistory history;
  try {
    io::for_each_metrics_line(path, [&](const io::MetricsRecord& record) {
      if (record.line.report.iteration <= iteration) history.note(record.line.report);
    });
  } catch (const std::exception&) {
    return {};  // what the run goes on with is elsewhere
  }
  return history;
}

io::RecentIterations RecentHistory::summary() const {
  io::RecentIterations recent;
  if (iterations_.empty()) return recent;
  std::vector<double> estimates, outside;
  for (const Iteration& iteration : iterations_) {
    if (iteration.estimate && std::isfinite(*iteration.estimate)) estimates.push_back(*iteration.estimate);
    outside.push_back(iteration.fraction_outside);
    recent.unusable_batches += iteration.batch_was_usable ? 0 : 1;
    recent.updates += iteration.updates;
    recent.refused_updates += iteration.refused_updates;
  }
  const math::Trend trend =
      math::trend_of(Eigen::Map<const Eigen::VectorXd>(estimates.data(), static_cast<Eigen::Index>(estimates.size())));
  std::ranges::nth_element(outside, outside.begin() + static_cast<std::ptrdiff_t>(outside.size() / 2));
  recent.iterations = static_cast<std::int64_t>(iterations_.size());
  recent.evaluations = iterations_.back().evaluations - evaluations_before_;
  recent.estimates = static_cast<std::int64_t>(estimates.size());
  recent.gain = trend.gain;
  recent.recent_gain = trend.recent_gain;
  recent.noise = trend.noise;
  recent.correlation = trend.correlation;
  recent.fraction_outside = outside[outside.size() / 2];
  return recent;
}

io::Verdict judge(const VerdictFacts& facts) {
  Findings findings;
  judge_end(facts, findings);
  judge_numbers(facts, findings);
  judge_outside(facts, findings);
  judge_modes(facts, findings);
  judge_trend(facts, findings);
  judge_distance(facts, findings);
  judge_moments(facts, findings);
  judge_importance(facts, findings);
  judge_source(facts, findings);
  judge_refusals(facts, findings);
  judge_failures(facts, findings);
  judge_gradients(facts, findings);
  judge_what_is_not_seen(facts, findings);
  std::ranges::stable_sort(findings, std::greater(), &Finding::severity);
  return {
      .findings = std::move(findings), .recent = facts.recent, .modes_found = facts.modes_found, .modes = facts.modes};
}

std::string to_text(const io::Verdict& verdict) {
  std::string text = "Verdict: " + verdict.word();
  for (const Finding& finding : verdict.findings) {
    const char* const mark = finding.severity == Severity::bad    ? "!! "
                             : finding.severity == Severity::care ? "!  "
                                                                  : "   ";
    text += fmt::format("\n{}{}", mark, finding.text);
  }
  return text;
}

}  // namespace gmmvi::runner

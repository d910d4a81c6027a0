#include "runner/several_runs.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::runner {
namespace {

std::optional<double> measured(const io::ModelAttributes& attributes, Measure measure) {
  switch (measure) {
    case Measure::evidence: {
      const auto evidence = evidence_of(attributes);
      return evidence && evidence->trusted ? std::optional(evidence->log) : std::nullopt;
    }
    case Measure::elbo:
      return attributes.elbo && attributes.elbo->samples > 0 && std::isfinite(attributes.elbo->value)
                 ? std::optional(attributes.elbo->value)
                 : std::nullopt;
    case Measure::elbo_estimate:
      return attributes.elbo_estimate && std::isfinite(*attributes.elbo_estimate) ? attributes.elbo_estimate
                                                                                  : std::nullopt;
    case Measure::none:
      return 0.0;
  }
  return std::nullopt;
}

Measure best_of_all(const std::vector<FittedRun>& runs, std::initializer_list<Measure> measures) {
  for (const Measure measure : measures)
    if (std::ranges::all_of(runs,
                            [&](const FittedRun& run) { return measured(run.model.attributes, measure).has_value(); }))
      return measure;
  return Measure::none;
}

[[noreturn]] void refuse(const FittedRun& a, const FittedRun& b, const std::string& difference) {
  throw Error(
      fmt::format("{} and {} are not fits of one posterior: {}. Name runs of one target.", a.name, b.name, difference),
      ExitCode::data);
}

void require_alike(const FittedRun& a, const FittedRun& b) {
  const std::string &target = a.model.attributes.target, &other = b.model.attributes.target;
  if (target != other) refuse(a, b, fmt::format("the target of the first is `{}`, of the second `{}`", target, other));
  const auto &names = a.model.parameter_names, &others = b.model.parameter_names;
  if (names.size() != others.size())
    refuse(a, b, fmt::format("the first has {} parameters, the second {}", names.size(), others.size()));
  const auto [name, of_other] = std::ranges::mismatch(names, others);
  if (name != names.end())
    refuse(a, b,
           fmt::format("parameter {} is called `{}` in the first, `{}` in the second", name - names.begin() + 1, *name,
                       *of_other));
  if (a.model.transforms != b.model.transforms) refuse(a, b, "bounds, scales or priors of their parameters differ");
}

}  // namespace

std::optional<Evidence> evidence_of(const io::ModelAttributes& attributes) {
  const auto& elbo = attributes.elbo;
  if (!elbo || !(elbo->effective_sample_size > 0.0) || !std::isfinite(elbo->log_evidence)) return std::nullopt;
  return Evidence{elbo->log_evidence, elbo->log_evidence_standard_error, elbo->pareto_k, elbo->evidence_is_trusted()};
}

const char* name_of(Measure measure) {
  switch (measure) {
    case Measure::evidence:
      return "evidence";
    case Measure::elbo:
      return "elbo";
    case Measure::elbo_estimate:
      return "elbo_estimate";
    case Measure::none:
      return "none";
  }
  return "";
}

void require_one_posterior(const std::vector<FittedRun>& runs) {
  for (std::size_t r = 1; r < runs.size(); ++r) require_alike(runs.front(), runs[r]);
}

SeveralRuns together(std::vector<FittedRun> runs) {
  require_one_posterior(runs);
  const Measure mass = best_of_all(runs, {Measure::evidence, Measure::elbo, Measure::elbo_estimate}),
                quality = best_of_all(runs, {Measure::elbo, Measure::elbo_estimate});
  std::vector<model::Fit> fits;
  std::vector<double> log_masses;
  for (const FittedRun& run : runs) {
    log_masses.push_back(*measured(run.model.attributes, mass));
    fits.push_back({run.model.mixture, log_masses.back(), *measured(run.model.attributes, quality)});
  }
  return {std::move(runs), mass, std::move(log_masses), model::combine(fits)};
}

}  // namespace gmmvi::runner

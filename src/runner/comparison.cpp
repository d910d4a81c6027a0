#include "runner/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/own_target.hpp"
#include "io/json.hpp"
#include "io/json_number.hpp"
#include "io/model_hash.hpp"
#include "model/parameter_summary.hpp"
#include "runner/columns.hpp"
#include "runner/text.hpp"

namespace gmmvi::runner {
namespace {

using io::Json;

// ---- what differs

struct Moments {
  Eigen::VectorXd means, standard_deviations;  // [D]
};

Moments moments_of(const AnyMixture& mixture, const io::Model& model) {
  const auto count = static_cast<Eigen::Index>(model.parameter_names.size());
  Moments moments{Eigen::VectorXd(count), Eigen::VectorXd(count)};
  Eigen::Index d = 0;
  for (const model::ParameterSummary& summary : model::parameter_summaries(mixture, count, model.transforms)) {
    moments.means[d] = summary.mean;
    moments.standard_deviations[d++] = summary.standard_deviation;
  }
  return moments;
}

double spread(const std::vector<double>& values) {
  const auto [least, most] = std::ranges::minmax(values);
  return most - least;
}

std::vector<ParameterDifference> parameter_differences(const SeveralRuns& several) {
  const Moments scale = moments_of(several.together.mixture, several.runs.front().model);
  std::vector<Moments> moments;
  for (const FittedRun& run : several.runs) moments.push_back(moments_of(run.model.mixture, run.model));
  std::vector<ParameterDifference> parameters;
  for (Eigen::Index d = 0; d < scale.means.size(); ++d) {
    ParameterDifference parameter{several.runs.front().model.parameter_names[static_cast<std::size_t>(d)], {}, {}};
    for (const Moments& of_run : moments) {
      parameter.means.push_back(of_run.means[d]);
      parameter.standard_deviations.push_back(of_run.standard_deviations[d]);
    }
    parameter.mean_difference = spread(parameter.means) / scale.standard_deviations[d];
    parameter.standard_deviation_difference = spread(parameter.standard_deviations) / scale.standard_deviations[d];
    parameters.push_back(std::move(parameter));
  }
  std::ranges::stable_sort(parameters, std::ranges::greater(), [](const ParameterDifference& parameter) {
    return std::max(parameter.mean_difference, parameter.standard_deviation_difference);
  });
  return parameters;
}

std::vector<MissedMode> missed_modes(const model::Combination& together) {
  std::vector<MissedMode> missed;
  for (Eigen::Index m = 0; m < together.shares.size() && together.shares[m] >= least_share; ++m) {
    MissedMode mode{m, {}};
    for (std::size_t r = 0; r < together.modes.size(); ++r)
      if (!has_mode(together, m, r)) mode.by.push_back(r);
    if (!mode.by.empty()) missed.push_back(std::move(mode));
  }
  return missed;
}

double largest_weight_difference(const Eigen::MatrixXd& weights) {
  return (weights.rowwise().maxCoeff() - weights.rowwise().minCoeff()).maxCoeff();
}

double standard_error(const FittedRun& run, Measure measure) {
  const io::ModelAttributes& from = run.model.attributes;
  if (measure == Measure::evidence) return evidence_of(from)->standard_error;
  return measure == Measure::elbo && std::isfinite(from.elbo->standard_error) ? from.elbo->standard_error : 0.0;
}

/// Of evidences, or of what stands for them: of pairs that differ by more than they may the one that does so most, else
/// the largest difference.
void compare_measures(const SeveralRuns& several, Comparison& comparison) {
  const double same = several.measure == Measure::evidence ? same_log_evidence : same_elbo;
  std::pair<double, double> worst(0.0, -1.0);
  for (std::size_t a = 0; a < several.runs.size(); ++a)
    for (std::size_t b = a + 1; b < several.runs.size(); ++b) {
      const double difference = std::abs(several.log_masses[a] - several.log_masses[b]);
      const double noise = std::hypot(standard_error(several.runs[a], several.measure),
                                      standard_error(several.runs[b], several.measure));
      const double limit = std::max(same, 3.0 * noise);
      const std::pair<double, double> here(difference > limit ? difference / limit : 0.0, difference);
      if (!(here > worst)) continue;
      worst = here;
      comparison.measure_difference = difference;
      comparison.measure_limit = limit;
    }
}

std::vector<std::size_t> untrusted_runs(const SeveralRuns& several) {
  std::vector<std::size_t> untrusted;
  for (std::size_t r = 0; r < several.runs.size(); ++r)
    if (const auto evidence = evidence_of(several.runs[r].model.attributes); evidence && !evidence->trusted)
      untrusted.push_back(r);
  return untrusted;
}

double worst(const std::vector<ParameterDifference>& parameters, double ParameterDifference::*difference) {
  return std::ranges::max(parameters, {}, difference).*difference;
}

// ---- in words

bool one_model_twice(const SeveralRuns& several) {
  std::set<std::uint64_t> hashes;
  for (const FittedRun& run : several.runs) hashes.insert(io::model_hash(run.model.mixture));
  return hashes.size() < several.runs.size();
}

std::string percent(double share) {
  return fmt::format("{:.{}f} %", 100.0 * share, share < 0.0995 ? 1 : 0);
}

std::string sd(double difference) {
  return fmt::format("{:.{}f} sd", difference, difference < 0.0995 ? 3 : 2);
}

/// "2", "1 and 3", "1, 2 and 4": runs as people count them.
std::string numbers(const std::vector<std::size_t>& runs) {
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == runs.size() ? " and " : ", ", runs[i] + 1);
  return text;
}

std::string missed_text(const std::vector<MissedMode>& missed, const Eigen::VectorXd& shares) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, missed.size()); ++i)
    text +=
        fmt::format("{}run{} {} {} mode {} ({} of the mass)", i == 0 ? "" : ", ", missed[i].by.size() == 1 ? "" : "s",
                    numbers(missed[i].by), missed[i].by.size() == 1 ? "misses" : "miss", missed[i].mode + 1,
                    percent(shares[missed[i].mode]));
  if (missed.size() > most) text += fmt::format(", and {} more modes are missed", missed.size() - most);
  return text;
}

const char* plural_of(Measure measure) {
  return measure == Measure::evidence ? "log evidences" : "ELBOs";
}

std::string parameter_text(const Comparison& comparison, double ParameterDifference::*difference, const char* what) {
  const ParameterDifference& most = std::ranges::max(comparison.parameters, {}, difference);
  return fmt::format("the {} of {} differs by {}", what, most.name, sd(most.*difference));
}

bool differs(const Comparison& comparison, const char* in) {
  return std::ranges::find(comparison.disagreements, in) != comparison.disagreements.end();
}

std::string disagreement_text(const SeveralRuns& several, const Comparison& comparison) {
  std::vector<std::string> parts;
  if (differs(comparison, "modes")) parts.push_back(missed_text(comparison.missed, several.together.shares));
  if (differs(comparison, "weights"))
    parts.push_back(fmt::format("the weight of a mode differs by {}", percent(comparison.weight_difference)));
  if (differs(comparison, "evidence") || differs(comparison, "elbo"))
    parts.push_back(fmt::format("the {} differ by {:.2f}, where up to {:.2f} counts as the same",
                                plural_of(several.measure), comparison.measure_difference, comparison.measure_limit));
  std::vector<std::string> moments;
  if (differs(comparison, "means"))
    moments.push_back(parameter_text(comparison, &ParameterDifference::mean_difference, "mean"));
  if (differs(comparison, "standard_deviations"))
    moments.push_back(
        parameter_text(comparison, &ParameterDifference::standard_deviation_difference, "standard deviation"));
  if (!moments.empty()) parts.push_back(fmt::format("{}", fmt::join(moments, " and ")));
  return fmt::format("The runs do not agree: {}.", fmt::join(parts, "; "));
}

std::string advice(const Comparison& comparison) {
  if (differs(comparison, "modes"))
    return fmt::format(
        "`{}` makes one mixture of them, with every mode that one of them found. Another seed may find more.",
        core::call_with("combine"));
  return fmt::format(
      "Longer runs should (`{}` with more evaluations); `{}` makes one mixture of them meanwhile, in which better fits "
      "count more.",
      core::call_with("run --resume RUN"), core::call_with("combine"));
}

std::string agreement_text(const SeveralRuns& several, const Comparison& comparison) {
  return fmt::format(
      "The runs agree: {}{}no mean differs by more than {}, no standard deviation by more than {}. A mode that all of "
      "them missed cannot be seen so.",
      several.together.shares.size() == 1 ? "they have one mode, " : "they have the same modes, ",
      several.measure == Measure::none
          ? ""
          : fmt::format("their {} differ by {:.2f}, ", plural_of(several.measure), comparison.measure_difference),
      sd(worst(comparison.parameters, &ParameterDifference::mean_difference)),
      sd(worst(comparison.parameters, &ParameterDifference::standard_deviation_difference)));
}

std::string caveats(const SeveralRuns& several, const Comparison& comparison) {
  std::string text;
  if (one_model_twice(several)) text += " Some of them are the same model, of which that says nothing.";
  if (!comparison.untrusted.empty())
    text += fmt::format(
        " The evidence of run{} {} is not to be trusted: few samples carry it (Pareto k in its "
        "verdict).",
        comparison.untrusted.size() == 1 ? "" : "s", numbers(comparison.untrusted));
  if (several.measure == Measure::elbo || several.measure == Measure::elbo_estimate)
    text += " ELBOs, which are lower bounds, stand for evidences, as not every run has one to be trusted.";
  if (several.measure == Measure::none) text += " Not every run has an evidence or an ELBO, so these are not compared.";
  return text;
}

std::string verdict(const SeveralRuns& several, const Comparison& comparison) {
  const std::string said = comparison.agree() ? agreement_text(several, comparison)
                                              : disagreement_text(several, comparison) + ' ' + advice(comparison);
  return said + caveats(several, comparison);
}

// ---- tables

std::string evidence_text(const io::ModelAttributes& from) {
  const auto evidence = evidence_of(from);
  return evidence ? with_error(evidence->log, evidence->standard_error) + (evidence->trusted ? "" : " ?") : "–";
}

std::string elbo_text(const io::ModelAttributes& from) {
  if (from.elbo && from.elbo->samples > 0) return with_error(from.elbo->value, from.elbo->standard_error);
  return from.elbo_estimate ? fmt::format("≈ {:.2f}", *from.elbo_estimate) : "–";
}

std::size_t components_of(const FittedRun& run) {
  return std::visit([](const auto& m) { return m.components().size(); }, run.model.mixture);
}

std::string table_of_runs(const SeveralRuns& several) {
  constexpr std::size_t name = 20, number = 11, estimate = 21;  // 80 columns; what is longer is apart all the same
  const auto line = [&](const std::string& n, const std::string& run, const std::string& components,
                        const std::string& evidence, const std::string& elbo) {
    return right_aligned(n, 3) + "  " + padded(end_of_text(run, name), name) + right_aligned(components, number) + ' ' +
           right_aligned(evidence, estimate) + ' ' + right_aligned(elbo, estimate) + '\n';
  };
  std::string text = line("run", "", "components", "log evidence", "ELBO");
  for (std::size_t r = 0; r < several.runs.size(); ++r)
    text += line(fmt::format("{}", r + 1), several.runs[r].name, fmt::format("{}", components_of(several.runs[r])),
                 evidence_text(several.runs[r].model.attributes), elbo_text(several.runs[r].model.attributes));
  return text;
}

/// Modes that are worth a line: all that any run puts some mass into.
std::vector<Eigen::Index> modes_to_show(const model::Combination& together) {
  constexpr Eigen::Index most = 20;
  std::vector<Eigen::Index> modes;
  for (Eigen::Index m = 0; m < together.shares.size() && m < most; ++m)
    if (std::max(together.shares[m], together.weights.row(m).maxCoeff()) >= 0.1 * least_share) modes.push_back(m);
  return modes;
}

std::string table_of_modes(const SeveralRuns& several) {
  constexpr std::size_t each = 10, in_a_row = 6;  // runs
  const model::Combination& together = several.together;
  const std::vector<Eigen::Index> shown = modes_to_show(together);
  std::string text;
  for (std::size_t first = 0; first < several.runs.size(); first += in_a_row) {
    const std::size_t last = std::min(first + in_a_row, several.runs.size());
    if (first > 0) text += '\n';
    text += right_aligned("mode", 4) + right_aligned("together", 12);
    for (std::size_t r = first; r < last; ++r) text += right_aligned(fmt::format("run {}", r + 1), each);
    for (const Eigen::Index m : shown) {
      text += '\n' + right_aligned(fmt::format("{}", m + 1), 4) + right_aligned(percent(together.shares[m]), 12);
      for (std::size_t r = first; r < last; ++r)
        text += right_aligned(
            has_mode(together, m, r) ? percent(together.weights(m, static_cast<Eigen::Index>(r))) : "missed", each);
    }
    text += '\n';
  }
  if (const auto others = together.shares.size() - static_cast<Eigen::Index>(shown.size()); others > 0)
    text +=
        fmt::format("{} more hold {} together\n", others, percent(std::max(0.0, 1.0 - together.shares(shown).sum())));
  return text;
}

std::string table_of_parameters(const std::vector<ParameterDifference>& parameters) {
  constexpr std::size_t most = 10, widest = 24;
  const std::size_t shown = std::min(most, parameters.size());
  std::size_t names = std::string("parameter").size();
  for (std::size_t i = 0; i < shown; ++i) names = std::max(names, std::min(widest, width(parameters[i].name)));
  std::string text = padded("parameter", names) +
                     fmt::format("{:>14}{:>14}{:>26}\n", "means, sd", "std. dev., sd", "smallest … largest mean");
  for (std::size_t i = 0; i < shown; ++i) {
    const ParameterDifference& parameter = parameters[i];
    const auto [least, largest] = std::ranges::minmax(parameter.means);
    text += padded(end_of_text(parameter.name, names), names) +
            fmt::format("{:>14.3f}{:>14.3f}", parameter.mean_difference, parameter.standard_deviation_difference) +
            right_aligned(fmt::format("{:.5g} … {:.5g}", least, largest), 26) + '\n';
  }
  if (parameters.size() > shown) text += fmt::format("{} more differ less\n", parameters.size() - shown);
  return text;
}

// ---- for programs

Json to_json(const SeveralRuns& several, std::size_t r) {
  const FittedRun& run = several.runs[r];
  const io::ModelAttributes& from = run.model.attributes;
  const auto evidence = evidence_of(from);
  const auto of_evidence = [&](double Evidence::*number) {
    return io::number_or_null(evidence ? std::optional((*evidence).*number) : std::nullopt);
  };
  const auto of_elbo = [&](double ElboEstimate::*number) {
    return io::number_or_null(from.elbo ? std::optional((*from.elbo).*number) : std::nullopt);
  };
  return {{"run", run.name},
          {"codename", from.codename},
          {"seed", from.seed},
          {"iterations", from.iterations},
          {"evaluations", from.evaluations},
          {"components", components_of(run)},
          {"log_evidence", of_evidence(&Evidence::log)},
          {"log_evidence_standard_error", of_evidence(&Evidence::standard_error)},
          {"pareto_k", of_evidence(&Evidence::pareto_k)},
          {"elbo", of_elbo(&ElboEstimate::value)},
          {"elbo_standard_error", of_elbo(&ElboEstimate::standard_error)},
          {"elbo_estimate", io::number_or_null(from.elbo_estimate)},
          {"model_hash", io::to_hex(io::model_hash(run.model.mixture))}};
}

std::vector<std::uint64_t> components_in(const AnyMixture& mixture, const std::vector<std::size_t>& modes,
                                         Eigen::Index mode) {
  std::vector<std::uint64_t> ids;
  std::visit(
      [&](const auto& m) {
        for (std::size_t k = 0; k < modes.size(); ++k)
          if (modes[k] == static_cast<std::size_t>(mode)) ids.push_back(m.components()[k].id);
      },
      mixture);
  return ids;
}

Json mode_to_json(const SeveralRuns& several, Eigen::Index mode) {
  Json json = {{"share", several.together.shares[mode]}, {"runs", Json::array()}};
  for (std::size_t r = 0; r < several.runs.size(); ++r)
    json["runs"].push_back(
        {{"weight", several.together.weights(mode, static_cast<Eigen::Index>(r))},
         {"found", has_mode(several.together, mode, r)},
         {"components", components_in(several.runs[r].model.mixture, several.together.modes[r], mode)}});
  return json;
}

Json to_json(const ParameterDifference& parameter) {
  return {{"name", parameter.name},
          {"mean_difference", parameter.mean_difference},
          {"standard_deviation_difference", parameter.standard_deviation_difference},
          {"means", parameter.means},
          {"standard_deviations", parameter.standard_deviations}};
}

}  // namespace

bool has_mode(const model::Combination& together, Eigen::Index mode, std::size_t run) {
  return together.weights(mode, static_cast<Eigen::Index>(run)) >= model::least_share_found * together.shares[mode];
}

Comparison compare(const SeveralRuns& several) {
  Comparison comparison{.parameters = parameter_differences(several),
                        .missed = missed_modes(several.together),
                        .weight_difference = largest_weight_difference(several.together.weights),
                        .untrusted = untrusted_runs(several)};
  compare_measures(several, comparison);
  const auto note = [&](bool different, const char* what) {
    if (different) comparison.disagreements.emplace_back(what);
  };
  note(!comparison.missed.empty(), "modes");
  note(comparison.weight_difference > same_weight, "weights");
  note(comparison.measure_difference > comparison.measure_limit,
       several.measure == Measure::evidence ? "evidence" : "elbo");
  note(worst(comparison.parameters, &ParameterDifference::mean_difference) > same_moment, "means");
  note(worst(comparison.parameters, &ParameterDifference::standard_deviation_difference) > same_moment,
       "standard_deviations");
  return comparison;
}

std::string comparison_text(const SeveralRuns& several) {
  const Comparison comparison = compare(several);
  return table_of_runs(several) + '\n' + table_of_modes(several) + '\n' + table_of_parameters(comparison.parameters) +
         '\n' + wrapped(verdict(several, comparison));
}

std::string comparison_json(const SeveralRuns& several) {
  const Comparison comparison = compare(several);
  Json json = {{"target", several.runs.front().model.attributes.target},
               {"agree", comparison.agree()},
               {"disagreements", comparison.disagreements},
               {"verdict", verdict(several, comparison)},
               {"measure", name_of(several.measure)},
               {"measure_difference", io::number_or_null(comparison.measure_difference)},
               {"measure_limit", io::number_or_null(comparison.measure_limit)}};
  for (std::size_t r = 0; r < several.runs.size(); ++r) json["runs"].push_back(to_json(several, r));
  for (Eigen::Index m = 0; m < several.together.shares.size(); ++m) json["modes"].push_back(mode_to_json(several, m));
  for (const ParameterDifference& parameter : comparison.parameters) json["parameters"].push_back(to_json(parameter));
  return io::text_of(json, 2) + '\n';
}

}  // namespace gmmvi::runner

#include "runner/combination.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/json.hpp"
#include "io/model_hash.hpp"
#include "runner/columns.hpp"
#include "runner/version.hpp"

namespace gmmvi::runner {
namespace {

using io::Json;

std::size_t components_of(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return m.components().size(); }, mixture);
}

void require_measure(const SeveralRuns& several) {
  if (several.measure != Measure::none) return;
  for (const FittedRun& run : several.runs) {
    const io::ModelAttributes& from = run.model.attributes;
    if ((from.elbo && std::isfinite(from.elbo->value)) || from.elbo_estimate) continue;
    throw Error(fmt::format("{} has neither evidence nor ELBO, which say how much a run counts beside others. Go on "
                            "with it (run --resume), or combine the other runs alone.",
                            run.name),
                ExitCode::data);
  }
  throw Error(
      "these runs have no measure in common: some have only an ELBO of fresh samples, others only an estimate of "
      "their last iteration. Go on with them (run --resume), so that all end with both.",
      ExitCode::data);
}

/// Of the combination's mass: what came from run r.
double share_of(const SeveralRuns& several, std::size_t r) {
  const model::Combination& together = several.together;
  const auto column = static_cast<Eigen::Index>(r);
  return together.parts.col(column).dot(together.weights.col(column)) *
         std::exp(several.log_masses[r] - together.log_mass);
}

std::string origin(const SeveralRuns& several) {
  Json origin = Json::array();
  for (std::size_t r = 0; r < several.runs.size(); ++r)
    origin.push_back({{"run", several.runs[r].name},
                      {"model_hash", io::to_hex(io::model_hash(several.runs[r].model.mixture))},
                      {"log_mass", several.log_masses[r]},
                      {"log_mass_is", name_of(several.measure)},
                      {"share", share_of(several, r)}});
  return io::text_of(origin);
}

std::string common_codename(const std::vector<FittedRun>& runs) {
  const std::string& first = runs.front().model.attributes.codename;
  const bool all =
      std::ranges::all_of(runs, [&](const FittedRun& run) { return run.model.attributes.codename == first; });
  return all ? first : "several";
}

std::string counted_runs(const Eigen::RowVectorXd& parts) {
  std::string runs;
  for (Eigen::Index r = 0; r < parts.size(); ++r)
    if (parts[r] > 0.0005) runs += fmt::format("{}{}", runs.empty() ? "" : ", ", r + 1);
  return runs;
}

const char* words_of(Measure measure) {
  switch (measure) {
    case Measure::evidence:
      return "evidence";
    case Measure::elbo:
      return "ELBO (a lower bound; not every run has an evidence to be trusted)";
    case Measure::elbo_estimate:
      return "estimate of the ELBO (not every run has measured more)";
    case Measure::none:
      break;
  }
  return "";
}

}  // namespace

io::Model combined_model(const SeveralRuns& several) {
  require_measure(several);
  io::ModelAttributes attributes{.gmmvi_version = version(),
                                 .target = several.runs.front().model.attributes.target,
                                 .codename = common_codename(several.runs),
                                 .combined_from = origin(several)};
  for (const FittedRun& run : several.runs) attributes.evaluations += run.model.attributes.evaluations;
  return {several.together.mixture, several.runs.front().model.parameter_names, std::move(attributes),
          several.runs.front().model.transforms};
}

std::string combination_text(const SeveralRuns& several) {
  constexpr Eigen::Index most = 20;
  constexpr double least = 0.001;
  const model::Combination& together = several.together;
  std::string text = fmt::format("Weighted by {}:\n", words_of(several.measure));
  for (std::size_t r = 0; r < several.runs.size(); ++r)
    text += fmt::format("{:>4}  {}{:>12.2f}{:>9.1f} %\n", r + 1, padded(end_of_text(several.runs[r].name, 48), 48),
                        several.log_masses[r], 100.0 * share_of(several, r));
  text += fmt::format("\n{:>4}{:>12}  of runs\n", "mode", "mass");
  Eigen::Index m = 0;
  for (; m < together.shares.size() && m < most && together.shares[m] >= least; ++m)
    text +=
        fmt::format("{:>4}{:>10.1f} %  {}\n", m + 1, 100.0 * together.shares[m], counted_runs(together.parts.row(m)));
  if (m < together.shares.size())
    text += fmt::format("{} more hold {:.2g} % together\n", together.shares.size() - m,
                        100.0 * together.shares.tail(together.shares.size() - m).sum());
  std::size_t before = 0;
  for (const FittedRun& run : several.runs) before += components_of(run.model.mixture);
  return text + fmt::format("\n{} components of {} runs are {} now: {} were merged, {} had no mass worth keeping.\n",
                            before, several.runs.size(), components_of(together.mixture), together.merged,
                            together.negligible);
}

}  // namespace gmmvi::runner

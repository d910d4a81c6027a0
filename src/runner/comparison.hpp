#pragma once

#include <string>
#include <vector>

#include "runner/several_runs.hpp"

namespace gmmvi::runner {

/// Where runs say the same: evidences that differ by less than this, in nats, or by three of their standard errors;
/// ELBOs in its place where one has no evidence.
inline constexpr double same_log_evidence = 0.1, same_elbo = 0.5;
/// Weights of a mode; means and standard deviations, in standard deviations of what the runs found together.
inline constexpr double same_weight = 0.1, same_moment = 0.2;
/// Modes of a smaller share of the mass do not count.
inline constexpr double least_share = 0.01;

/// How far the runs differ in a parameter, in standard deviations of what they found together.
struct ParameterDifference {
  std::string name;
  std::vector<double> means, standard_deviations;  ///< of the runs
  double mean_difference = 0.0;                    ///< between largest and smallest
  double standard_deviation_difference = 0.0;
};

/// A mode that runs lack: the numbers of these runs, from 0.
struct MissedMode {
  Eigen::Index mode;
  std::vector<std::size_t> by;
};

/// Whether several runs say the same.
struct Comparison {
  std::vector<ParameterDifference> parameters;  ///< the worst first
  std::vector<MissedMode> missed;               ///< of modes that count, the heaviest first
  double weight_difference = 0.0;               ///< the largest, of any mode
  double measure_difference = 0.0;              ///< of evidences or what stands for them: the worst
  double measure_limit = 0.0;                   ///< what that may be
  std::vector<std::size_t> untrusted;           ///< runs whose evidence a few large weights may have made
  std::vector<std::string> disagreements = {};  ///< of: modes, weights, evidence, elbo, means, standard_deviations
  bool agree() const { return disagreements.empty(); }
};

/// Whether a run has a mode: with a twentieth of its share at least.
bool has_mode(const model::Combination& together, Eigen::Index mode, std::size_t run);

Comparison compare(const SeveralRuns& runs);

/// Of at least two runs, for people, in 80 columns: what each found, its modes, the parameters that differ most, and in
/// a sentence whether they agree, in what they do not, and what to do.
std::string comparison_text(const SeveralRuns& runs);
/// The same as JSON, with all modes and parameters.
std::string comparison_json(const SeveralRuns& runs);

}  // namespace gmmvi::runner

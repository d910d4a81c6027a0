#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/model_file.hpp"
#include "model/combination.hpp"

namespace gmmvi::runner {

/// One of several runs.
struct FittedRun {
  std::string name;  ///< as it was called: its folder, or its model file
  io::Model model;
};

/// log ∫ p̃ as far as a run found it.
struct Evidence {
  double log;
  double standard_error;
  double pareto_k;
  bool trusted;  ///< as ElboEstimate says
};
/// None where the run's model says none.
std::optional<Evidence> evidence_of(const io::ModelAttributes& attributes);

/// What says how much mass a run found, from the best to the worst: its evidence, where it can be trusted (else it may
/// be a few large weights, and too large); the ELBO, a lower bound of that; an estimate of the ELBO from the last
/// iteration's own samples; nothing.
enum class Measure { evidence, elbo, elbo_estimate, none };
/// "evidence", "elbo", "elbo_estimate" or "none".
const char* name_of(Measure measure);

/// Throws Error (data) that says what is different where runs are not of one target with the same parameters.
void require_one_posterior(const std::vector<FittedRun>& runs);

/// Runs of one posterior, and what they make together.
struct SeveralRuns {
  std::vector<FittedRun> runs;
  Measure measure;                 ///< the best that all of them have
  std::vector<double> log_masses;  ///< by that; 0 if there is none
  model::Combination together;
};

/// Throws as require_one_posterior() does.
SeveralRuns together(std::vector<FittedRun> runs);

}  // namespace gmmvi::runner

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "gmmvi/communicator.hpp"
#include "gmmvi/evaluation_options.hpp"
#include "gmmvi/gmmvi.hpp"
#include "gmmvi/mixture.hpp"
#include "gmmvi/target.hpp"
#include "gmmvi/teams.hpp"

#include "io/fingerprint.hpp"

namespace gmmvi::runner {

/// How ELBO and evidence of a mixture are estimated from fresh samples of it, a few more at a time. The samples are one
/// sequence that has no end; those that were evaluated are in journals.
struct EvidenceSettings {
  std::string folder;        ///< of the journals; made if need be
  std::uint64_t seed = 0;    ///< of the sequence
  double temperature = 1.0;  ///< β
  EvaluationOptions options = {};
  std::function<std::unique_ptr<Target>()> make_target = {};  ///< for slots
  const Teams* teams = nullptr;                               ///< that evaluate
  io::Fingerprint fingerprint = {};                           ///< of the run; journals of another are refused
};

struct EvidenceResult {
  ElboEstimate elbo;             ///< from the sequence's beginning up to the first sample that was not evaluated
  std::int64_t evaluations = 0;  ///< made now
  std::int64_t waiting = 0;      ///< earlier ones that are left out as yet: some before them were not evaluated
};

/// Evaluates the target at `count` more samples of `mixture` (those of the lowest numbers that no journal has; 0: none)
/// and estimates from all that there are. Every evaluation is in a journal as soon as it has ended, so that a kill
/// loses none. The same result on any number of ranks. Throws Error on every rank. Collective.
EvidenceResult spend_on_evidence(Target& target, const AnyMixture& mixture, const EvidenceSettings& settings,
                                 std::int64_t count, const Communicator& ranks);

}  // namespace gmmvi::runner

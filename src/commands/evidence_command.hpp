#pragma once

#include <cstdint>
#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct EvidenceArguments {
  std::string run;         ///< a run folder
  std::int64_t count = 0;  ///< more evaluations
};

/// `gmmvi evidence`: evaluates the target of a run at more samples of its model, and says what ELBO, evidence and
/// verdict are with these; the run's status.json has them from then on. Every rank throws the same CollectiveError.
/// Collective.
void evidence_command(const EvidenceArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

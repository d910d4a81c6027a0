#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct PredictArguments {
  std::string run;                         ///< a run folder
  std::optional<std::int64_t> count = {};  ///< of draws, >= 1; none: from the run's own evaluations
  std::uint64_t seed = 0;
};

/// `gmmvi predict`: writes the posterior predictive distribution of the simulator's outputs to predictive.nc in the
/// folder of a run, and prints it: from what its evaluations gave (outputs.nc), or from draws of the mixture that are
/// simulated. Errors (a run whose target returns no outputs) are the same CollectiveError on every rank. Collective.
void predict_command(const PredictArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

#pragma once

#include <cstdint>
#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct PredictArguments {
  std::string run;           ///< a run folder
  std::int64_t count = 200;  ///< of draws, >= 1
  std::uint64_t seed = 0;
};

/// `gmmvi predict`: simulates draws of the mixture that a run fitted, writes the posterior predictive distribution of
/// the simulator's outputs to predictive.nc in its folder, and prints it. Errors (a run whose target returns no
/// outputs) are the same CollectiveError on every rank. Collective.
void predict_command(const PredictArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

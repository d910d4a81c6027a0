#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct SummaryArguments {
  std::string run;  ///< a run folder, or the path of a model file
  bool json = false;
};

/// `gmmvi summary`: prints what a run fitted. Errors are the same CollectiveError on every rank. Collective.
void summary_command(const SummaryArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

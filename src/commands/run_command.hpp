#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

#include "commands/config_arguments.hpp"

namespace gmmvi::commands {

struct RunArguments {
  ConfigArguments config;
  std::string resume;  ///< folder of a run to go on with; its config.yml is the config unless another is named
  bool simulator_may_differ = false;  ///< whether the simulator's files may be others than those of the run so far
  bool verbose = false;
  enum class Progress { automatic, live, plain, none } progress = Progress::automatic;  ///< on the screen
};

/// `gmmvi run`: fits the mixture that the config describes and leaves it in a run folder, or goes on with one. Errors
/// of the config, the data or the folder are the same CollectiveError on every rank. Collective.
void run_command(const RunArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

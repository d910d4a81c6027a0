#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

#include "commands/config_arguments.hpp"

namespace gmmvi::commands {

struct ImportArguments {
  ConfigArguments config;             ///< of a new run, or the folder of one that was stopped
  std::vector<std::string> files;     ///< evaluations of the target, as io::read_evaluations() knows them
  std::optional<std::int64_t> check;  ///< how many of them to make again; by default those of a cheap target
  double offset = 0.0;                ///< is added to all log densities; finite
};

/// `gmmvi import`: makes a run folder as `gmmvi run` would, before its first iteration, or takes that of a run; adds
/// evaluations that were made elsewhere to its samples, and leaves a checkpoint to go on from. Errors of config, files
/// or folder are the same CollectiveError on every rank. Collective.
void import_command(const ImportArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

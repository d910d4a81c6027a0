#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

#include "commands/config_arguments.hpp"

namespace gmmvi::commands {

struct EvaluateArguments {
  ConfigArguments config;  ///< or the folder of a run, for its config.yml
  std::string at;          ///< file of points
};

/// `gmmvi evaluate`: prints what the target says at the points of a file, one after another, as JSON, a line each.
/// Rank 0 evaluates. Errors are the same CollectiveError on every rank. Collective.
void evaluate_command(const EvaluateArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

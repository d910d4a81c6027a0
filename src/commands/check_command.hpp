#pragma once

#include "gmmvi/communicator.hpp"

#include "commands/config_arguments.hpp"

namespace gmmvi::commands {

/// `gmmvi check`: prints the resolved config and the memory that a run of it needs, and evaluates the target once.
/// Throws what `gmmvi run` would of config, data and memory before its first iteration, and an Error where the
/// evaluation gives no value; every rank throws the same CollectiveError. Looks at no run folder, and leaves no files.
/// Collective.
void check_command(const ConfigArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

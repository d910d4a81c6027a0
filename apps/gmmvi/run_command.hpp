#pragma once

#include "gmmvi/communicator.hpp"

#include "config_arguments.hpp"

namespace gmmvi::apps {

/// `gmmvi run`: fits the mixture that the config describes and leaves it in a run folder. Errors of the config, the
/// data or the folder are the same CollectiveError on every rank. Collective.
void run_command(const ConfigArguments& arguments, const Communicator& world);

}  // namespace gmmvi::apps

#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

#include "config/configuration.hpp"

namespace gmmvi::apps {

struct RunArguments {
  std::string config;  ///< path of the user's file
  config::Overrides overrides;
};

/// `gmmvi run`: fits the mixture that the config describes and leaves it in a run folder. Errors of the config, the
/// data or the folder are the same CollectiveError on every rank. Collective.
void run_command(const RunArguments& arguments, const Communicator& world);

}  // namespace gmmvi::apps

#pragma once

#include <string>

#include "config/configuration.hpp"

namespace gmmvi::commands {

/// A config as the command line names it.
struct ConfigArguments {
  std::string config;  ///< path of the user's file
  config::Overrides overrides;
};

/// The same with the config.yml of a run, if its folder is named in place of a file, or as the one to be resumed.
ConfigArguments of_run_or_file(ConfigArguments arguments, const std::string& resumed = "");

}  // namespace gmmvi::commands

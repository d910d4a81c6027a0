#pragma once

#include <string>

#include "config/configuration.hpp"

namespace gmmvi::commands {

/// A config as the command line names it.
struct ConfigArguments {
  std::string config;  ///< path of the user's file
  config::Overrides overrides;
};

}  // namespace gmmvi::commands

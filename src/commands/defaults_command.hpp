#pragma once

#include <optional>
#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct DefaultsArguments {
  std::optional<std::string> codename;
  std::optional<std::string> experiment;  ///< a shipped one, or the path of a file
};

/// `gmmvi defaults`: prints a complete config with a comment for every key. Collective.
void defaults_command(const DefaultsArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

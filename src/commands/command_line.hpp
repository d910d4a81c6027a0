#pragma once

#include <functional>
#include <optional>

#include "gmmvi/communicator.hpp"

#include "commands/config_arguments.hpp"

namespace gmmvi::commands {

/// What the user wants; without a `command` all is done already.
struct CommandLine {
  std::function<void(const Communicator&)> command;  ///< collective
  int exit_code = 0;
  bool single = false;                         ///< one process is what is meant, whatever the launcher says
  std::optional<ConfigArguments> config = {};  ///< of the command, if it evaluates a target
};

/// Prints what was asked for (help, version) or what is wrong, if `may_print`: all ranks have the same command line.
CommandLine parse_command_line(int argc, const char* const* argv, bool may_print);

}  // namespace gmmvi::commands

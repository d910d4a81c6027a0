#include "commands/config_arguments.hpp"

#include <filesystem>

namespace gmmvi::commands {

ConfigArguments of_run_or_file(ConfigArguments arguments, const std::string& resumed) {
  if (arguments.config.empty()) arguments.config = resumed;
  std::error_code ignored;
  if (std::filesystem::is_directory(arguments.config, ignored)) arguments.config += "/config.yml";
  return arguments;
}

}  // namespace gmmvi::commands

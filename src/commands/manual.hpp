#pragma once

#include <string>

namespace CLI {
class App;
}

namespace gmmvi::commands {

/// A manual page (man 7 man) of a program with subcommands, from its table of options.
std::string manual_page(const CLI::App& app, const std::string& version);
/// What bash needs to complete its commands and options: to be sourced, or put into bash-completion's folder.
std::string bash_completion(const CLI::App& app);

}  // namespace gmmvi::commands

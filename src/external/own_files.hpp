#pragma once

#include <string>
#include <vector>

#include "external/options.hpp"

namespace gmmvi::external {

// The files that a simulator consists of, as far as its options name them, sorted: with others it is another simulator.
// What these files use in turn, modules that are looked for by name, and servers are not among them.

/// The file of the function.
std::vector<std::string> own_files(const PythonOptions& options);
/// All of the template; and the words of the command that are paths of files, with a slash in them: the program, the
/// script that it runs, the files that it is given. Programs in PATH are not among them, nor what the shell runs.
std::vector<std::string> own_files(const ProcessOptions& options);
std::vector<std::string> own_files(const UmbridgeOptions& options);
std::vector<std::string> own_files(const PluginOptions& options);
/// The library and the data.
std::vector<std::string> own_files(const BridgestanOptions& options);

}  // namespace gmmvi::external

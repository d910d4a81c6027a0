#pragma once

#include <string>
#include <vector>

#include "external/options.hpp"

namespace gmmvi::external {

// The files that a simulator consists of, as far as its options name them, sorted: with others it is another simulator.
// What these files use in turn, modules that are looked for by name, and servers are not among them.

/// The file of the function.
std::vector<std::string> own_files(const PythonOptions& options);
/// All of the template; and the first word of the command that is the path of a file, with a slash in it: the program,
/// or the script that a program runs.
std::vector<std::string> own_files(const ProcessOptions& options);
std::vector<std::string> own_files(const UmbridgeOptions& options);
std::vector<std::string> own_files(const PluginOptions& options);
/// The library and the data.
std::vector<std::string> own_files(const BridgestanOptions& options);

}  // namespace gmmvi::external

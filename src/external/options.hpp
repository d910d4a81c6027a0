#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gmmvi::external {

/// What the number of a simulator is.
enum class Returns {
  log_density,     ///< log p̃, the prior included
  log_likelihood,  ///< the prior is added
  outputs          ///< numbers that data are compared with
};

/// How programs that run outside of this process are treated.
struct ProgramOptions {
  std::map<std::string, std::string> environment = {};  ///< variables; {slot} and {rank} stand for numbers
  double kill_grace = 2.0;                              ///< >= 0; seconds from SIGTERM to SIGKILL
  double start_limit = 60.0;                            ///< > 0; seconds until it must have said that it is ready
  std::optional<int> slots = {};  ///< >= 1; that run at a time where there is one rank; absent: as many as cores
};

/// A Python function, which runs in a worker process of its own.
struct PythonOptions {
  std::string function;                 ///< `file.py:name` or `package.module:name`
  std::string interpreter = "python3";  ///< a path, or a name that is looked for in PATH
  std::string options = "{}";           ///< JSON; handed to the function
  bool vectorized = false;              ///< whether it takes arrays with a leading axis of samples
  std::int64_t group_size = 64;         ///< >= 1; samples of a call, if vectorized
  bool gradients = false;               ///< whether it returns gradients (or a Jacobian) as well
  std::int64_t outputs = 0;             ///< >= 0; how many outputs; has to be given where it returns outputs
  ProgramOptions program = {};
};

/// A command: a program and its arguments, or, in one text, what is split at spaces as a shell would.
using Command = std::variant<std::string, std::vector<std::string>>;

/// Where a program that runs once for each evaluation leaves its answer. Neither pattern nor column: `results.json`.
struct ResultOptions {
  std::string file = {};     ///< in the work directory
  std::string pattern = {};  ///< a regular expression for lines, whose first group is the number; the last match counts
  std::string column = {};   ///< of a table: its name; the outputs are its rows
};

/// A program, kept alive and spoken to in lines of JSON, or started once for each evaluation.
struct ProcessOptions {
  enum class Mode { server, once };
  enum class Channel { standard, descriptors };  ///< standard input and output, or the file descriptors 3 and 4
  enum class Keep { failures, all, none };

  Command command = {};
  Mode mode = Mode::server;
  std::string options = "{}";  ///< JSON; handed over
  Channel channel = Channel::standard;
  // once
  bool shell = false;                        ///< whether /bin/sh runs `command`, then one text
  std::string input = {};                    ///< `template`: a folder that is copied to the work directory; empty: none
  std::vector<std::string> link = {};        ///< files of `input` that are linked rather than copied
  std::vector<std::string> substitute = {};  ///< files of `input` in which {name} and {name:12.5e} are filled in
  ResultOptions result = {};
  bool gradients = false;           ///< whether `results.json` has gradients (or a Jacobian)
  std::int64_t outputs = 0;         ///< >= 0; how many outputs; 0: what a server's first answer says
  std::string work_directory = {};  ///< empty: below that of the run
  Keep keep = Keep::failures;
  ProgramOptions program = {};
};

/// Servers that speak UM-Bridge 1.0.
struct UmbridgeOptions {
  std::vector<std::string> urls = {};
  std::string urls_file = {};     ///< a file with a URL a line, read again when a server is lost
  std::string model = {};         ///< the model's name; empty: the only one that the server has
  std::string config = "{}";      ///< JSON
  double patience = 60.0;         ///< >= 0; seconds without any server until the run ends
  std::optional<int> slots = {};  ///< >= 1; evaluations at a time where there is one rank; absent: as many as servers
};

/// A shared library with the functions of gmmvi/target_plugin.h.
struct PluginOptions {
  std::string library;
  std::string options = "{}";  ///< JSON; handed over
};

/// A Stan model compiled by BridgeStan.
struct BridgestanOptions {
  std::string library;
  std::string data = {};  ///< path of a JSON file; empty: none
};

/// What decides what a simulator returns; where and how it runs is as by default, and may have to change for a run to
/// go on.
inline PythonOptions essence(PythonOptions options) {
  options.interpreter = PythonOptions().interpreter;
  options.program = {};
  return options;
}
inline ProcessOptions essence(ProcessOptions options) {
  options.work_directory.clear();
  options.keep = ProcessOptions::Keep::failures;
  options.program = {};
  return options;
}
inline UmbridgeOptions essence(UmbridgeOptions options) {
  return {.model = options.model, .config = options.config};
}
inline PluginOptions essence(PluginOptions options) {
  return options;
}
inline BridgestanOptions essence(BridgestanOptions options) {
  return options;
}

using SimulatorOptions = std::variant<PythonOptions, ProcessOptions, UmbridgeOptions, PluginOptions, BridgestanOptions>;

}  // namespace gmmvi::external

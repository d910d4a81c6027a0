#pragma once

#include <string>

#include "external/process_server.hpp"

namespace gmmvi::external {

/// A Python function, evaluated by a server that is shipped with this program (python/gmmvi/worker.py says what it
/// makes of the function). What it prints is treated as its standard error.
class PythonFunction : public ProcessServer {
 public:
  PythonFunction(const PythonOptions& options, const Start& start);
};

/// Where gmmvi/worker.py is. Throws Error (unavailable) if nowhere.
std::string python_worker_path();

}  // namespace gmmvi::external

#include "external/python_function.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "external/make_simulator.hpp"
#include "external/shipped.hpp"

namespace gmmvi::external {
namespace {

std::string settings_of(const PythonOptions& options, const Start& start) {
  const Json settings = {
      {"function", options.function},     {"returns", start.returns_outputs ? "outputs" : "log_density"},
      {"vectorized", options.vectorized}, {"group_size", options.group_size},
      {"gradient", options.gradients},    {"outputs", options.outputs}};
  return settings.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Its libraries of linear algebra have one thread: another slot has the next core. Unless the user says otherwise.
std::map<std::string, std::string> environment(const PythonOptions& options, const Start& start) {
  std::map<std::string, std::string> variables = environment_of(options.program, start);
  for (const char* threads : {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"})
    if (!std::getenv(threads)) variables.emplace(threads, "1");
  return variables;
}

}  // namespace

PythonFunction::PythonFunction(const PythonOptions& options, const Start& start)
    : ProcessServer({.launch = {.command = {options.interpreter, python_worker_path(), settings_of(options, start)},
                                .name = describe(options),
                                .folder = {},
                                .environment = environment(options, start),
                                .streams = Launch::Streams::descriptors,
                                .kill_grace = options.program.kill_grace},
                     .options = options.options,
                     .start_limit = options.program.start_limit,
                     .outputs = options.outputs,
                     .key = "target.interpreter"},
                    start) {}

std::string python_worker_path() {
  return shipped({.what = "gmmvi/worker.py, which evaluates Python functions",
                  .variable = "GMMVI_PYTHON_DIR",
                  .within = "gmmvi/worker.py",
                  .places = {"../share/gmmvi/python/gmmvi/worker.py", "../../share/gmmvi/python/gmmvi/worker.py"},
                  .built = GMMVI_PYTHON_PATH "/gmmvi/worker.py"});
}

}  // namespace gmmvi::external

#include "runner/run_files.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& problem) {
  throw Error(problem + " Name a folder that `gmmvi run` made, or the path of a model file (model.nc).",
              ExitCode::data);
}

/// To open a pipe may take for ever, and devices have no end.
void expect_regular(const fs::path& model) {
  std::error_code error;
  if (!fs::is_regular_file(model, error))
    refuse(fmt::format("{} is a pipe, a device or a folder, not a model file.", model.string()));
}

}  // namespace

RunFiles run_files(const std::string& run) {
  std::error_code error;
  const fs::path path(run);
  if (run.empty()) refuse("The path of the run is empty.");
  if (!fs::exists(path, error)) refuse(fmt::format("There is no run folder and no model file at {}.", run));
  if (!fs::is_directory(path, error)) {
    expect_regular(path);
    return {.folder = path.parent_path().string(), .model = run, .config = {}};
  }
  const fs::path model = path / "model.nc";
  if (!fs::exists(model, error)) {
    refuse(
        fmt::format("The folder {} has no model.nc: it is no run folder, or its run has not finished a block of "
                    "iterations yet.",
                    run));
  }
  expect_regular(model);
  return {.folder = run, .model = model.string(), .config = (path / "config.yml").string()};
}

}  // namespace gmmvi::runner

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

}  // namespace

RunFiles run_files(const std::string& run) {
  std::error_code error;
  const fs::path path(run);
  if (!fs::exists(path, error)) refuse(fmt::format("There is no run folder and no model file at {}.", run));
  if (!fs::is_directory(path, error)) return {.folder = path.parent_path().string(), .model = run, .config = {}};
  const fs::path model = path / "model.nc";
  if (!fs::exists(model, error)) {
    refuse(
        fmt::format("The folder {} has no model.nc: it is no run folder, or its run has not finished a block of "
                    "iterations yet.",
                    run));
  }
  return {.folder = run, .model = model.string(), .config = (path / "config.yml").string()};
}

}  // namespace gmmvi::runner

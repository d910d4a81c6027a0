#pragma once

#include <optional>
#include <string>

namespace gmmvi::runner {

/// What a run left on disk, as a command is told of it.
struct RunFiles {
  std::string folder;                 ///< of the model
  std::string model;                  ///< path of the model file
  std::optional<std::string> config;  ///< path of config.yml; absent where the model file alone was named
};

/// `run`: a run folder, or the path of a model file. Throws Error (data) where it is neither.
RunFiles run_files(const std::string& run);

}  // namespace gmmvi::runner

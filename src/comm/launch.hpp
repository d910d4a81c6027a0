#pragma once

#include <functional>
#include <optional>
#include <string>

namespace gmmvi::comm {

/// What a launcher says of this process in the environment.
struct LaunchedTask {
  int tasks = 1;                 ///< that it started of this program
  std::optional<int> task = {};  ///< which of them this is, from 0
  std::string said_by = {};      ///< the variable, with its value
};

/// The environment: the value of a variable, or null.
using Environment = std::function<const char*(const char* variable)>;

/// Whether a launcher has started this process as one of several tasks, as far as the environment tells. A batch script
/// or a shell within a job of several tasks is none of them, nor is what an MPI launcher started alone there.
std::optional<LaunchedTask> one_of_several_tasks(const Environment& environment);

}  // namespace gmmvi::comm

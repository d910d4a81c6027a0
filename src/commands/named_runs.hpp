#pragma once

#include <string>
#include <vector>

#include "runner/several_runs.hpp"

namespace gmmvi::commands {

/// The runs (folders or model files) that a user named, which have to be of one target. Throws Error (data).
runner::SeveralRuns named_runs(const std::vector<std::string>& names);

}  // namespace gmmvi::commands

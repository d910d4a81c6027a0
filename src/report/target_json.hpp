#pragma once

#include <vector>

#include "report/json_values.hpp"
#include "report/run_data.hpp"

namespace gmmvi::report {

/// An element for every target with its parameters: which runs fitted it, and what their mixtures say of it.
Json targets_json(const std::vector<RunData>& runs);

}  // namespace gmmvi::report

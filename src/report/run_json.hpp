#pragma once

#include <string>

#include "report/json_values.hpp"
#include "report/run_data.hpp"

namespace gmmvi::report {

/// What a run is and how it went, under the `name` that legends give it.
Json run_json(const RunData& run, const std::string& name);

}  // namespace gmmvi::report

#pragma once

#include <vector>

#include "report/json_values.hpp"
#include "report/run_data.hpp"

namespace gmmvi::report {

/// What the page draws, numbers as long as a chart can show; names as page/report.js uses them:
/// `runs`, in the order given, and `targets`, each with the runs that fitted it and what their mixtures say.
Json to_json(const std::vector<RunData>& runs);

}  // namespace gmmvi::report

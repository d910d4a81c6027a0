#pragma once

#include <string>
#include <vector>

#include "report/run_data.hpp"

namespace gmmvi::report {

/// One HTML page about the runs; opens without anything else.
std::string page(const std::vector<RunData>& runs);

/// Writes a page to `path`, in place of another report. Throws Error (cannot_create), also where there is a file that
/// is no report.
void write_page(const std::string& path, const std::string& page);

}  // namespace gmmvi::report

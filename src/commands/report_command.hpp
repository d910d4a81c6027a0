#pragma once

#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct ReportArguments {
  std::vector<std::string> runs;  ///< their folders, at least one
  std::string file;               ///< empty: report.html, in the folder of the only run, or here
};

/// `gmmvi report`: writes an HTML page about runs. Rank 0 does it; its errors are the same CollectiveError on every
/// rank. Collective.
void report_command(const ReportArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

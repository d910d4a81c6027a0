#pragma once

#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct CompareArguments {
  std::vector<std::string> runs;  ///< run folders or model files, at least two
  bool json = false;
};

/// `gmmvi compare`: prints whether runs of one target agree. Errors are the same CollectiveError on every rank.
/// Collective.
void compare_command(const CompareArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

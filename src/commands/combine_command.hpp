#pragma once

#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct CombineArguments {
  std::vector<std::string> runs;  ///< run folders or model files, at least two
  std::string out;                ///< a new file
};

/// `gmmvi combine`: writes one mixture of runs of one target to a new file, and says what it made. Errors (a file that
/// is there already is one) are the same CollectiveError on every rank. Collective.
void combine_command(const CombineArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

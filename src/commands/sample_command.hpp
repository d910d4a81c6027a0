#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct SampleArguments {
  std::string run;             ///< a run folder, or the path of a model file
  std::int64_t count = 10000;  ///< >= 1
  std::uint64_t seed = 0;
  bool log_target = false;         ///< evaluate the target, too; takes a run folder
  bool inside = false;             ///< only draws inside the support of the target, which is evaluated, too
  bool generated = false;          ///< of a Stan model: its transformed parameters and generated quantities, too
  std::optional<std::string> out;  ///< by default samples.nc beside the model
};

/// `gmmvi sample`: writes draws of the mixture that a run fitted to a new file, and says what it wrote. Errors (a file
/// that is there already is one) are the same CollectiveError on every rank. Collective.
void sample_command(const SampleArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

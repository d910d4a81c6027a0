#pragma once

#include <string>
#include <vector>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

struct NewArguments {
  std::string kind;    ///< one of project_kinds()
  std::string folder;  ///< one that is not there yet, or is empty
};

/// The kinds of projects there are: by what a simulator is.
std::vector<std::string> project_kinds();

/// `gmmvi new`: writes a project that runs as it is. Every rank throws a CollectiveError (cannot_create) where there is
/// something in the folder already, or it cannot be written. Collective.
void new_command(const NewArguments& arguments, const Communicator& world);

}  // namespace gmmvi::commands

#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

/// Prints rank 0's text. Every rank throws a CollectiveError where it cannot be written (a full disk). Collective.
void print(const Communicator& world, const std::string& text);

}  // namespace gmmvi::commands

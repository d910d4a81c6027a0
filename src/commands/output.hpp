#pragma once

#include <string>

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

/// Prints rank 0's text, with control characters escaped that it may quote. Every rank throws a CollectiveError where
/// it cannot be written (a full disk). Collective.
void print(const Communicator& world, const std::string& text);
/// The same of a text for people: on a terminal folded to its width. Collective.
void tell(const Communicator& world, const std::string& text);

}  // namespace gmmvi::commands

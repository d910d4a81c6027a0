#pragma once

#include "gmmvi/communicator.hpp"

namespace gmmvi::commands {

/// `gmmvi info`: prints version, build, libraries, MPI, machines, and the options by letter. Collective.
void info_command(const Communicator& world);

}  // namespace gmmvi::commands

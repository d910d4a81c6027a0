#pragma once

#include <string>

namespace gmmvi::comm {

/// The MPI library's name and version with that of the standard, as in "Open MPI v4.1.4 (MPI 3.1)".
std::string mpi_library();

/// Whether several threads of a rank may use MPI at the same time.
bool threads_may_use_mpi();

}  // namespace gmmvi::comm

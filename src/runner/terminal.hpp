#pragma once

#include <cstddef>
#include <filesystem>

namespace gmmvi::runner {

/// Whether what rank 0 prints appears on a terminal. Open MPI gives its ranks a pseudo-terminal even where mpirun's own
/// output goes into a file, so under mpirun it is mpirun's standard output that counts; where that cannot be told (rank
/// 0 on another machine than mpirun), the answer is no. `root`: where /proc is.
bool prints_on_terminal(const std::filesystem::path& root = "/");

/// Columns of that terminal as it is now; where it does not tell, what the environment variable COLUMNS says, or 80.
std::size_t terminal_columns(const std::filesystem::path& root = "/");

}  // namespace gmmvi::runner

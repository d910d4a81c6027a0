#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace gmmvi::core {

enum class StandardStream { out = 1, error = 2 };  ///< as the system numbers them

/// Whether what rank 0 prints appears on a terminal. Open MPI gives its ranks a pseudo-terminal even where mpirun's own
/// output goes into a file, so under mpirun it is mpirun's stream that counts; where that cannot be told (rank 0 on
/// another machine than mpirun), the answer is no. `root`: where /proc is.
bool prints_on_terminal(StandardStream stream, const std::filesystem::path& root = "/");

/// Columns of that terminal as it is now; where it does not tell, what the environment variable COLUMNS says, or 80.
std::size_t terminal_columns(StandardStream stream, const std::filesystem::path& root = "/");

/// A text for people as it is to be printed: folded to the terminal that it appears on; as it is where it goes into a
/// file or a pipe, so that programs find whole sentences there.
std::string laid_out(const std::string& text, StandardStream stream);

}  // namespace gmmvi::core

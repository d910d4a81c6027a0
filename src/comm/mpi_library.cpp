#include "comm/mpi_library.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <mpi.h>

namespace gmmvi::comm {

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0, major = 0, minor = 0;
  MPI_Get_library_version(text.data(), &length);
  MPI_Get_version(&major, &minor);
  std::string library(text.data());
  library.resize(std::min(library.find_first_of(",\n"), library.size()));  // what follows is long
  std::ranges::replace(library, '\t', ' ');
  return fmt::format("{} (MPI {}.{})", library, major, minor);
}

bool threads_may_use_mpi() {
  int initialised = 0, granted = MPI_THREAD_SINGLE;
  MPI_Initialized(&initialised);
  if (initialised != 0) MPI_Query_thread(&granted);
  return granted == MPI_THREAD_MULTIPLE;
}

}  // namespace gmmvi::comm

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

}  // namespace gmmvi::comm

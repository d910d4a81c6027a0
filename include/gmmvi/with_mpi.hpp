#pragma once

#include <functional>

#include <mpi.h>

#include "gmmvi/communicator.hpp"

namespace gmmvi {

/// MPI for the lifetime of this object: initialised unless it already is, finalised at the end unless an exception is
/// on its way (finalising while other ranks wait would hang).
class MpiScope {
 public:
  /// Which threads of a rank communicate.
  enum class Threads {
    one,     ///< that which made this object (MPI_THREAD_FUNNELED)
    several  ///< at the same time (MPI_THREAD_MULTIPLE), as Teams need
  };
  MpiScope(int& argc, char**& argv, Threads threads = Threads::one);
  ~MpiScope();
  MpiScope(const MpiScope&) = delete;
  MpiScope& operator=(const MpiScope&) = delete;

 private:
  bool initialised_here_ = false;
  int exceptions_ = 0;
};

/// The ranks of `communicator`, which is duplicated: our messages never meet the caller's. Collective.
Communicator mpi_communicator(MPI_Comm communicator);

/// Calls `body` and returns the exit code of the program: 0, or that of the Error that came out of it, whose sentence
/// is printed once; other exceptions count as bugs (70). If only one rank fails, all end at once. Collective.
int guarded(const Communicator& ranks, const std::function<void()>& body);

}  // namespace gmmvi

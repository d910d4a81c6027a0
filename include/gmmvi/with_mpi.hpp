#pragma once

#include <mpi.h>

#include "gmmvi/communicator.hpp"

namespace gmmvi {

/// MPI for the lifetime of this object: initialised unless it already is, finalised at the end unless an exception is
/// on its way (finalising while other ranks wait would hang). Threads: MPI_THREAD_FUNNELED.
class MpiScope {
 public:
  MpiScope(int& argc, char**& argv);
  ~MpiScope();
  MpiScope(const MpiScope&) = delete;
  MpiScope& operator=(const MpiScope&) = delete;

 private:
  bool initialised_here_ = false;
  int exceptions_ = 0;
};

/// The ranks of `communicator`, which is duplicated: our messages never meet the caller's. Collective.
Communicator mpi_communicator(MPI_Comm communicator);

}  // namespace gmmvi

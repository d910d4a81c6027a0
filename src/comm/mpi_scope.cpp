#include <exception>

#include "gmmvi/with_mpi.hpp"

namespace gmmvi {

MpiScope::MpiScope(int& argc, char**& argv, Threads threads) : exceptions_(std::uncaught_exceptions()) {
  int initialised = 0;
  MPI_Initialized(&initialised);
  if (initialised) return;
  int granted = MPI_THREAD_SINGLE;
  MPI_Init_thread(&argc, &argv, threads == Threads::several ? MPI_THREAD_MULTIPLE : MPI_THREAD_FUNNELED, &granted);
  initialised_here_ = true;
}

MpiScope::~MpiScope() {
  if (initialised_here_ && std::uncaught_exceptions() == exceptions_) MPI_Finalize();
}

}  // namespace gmmvi

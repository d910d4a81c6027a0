#include "comm/wait.hpp"

#include <sched.h>

#include "comm/backoff.hpp"

namespace gmmvi::comm {
namespace {

bool complete(MPI_Request& request) {
  int flag = 0;
  MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
  return flag != 0;
}

}  // namespace

void wait(MPI_Request& request) {
  const Backoff backoff;
  while (!complete(request)) backoff.pause();
}

void wait_busily(MPI_Request& request) {
  while (!complete(request)) sched_yield();
}

}  // namespace gmmvi::comm

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

void wait(MPI_Request& request, std::chrono::nanoseconds awake, const std::function<void()>& errand) {
  const Backoff backoff(std::chrono::microseconds(200), awake);
  while (!complete(request)) {
    errand();
    backoff.pause();
  }
}

void wait_busily(std::span<MPI_Request> requests, const std::function<void()>& errand) {
  const auto complete = [&] {
    int flag = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &flag, MPI_STATUSES_IGNORE);
    return flag != 0;
  };
  while (!complete()) {
    errand();
    sched_yield();
  }
}

}  // namespace gmmvi::comm

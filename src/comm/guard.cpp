#include "comm/guard.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

#include <mpi.h>

#include "gmmvi/with_mpi.hpp"

#include "comm/foreign_code.hpp"
#include "core/contract.hpp"
#include "core/log.hpp"

namespace gmmvi::comm {
namespace {

// mpirun forwards what ranks print only as long as they live.
constexpr auto time_to_forward = std::chrono::milliseconds(100);

void report(const std::string& message) {
  core::log().error("error: {}", message);
  core::log().flush();
}

int lonely_error(const Communicator& ranks, const std::string& message, int code) {
  report(message);
  if (ranks.size() > 1) end_all_ranks(ranks, code);
  return code;
}

int collective_error(const Communicator& ranks, const CollectiveError& error) {
  if (ranks.is_root()) report(error.what());
  return static_cast<int>(error.code());
}

}  // namespace

int run_guarded(const Communicator& ranks, const std::function<int()>& body) {
  try {
    return body();
  } catch (const CollectiveError& error) {
    return collective_error(ranks, error);
  } catch (const Error& error) {
    return lonely_error(ranks, error.what(), static_cast<int>(error.code()));
  } catch (const std::bad_alloc&) {
    return lonely_error(ranks, "there is not enough memory", bug_exit_code);
  } catch (const core::ContractViolation& bug) {
    return lonely_error(ranks, std::string("this is a bug in gmmvi: ") + bug.what(), bug_exit_code);
  } catch (const std::exception& bug) {
    return lonely_error(ranks, std::string("unexpected: ") + bug.what(), bug_exit_code);
  } catch (...) {
    return lonely_error(ranks, "unexpected: an exception of unknown type", bug_exit_code);
  }
}

void end_all_ranks(const Communicator& ranks, int code) {
  allow_end();
  std::fflush(nullptr);
  if (ranks.size() > 1) {
    std::this_thread::sleep_for(time_to_forward);
    MPI_Abort(MPI_COMM_WORLD, code);
  }
  std::_Exit(code);
}

void end_world(int code) {
  int initialised = 0, finalised = 0, ranks = 1;
  MPI_Initialized(&initialised);
  MPI_Finalized(&finalised);
  if (initialised != 0 && finalised == 0) MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  allow_end();
  std::fflush(nullptr);
  if (ranks > 1) {
    std::this_thread::sleep_for(time_to_forward);
    MPI_Abort(MPI_COMM_WORLD, code);
  }
  std::_Exit(code);
}

void leave_at_once(int code, bool in_haste) {
  allow_end();
  core::log().flush();
  std::fflush(nullptr);
  int initialised = 0;
  MPI_Initialized(&initialised);
  if (initialised && !in_haste) MPI_Finalize();
  std::_Exit(code);
}

}  // namespace gmmvi::comm

namespace gmmvi {

int guarded(const Communicator& ranks, const std::function<void()>& body) {
  core::set_log_rank(ranks.rank(), ranks.size());
  return comm::run_guarded(ranks, [&] {
    body();
    return static_cast<int>(ExitCode::success);
  });
}

}  // namespace gmmvi

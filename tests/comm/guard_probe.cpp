/// Errors on the last rank, or known to all, while the other ranks wait; to be chosen by the first argument.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "comm/on_root.hpp"
#include "core/contract.hpp"

namespace {

using namespace gmmvi;

/// Leaves an MpiScope by an exception, while the others wait: finalising would hang.
int unwind(int argc, char** argv) {
  Communicator ranks;
  try {
    const MpiScope mpi(argc, argv);
    ranks = mpi_communicator(MPI_COMM_WORLD);
    if (ranks.rank() == ranks.size() - 1) throw std::runtime_error("left the scope");
    ranks.barrier();
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    comm::end_all_ranks(ranks, 7);
  }
  return 0;
}

int fail(const Communicator& ranks, const std::string& how) {
  const bool last = ranks.rank() == ranks.size() - 1;
  if (how == "collective") {
    comm::on_root(ranks, [] { throw Error("the probe's setting is wrong", ExitCode::configuration); });
  }
  if (last && how == "error") throw Error("the probe's data are unreadable", ExitCode::data);
  if (last && how == "bug") throw core::ContractViolation("the probe's contract");
  if (last && how == "unknown") throw 1;
  ranks.barrier();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "";
  if (how == "unwinding") return unwind(argc, argv);
  const MpiScope mpi(argc, argv);
  const Communicator ranks = mpi_communicator(MPI_COMM_WORLD);
  return comm::run_guarded(ranks, [&] { return fail(ranks, how); });
}

#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "command_line.hpp"
#include "core/log.hpp"
#include "core/memory.hpp"

using namespace gmmvi;

int main(int argc, char** argv) {
  core::keep_freed_memory();
  MpiScope mpi(argc, argv);
  const Communicator world = mpi_communicator(MPI_COMM_WORLD);
  core::set_log_rank(world.rank(), world.size());
  return comm::run_guarded(world, [&] {
    const apps::CommandLine command_line = apps::parse_command_line(argc, argv, world.is_root());
    if (command_line.command) command_line.command(world);
    return command_line.exit_code;
  });
}

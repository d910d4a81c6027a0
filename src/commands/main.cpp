#include "gmmvi/main.hpp"

#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "commands/command_line.hpp"
#include "core/log.hpp"
#include "core/memory.hpp"

namespace gmmvi {

int main(int argc, char** argv) {
  core::keep_freed_memory();
  MpiScope mpi(argc, argv);
  const Communicator world = mpi_communicator(MPI_COMM_WORLD);
  core::set_log_rank(world.rank(), world.size());
  return comm::run_guarded(world, [&] {
    const commands::CommandLine command_line = commands::parse_command_line(argc, argv, world.is_root());
    if (command_line.command) command_line.command(world);
    return command_line.exit_code;
  });
}

}  // namespace gmmvi

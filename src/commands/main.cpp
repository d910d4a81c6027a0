#include "gmmvi/main.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "commands/command_line.hpp"
#include "core/log.hpp"
#include "core/memory.hpp"
#include "core/own_target.hpp"

namespace gmmvi {

namespace {

int run_program(int argc, char** argv) {
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

}  // namespace

int main(int argc, char** argv) {
  core::set_program("gmmvi", std::nullopt);
  return run_program(argc, argv);
}

int main(int argc, char** argv, TargetFactory make_target, std::string name) {
  const std::string program = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "";
  if (name.empty()) name = program.empty() ? "own target" : program;
  core::set_program(program, core::OwnTarget{std::move(name), std::move(make_target)});
  return run_program(argc, argv);
}

}  // namespace gmmvi

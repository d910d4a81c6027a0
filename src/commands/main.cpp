#include "gmmvi/main.hpp"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"
#include "gmmvi/with_mpi.hpp"

#include "comm/guard.hpp"
#include "comm/launch.hpp"
#include "comm/mpi_library.hpp"
#include "commands/command_line.hpp"
#include "core/log.hpp"
#include "core/memory.hpp"
#include "core/own_target.hpp"

namespace gmmvi {
namespace {

/// Several processes of one rank each would do the same work several times, in several folders. The first says so, the
/// others have a line.
void require_joined(const comm::LaunchedTask& task) {
  if (task.task.value_or(0) > 0)
    throw Error(fmt::format("MPI does not join the {} tasks that were started, of which this is number {}; task 0 says "
                            "more",
                            task.tasks, *task.task),
                ExitCode::usage);
  throw Error(
      fmt::format("this program was started as {} tasks ({}), but MPI sees only one rank in each: they would all make "
                  "the same run, each on its own, at {} times the cost. The launcher does not belong to the MPI that "
                  "gmmvi is built with, {}. Start gmmvi with the mpirun of that MPI; within a job of SLURM, srun "
                  "--mpi=pmix does as well where both are built with PMIx (srun --mpi=list). If each task is meant to "
                  "work on its own, add --single",
                  task.tasks, task.said_by, task.tasks, comm::mpi_library()),
      ExitCode::usage);
}

/// Teams need threads that communicate, which MPI has to know when it starts. A config that cannot be read twice, or
/// not at all, has none.
MpiScope::Threads threads_of(const commands::CommandLine& command_line) {
  using Threads = MpiScope::Threads;
  if (!command_line.config) return Threads::one;
  try {
    const auto configuration = config::peek(command_line.config->config, command_line.config->overrides);
    return configuration.solver.evaluation.ranks_per_evaluation > 1 ? Threads::several : Threads::one;
  } catch (const std::exception&) {
    return Threads::one;  // reading it again says why
  }
}

int run_program(int argc, char** argv) {
  if (argc > 0) core::set_started_as(argv[0]);
  core::keep_freed_memory();
  // Before MPI, which may set such variables itself.
  const auto task = comm::one_of_several_tasks([](const char* variable) { return std::getenv(variable); });
  const MpiScope mpi(argc, argv, threads_of(commands::parse_command_line(argc, argv, false)));
  const Communicator world = mpi_communicator(MPI_COMM_WORLD);
  core::set_log_rank(world.rank(), world.size());
  return comm::run_guarded(world, [&] {
    const commands::CommandLine command_line = commands::parse_command_line(argc, argv, world.is_root());
    if (task && world.size() == 1 && command_line.command && !command_line.single) require_joined(*task);
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

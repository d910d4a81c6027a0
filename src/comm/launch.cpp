#include "comm/launch.hpp"

#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace gmmvi::comm {
namespace {

/// A launcher's variables: how many tasks there are, and which this is. Either may be absent.
struct Launcher {
  const char *tasks, *task;
};

/// Launchers of an MPI, which set these in every process that they start.
constexpr std::array mpi_launchers = {
    Launcher{"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},  // Open MPI
    Launcher{"PMI_SIZE", "PMI_RANK"},                          // MPICH, Intel MPI, Cray PALS, srun --mpi=pmi2
    Launcher{"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},    // MVAPICH
    Launcher{"PALS_SIZE", "PALS_RANKID"},                      // Cray PALS
    Launcher{"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"},      // jsrun
    Launcher{"FLUX_JOB_SIZE", "FLUX_TASK_RANK"},               // Flux
    Launcher{"", "PMIX_RANK"},                                 // PMIx
    Launcher{"", "ALPS_APP_PE"},                               // Cray ALPS
};

std::optional<int> number(const Environment& environment, const char* variable) {
  const char* const text = *variable != '\0' ? environment(variable) : nullptr;
  if (text == nullptr) return std::nullopt;
  const std::string_view view(text);
  int value = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  return error == std::errc() && end == view.data() + view.size() ? std::optional(value) : std::nullopt;
}

/// `tasks` and `task` as these variables have them, if they are of several.
std::optional<LaunchedTask> task_by(const Environment& environment, const char* tasks, const char* task) {
  const auto count = number(environment, tasks), own = number(environment, task);
  if (count.value_or(1) > 1)
    return LaunchedTask{.tasks = *count, .task = own, .said_by = fmt::format("{}={}", tasks, *count)};
  if (!count && own.value_or(0) > 0)
    return LaunchedTask{.tasks = *own + 1, .task = own, .said_by = fmt::format("{}={}", task, *own)};
  return std::nullopt;
}

/// srun numbers the tasks of a step. A batch script, a kind of step itself, is told the number of tasks of the whole
/// job, and is its task 0.
std::optional<LaunchedTask> task_by_slurm(const Environment& environment) {
  if (number(environment, "SLURM_STEP_NUM_TASKS")) return task_by(environment, "SLURM_STEP_NUM_TASKS", "SLURM_PROCID");
  const auto task = number(environment, "SLURM_PROCID");
  const bool in_job = environment("SLURM_JOB_ID") != nullptr || environment("SLURM_JOBID") != nullptr;
  if (!task || (*task == 0 && in_job)) return std::nullopt;
  return task_by(environment, "SLURM_NTASKS", "SLURM_PROCID");
}

}  // namespace

std::optional<LaunchedTask> one_of_several_tasks(const Environment& environment) {
  for (const Launcher& launcher : mpi_launchers)
    if (number(environment, launcher.tasks) == 1) return std::nullopt;  // started alone, within whatever
  for (const Launcher& launcher : mpi_launchers)
    if (const auto task = task_by(environment, launcher.tasks, launcher.task)) return task;
  // MPICH and Intel MPI tell how many ranks this node has, not how many there are.
  if (const auto task = task_by(environment, "MPI_LOCALNRANKS", "MPI_LOCALRANKID")) return task;
  return task_by_slurm(environment);
}

}  // namespace gmmvi::comm

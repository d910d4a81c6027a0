#include "comm/launch.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace gmmvi::comm {
namespace {

using Variables = std::map<std::string, std::string>;

std::optional<LaunchedTask> task_in(const Variables& variables) {
  return one_of_several_tasks([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

/// "2 of 4 by VARIABLE=4", or "alone".
std::string seen_in(const Variables& variables) {
  const auto task = task_in(variables);
  if (!task) return "alone";
  return (task->task ? std::to_string(*task->task) : "?") + " of " + std::to_string(task->tasks) + " by " +
         task->said_by;
}

TEST(Launch, IsAloneWhereNobodySaysOtherwise) {
  EXPECT_EQ(seen_in({}), "alone");
  EXPECT_EQ(seen_in({{"PMI_SIZE", "many"}, {"SLURM_NTASKS", ""}}), "alone");
}

TEST(Launch, KnowsLaunchersOfEveryMpi) {
  EXPECT_EQ(seen_in({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "2"}}),
            "2 of 4 by OMPI_COMM_WORLD_SIZE=4");
  EXPECT_EQ(seen_in({{"PMI_SIZE", "3"}, {"PMI_RANK", "0"}}), "0 of 3 by PMI_SIZE=3");
  EXPECT_EQ(seen_in({{"MV2_COMM_WORLD_SIZE", "2"}, {"MV2_COMM_WORLD_RANK", "1"}}), "1 of 2 by MV2_COMM_WORLD_SIZE=2");
  EXPECT_EQ(seen_in({{"MPI_LOCALNRANKS", "2"}, {"MPI_LOCALRANKID", "1"}}), "1 of 2 by MPI_LOCALNRANKS=2");
  EXPECT_EQ(seen_in({{"PALS_SIZE", "8"}, {"PALS_RANKID", "7"}}), "7 of 8 by PALS_SIZE=8");
  EXPECT_EQ(seen_in({{"FLUX_JOB_SIZE", "2"}, {"FLUX_TASK_RANK", "0"}}), "0 of 2 by FLUX_JOB_SIZE=2");
  EXPECT_EQ(seen_in({{"PMIX_RANK", "3"}}), "3 of 4 by PMIX_RANK=3") << "at least";
  EXPECT_EQ(seen_in({{"ALPS_APP_PE", "1"}}), "1 of 2 by ALPS_APP_PE=1") << "at least";
  EXPECT_EQ(seen_in({{"PMIX_RANK", "0"}, {"PMIX_NAMESPACE", "x"}}), "alone");
}

TEST(Launch, KnowsTasksOfAStepOfSlurm) {
  const auto step = [](const char* task) {
    return Variables{{"SLURM_JOB_ID", "7"},
                     {"SLURM_NTASKS", "4"},
                     {"SLURM_STEP_NUM_TASKS", "4"},
                     {"SLURM_PROCID", task},
                     {"SLURM_LOCALID", task}};
  };
  EXPECT_EQ(seen_in(step("0")), "0 of 4 by SLURM_STEP_NUM_TASKS=4");
  EXPECT_EQ(seen_in(step("3")), "3 of 4 by SLURM_STEP_NUM_TASKS=4");
  EXPECT_EQ(seen_in({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "2"}}), "2 of 4 by SLURM_NTASKS=4");
  EXPECT_EQ(seen_in({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), "0 of 4 by SLURM_NTASKS=4") << "in no job";
}

TEST(Launch, ABatchScriptOrAShellInAJobOfSlurmIsNoTask) {
  EXPECT_EQ(seen_in({{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}}), "alone") << "salloc";
  EXPECT_EQ(seen_in({{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}), "alone") << "sbatch";
  EXPECT_EQ(
      seen_in({{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}, {"SLURM_STEP_NUM_TASKS", "1"}, {"SLURM_PROCID", "0"}}),
      "alone")
      << "an interactive step, or srun -n 1";
}

TEST(Launch, WhatAnMpiLauncherStartsAloneIsAloneWhereverItIs) {
  EXPECT_EQ(seen_in({{"OMPI_COMM_WORLD_SIZE", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "1"}}), "alone");
  EXPECT_EQ(seen_in({{"PMI_SIZE", "1"}, {"PMI_RANK", "0"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "1"}}), "alone");
  EXPECT_EQ(seen_in({{"PMI_SIZE", "4"}, {"PMI_RANK", "1"}, {"MPI_LOCALNRANKS", "1"}}), "1 of 4 by PMI_SIZE=4")
      << "alone on its node only";
}

}  // namespace
}  // namespace gmmvi::comm

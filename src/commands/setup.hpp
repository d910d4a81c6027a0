#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "gmmvi/communicator.hpp"
#include "gmmvi/gmmvi.hpp"
#include "gmmvi/target.hpp"
#include "gmmvi/teams.hpp"

#include "commands/config_arguments.hpp"
#include "config/configuration.hpp"
#include "io/fingerprint.hpp"
#include "runner/expected_utilization.hpp"
#include "runner/fit_metrics.hpp"
#include "runner/memory_need.hpp"
#include "target/make_target.hpp"
#include "target/table.hpp"

namespace gmmvi::commands {

/// What `run` and `check` begin with; the same on every rank.
struct Setup {
  config::Configuration configuration;
  Options solver;                     ///< that of the configuration, with what it leaves open
  std::optional<AnyMixture> initial;  ///< that the run starts from; none: model_initialization describes it
  std::unique_ptr<Target> target;
  std::function<std::unique_ptr<Target>()> make_target;  ///< another one like it. Collective
  std::unique_ptr<Teams> teams;                          ///< that evaluate it
  io::Fingerprint fingerprint;                           ///< of what the mixtures come from
  runner::MemoryNeed memory;
  std::vector<target::Remark> remarks;  ///< on the target's data, and on what the config leaves open
};

/// A target, and what it is made of.
struct MadeTarget {
  std::unique_ptr<Target> target;
  std::function<std::unique_ptr<Target>()> make_another;  ///< like it. Collective
  std::unique_ptr<Teams> teams;                           ///< that evaluate it
  EvaluationOptions evaluation;                           ///< those of the config, with what it leaves open
  io::Fingerprint fingerprint;
};

/// The target of a config, whose data rank 0 reads and shares. Errors are the same CollectiveError on every rank.
/// What people should know of the data goes to `remarks`. Collective.
MadeTarget make_target(const config::Configuration& configuration, const Communicator& world,
                       std::vector<target::Remark>* remarks = nullptr, const target::Kept& kept = {});

/// Reads the config and its data on rank 0 and shares them. Errors are the same CollectiveError on every rank.
/// Collective.
Setup set_up(const ConfigArguments& arguments, const Communicator& world);

/// The solver, unless there is not enough memory for its first iteration; within `setup.teams`, with the target and the
/// ranks that they give. Errors as above. Collective.
Gmmvi make_solver(const Setup& setup, Target& target, const Communicator& ranks, const EvaluationHost& host);

/// What evaluates in its run.
runner::Evaluators evaluators_of(const Setup& setup);

/// What may go wrong later: data that are not what they seem, memory that may not suffice, a preset that is made for
/// another estimator. Rank 0 says it, and how the data were understood.
void say_warnings(const Setup& setup, const ConfigArguments& arguments, const Communicator& world);

/// What is measured beside the ELBO; rank 0's. Throws Error (data) where the ground truth cannot be used.
runner::FitMetrics make_fit_metrics(const Setup& setup);

}  // namespace gmmvi::commands

#include "commands/setup.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/chosen_preset.hpp"
#include "commands/shared_input.hpp"
#include "core/log.hpp"
#include "runner/ground_truth.hpp"
#include "runner/machine.hpp"
#include "runner/run.hpp"
#include "target/memory.hpp"

namespace gmmvi::commands {
namespace {

/// The mixture that the config names. What the options say of the first mixture becomes what it is.
std::optional<AnyMixture> initial_mixture(config::Configuration& configuration, const Target& target, DataFiles& read,
                                          const Communicator& world) {
  if (configuration.initial_model.empty()) return std::nullopt;
  return alike_on_all_ranks([&] {
    const std::string& path = configuration.initial_model;
    const auto model = shared_sources(world, read).model(path);
    if (model.transforms != target.transforms())
      throw Error(
          fmt::format("{}: its mixture is of parameters with other bounds, scales or priors than this config has, "
                      "so that it would mean something else here; start from a mixture of a run with the same "
                      "parameters, or leave model_initialization.model out",
                      path),
          ExitCode::data);
    AnyMixture mixture = model.mixture;
    ModelInitialization& described = configuration.solver.model_initialization;
    described.use_diagonal_covs = std::holds_alternative<Mixture<DiagonalCovariance>>(mixture);
    described.num_initial_components = std::visit([](const auto& m) { return static_cast<int>(m.size()); }, mixture);
    return mixture;
  });
}

/// Before anything is allocated.
void require_memory_for_target(const config::Configuration& configuration, const runner::Node& node) {
  const target::MemoryOfTarget memory = target::memory_of(configuration.target);
  const double needed = memory.bytes * node.ranks * configuration.solver.evaluation.slots_or_one();
  if (needed <= node.available_memory) return;
  const std::string key = "target." + memory.key;
  const auto place = configuration.places.find(key);
  throw Error(fmt::format("{}{}: the target needs {} of memory for it, and there are {} on {}; take a smaller number",
                          place == configuration.places.end() ? "" : place->second + ": ", key,
                          runner::bytes_text(needed), runner::bytes_text(node.available_memory), node.name),
              ExitCode::configuration);
}

std::unique_ptr<Target> target_of_config(const config::Configuration& configuration, const Communicator& world,
                                         DataFiles& read, std::vector<target::Remark>* remarks, int slot,
                                         const target::Kept& kept) {
  if (std::holds_alternative<target::OwnOptions>(configuration.target)) {  // its maker may fail on any rank
    std::unique_ptr<Target> target;
    comm::attempt_on_all(world, [&] {
      target = target::make_target(configuration.target, configuration.solver.seed, {}, configuration.problem);
    });
    return target;
  }
  target::Sources sources = shared_sources(world, read);
  sources.attempt = [&world](const std::function<void()>& body) { comm::attempt_on_all(world, body); };
  if (remarks != nullptr) sources.remark = [remarks](const target::Remark& remark) { remarks->push_back(remark); };
  const runner::Node node = runner::nodes(world).front();
  comm::attempt_on_root(world, [&] { require_memory_for_target(configuration, node); });
  return alike_on_all_ranks([&] {
    return target::make_target(configuration.target, configuration.solver.seed, sources, configuration.problem,
                               {.rank = world.rank(), .ranks = world.size(), .slot = slot, .kept = kept});
  });
}

/// How many outputs of every sample a run keeps at most.
std::int64_t most_outputs(const config::Configuration& configuration) {
  using KeepOutputs = runner::OutputOptions::KeepOutputs;
  const bool may_choose = configuration.is_open && configuration.problem.likelihood;  // an estimator that needs them
  if ((solver::needs_outputs(configuration.solver) || may_choose) &&
      configuration.output.keep_outputs != KeepOutputs::no)
    return std::numeric_limits<std::int64_t>::max();
  if (!configuration.problem.likelihood || configuration.output.keep_outputs == KeepOutputs::no) return 0;
  constexpr std::int64_t gigabyte = 1'000'000'000, number = 8;
  if (configuration.output.keep_outputs == KeepOutputs::yes) return std::numeric_limits<std::int64_t>::max();
  const runner::RunOptions& run = configuration.run;
  const Eigen::Index dimension = std::max<Eigen::Index>(1, std::ssize(configuration.problem.parameters));
  Options options = configuration.solver;
  options.evaluation.finite_differences = target::finite_differences(configuration.target);  // fewer samples
  const solver::Extent last = solver::last_extent(options, dimension, run.iterations, run.max_evaluations);
  return (gigabyte - 1) / number / std::max<std::int64_t>(1, last.stored_samples);
}

/// Outputs that a run leaves out of its own accord.
void say_that_outputs_are_left_out(const config::Configuration& configuration, const Target& target,
                                   std::vector<target::Remark>& remarks) {
  const bool automatic = configuration.output.keep_outputs == runner::OutputOptions::KeepOutputs::automatic;
  if (!configuration.problem.likelihood || !automatic || target.outputs() > 0) return;
  remarks.push_back({false,
                     "The outputs of all evaluations may take a gigabyte of memory or more, and are not kept. With "
                     "output.keep_outputs: true they are kept, so that `gmmvi predict` needs no new simulations."});
}

/// What a config leaves open is as many as are worth having.
EvaluationOptions with_slots(const config::Configuration& configuration, const Teams& teams,
                             const Communicator& world) {
  EvaluationOptions options = configuration.solver.evaluation;
  const bool on_demand = options.scheduling != EvaluationOptions::Scheduling::fixed;
  if (!options.slots && on_demand && teams.size() == 1)
    options.slots = comm::on_root(
        world, [&] { return target::slots_worth_having(configuration.target, runner::own_cores(), teams.ranks()); });
  int slots = options.slots_or_one();
  world.broadcast(slots);  // rank 0's: others may see other servers, or have other machines
  if (options.slots) options.slots = slots;
  return options;
}

/// The config with a preset under it.
config::Configuration closed(const ConfigArguments& arguments, const std::string& preset, const Communicator& world) {
  comm::attempt_on_root(world, [&] {
    std::error_code error;
    if (!arguments.config.empty() && !std::filesystem::is_regular_file(arguments.config, error))
      throw Error(fmt::format("{} can be read only once, and leaves all seven options open, which are chosen by its "
                              "target. Name them (codename: SAMTRON, say), take a preset, or put it into a file.",
                              arguments.config),
                  ExitCode::configuration);
  });
  ConfigArguments with_base = arguments;
  with_base.overrides.base = preset;
  return shared_configuration(with_base, world);
}

}  // namespace

MadeTarget make_target(const config::Configuration& configuration, const Communicator& world,
                       std::vector<target::Remark>* remarks, const target::Kept& kept) {
  MadeTarget made;
  made.make_another = [configuration, world, kept, slot = 0]() mutable {
    DataFiles read;
    return target_of_config(configuration, world, read, nullptr, ++slot, kept);
  };
  made.target = target_of_config(configuration, world, made.fingerprint.data, remarks, 0, kept);
  made.fingerprint.config = config::to_yaml(config::essence(configuration));
  std::string fingerprint;  // with what rank 0 alone reads
  comm::attempt_on_root(world, [&] {
    made.fingerprint.target = made.target->fingerprint();
    for (const std::string& path : target::simulator_files(configuration.target))
      made.fingerprint.simulator.push_back(io::data_file(path));
    fingerprint = io::to_text(made.fingerprint);
  });
  world.broadcast(fingerprint);
  made.fingerprint = io::parse_fingerprint(fingerprint, "rank 0");
  made.teams = std::make_unique<Teams>(*made.target, configuration.solver.evaluation, world);
  made.evaluation = with_slots(configuration, *made.teams, world);
  if (!made.target->has_gradients())
    made.evaluation.finite_differences = target::finite_differences(configuration.target);
  return made;
}

Setup set_up(const ConfigArguments& arguments, const Communicator& world) {
  config::Configuration configuration = shared_configuration(arguments, world);
  std::vector<target::Remark> remarks;
  auto [target, make_another, teams, evaluation, fingerprint] = make_target(
      configuration, world, &remarks,
      {.most_outputs = most_outputs(configuration), .jacobians = solver::uses_jacobians(configuration.solver)});
  say_that_outputs_are_left_out(configuration, *target, remarks);
  if (configuration.is_open) {
    const ChosenPreset chosen = chosen_preset(configuration, *target, evaluation, world);
    remarks.push_back({false, chosen.sentence});
    configuration = closed(arguments, chosen.name, world);
  }
  const Eigen::Index dimension = target->dimension();
  comm::attempt_on_root(world, [&] { config::require_lengths(configuration, dimension); });
  std::optional<AnyMixture> initial = initial_mixture(configuration, *target, fingerprint.data, world);
  fingerprint.config = config::to_yaml(config::essence(configuration));  // of which the initial mixture decides some
  configuration.run = runner::resolved(configuration.run, *target);
  const Communicator& ranks = teams->alike();
  Options solver = configuration.solver;
  solver.evaluation = evaluation;
  runner::MemoryNeed memory = runner::memory_need(solver, dimension, configuration.run, ranks.size(),
                                                  runner::nodes(ranks).front(), target->output_numbers());
  return {std::move(configuration), std::move(solver),       std::move(initial),
          std::move(target),        std::move(make_another), std::move(teams),
          std::move(fingerprint),   std::move(memory),       std::move(remarks)};
}

Gmmvi make_solver(const Setup& setup, Target& target, const Communicator& ranks, const EvaluationHost& host) {
  return alike_on_all_ranks([&] {
    runner::require_memory(setup.memory);
    const Options& options = setup.solver;
    if (setup.initial) return Gmmvi::build_from_config(options, target, *setup.initial, ranks, host);
    return Gmmvi::build_from_config(options, target, ranks, host);
  });
}

runner::Evaluators evaluators_of(const Setup& setup) {
  return {setup.teams->count(), setup.solver, *setup.target};
}

void say_warnings(const Setup& setup, const ConfigArguments& arguments, const Communicator& world) {
  if (!world.is_root()) return;
  for (const target::Remark& remark : setup.remarks) {
    if (remark.warning)
      core::log().warn("warning: {}", remark.text);
    else
      core::log().info("{}", remark.text);
  }
  if (arguments.overrides.preset == "expensive" && !solver::needs_gradients(setup.configuration.solver)) {
    const bool outputs = solver::needs_outputs(setup.configuration.solver);
    core::log().warn(
        "warning: the preset `expensive` is made for the estimator Stein, which uses gradients of the target; this run "
        "estimates with {}, which uses none: take --preset {}",
        outputs ? "GaussNewton" : "MORE", outputs ? "expensive_with_outputs" : "expensive_without_gradients");
  }
  if (const auto warning = runner::memory_warning(setup.memory)) core::log().warn("{}", *warning);
}

runner::FitMetrics make_fit_metrics(const Setup& setup) {
  const runner::MmdOptions& mmd = setup.configuration.mmd;
  if (mmd.samples.empty()) return {*setup.target, std::nullopt};
  return {*setup.target, math::MaximumMeanDiscrepancy(runner::read_ground_truth(mmd.samples), mmd.alpha)};
}

}  // namespace gmmvi::commands

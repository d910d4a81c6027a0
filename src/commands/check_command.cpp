#include "commands/check_command.hpp"

#include <variant>

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/setup.hpp"
#include "runner/expected_utilization.hpp"
#include "runner/probe.hpp"
#include "solver/cost.hpp"

namespace gmmvi::commands {
namespace {

Eigen::VectorXd first_mean(const AnyMixture& mixture) {
  return std::visit([](const auto& m) { return m.gaussian(0).mean(); }, mixture);
}

/// 1.3D, say, as a number.
std::string samples_text(const Setup& setup) {
  const auto wanted = [&](const auto& selection) {
    return selection.desired_samples_per_component.in(setup.target->dimension());
  };
  return fmt::format("desired_samples_per_component is {}",
                     std::visit(wanted, setup.configuration.solver.sample_selector));
}

/// What it costs to add components, where that is more than the samples that an iteration draws anyway; or nothing.
std::string additions_text(const Setup& setup) {
  const Options& options = setup.configuration.solver;
  const auto* adaptive = std::get_if<AdaptiveComponentsOptions>(&options.component_adapter);
  if (adaptive == nullptr || adaptive->num_prior_samples == 0) return "";
  std::string text = fmt::format(
      "To add a component, every {} iterations, {} samples of the prior are evaluated each time (num_prior_samples)",
      adaptive->add_iters, adaptive->num_prior_samples);
  const runner::RunOptions& run = setup.configuration.run;
  const std::int64_t last =
      solver::last_iteration(options, setup.target->dimension(), run.iterations, run.max_evaluations);
  if (last < run.iterations) {
    const std::int64_t rounded = last < 50 ? last : (last + 5) / 10 * 10;
    text += fmt::format(", so that max_evaluations ({}) ends the run near iteration {} of {}", *run.max_evaluations,
                        rounded, run.iterations);
  }
  return text + ".\n";
}

}  // namespace

void check_command(const ConfigArguments& arguments, const Communicator& world) {
  const Setup setup = set_up(arguments, world);
  const Eigen::Index parameters = setup.target->dimension();
  print(world, config::to_yaml(setup.configuration) + '\n');
  tell(world, fmt::format("{} with {} parameter{}; {}\n{}\n{}\n", setup.configuration.codename, parameters,
                          parameters == 1 ? "" : "s", samples_text(setup), additions_text(setup),
                          runner::memory_table(setup.memory)));
  const solver::Extent first = solver::first_extent(setup.configuration.solver, parameters);
  tell(world, runner::utilization_text(evaluators_of(setup), first.active_samples));
  comm::attempt_on_root(world, [&] { make_fit_metrics(setup); });
  say_warnings(setup, arguments, world);
  setup.teams->run([&](Target& target, const Communicator& ranks) {
    const Gmmvi gmmvi =
        make_solver(setup, target, ranks, {.make_target = setup.make_target, .teams = setup.teams.get()});
    const bool gradients = solver::needs_gradients(setup.configuration.solver);
    const runner::Probe probe =
        comm::on_root(ranks, [&] { return runner::probe(target, first_mean(gmmvi.mixture()), gradients); });
    tell(ranks, runner::to_text(probe) + "\nNothing is wrong with this config.\n");
  });
}

}  // namespace gmmvi::commands

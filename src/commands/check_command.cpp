#include "commands/check_command.hpp"

#include <variant>

#include <fmt/format.h>

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/setup.hpp"
#include "runner/probe.hpp"

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

}  // namespace

void check_command(const ConfigArguments& arguments, const Communicator& world) {
  const Setup setup = set_up(arguments, world);
  print(world, fmt::format("{}\n{} with {} parameters; {}\n\n{}\n", config::to_yaml(setup.configuration),
                           setup.configuration.codename, setup.target->dimension(), samples_text(setup),
                           runner::memory_table(setup.memory)));
  comm::attempt_on_root(world, [&] { make_fit_metrics(setup); });
  const Gmmvi gmmvi = make_solver(setup, world);
  say_warnings(setup, arguments, world);
  const bool gradients = solver::needs_gradients(setup.configuration.solver);
  const runner::Probe probe =
      comm::on_root(world, [&] { return runner::probe(*setup.target, first_mean(gmmvi.mixture()), gradients); });
  print(world, runner::to_text(probe) + "\nNothing is wrong with this config.\n");
}

}  // namespace gmmvi::commands

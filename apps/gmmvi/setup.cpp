#include "setup.hpp"

#include <utility>

#include "core/log.hpp"
#include "runner/run.hpp"
#include "shared_input.hpp"

namespace gmmvi::apps {

std::unique_ptr<Target> make_target(const config::Configuration& configuration, const Communicator& world) {
  return alike_on_all_ranks(
      [&] { return target::make_target(configuration.target, configuration.solver.seed, shared_sources(world)); });
}

Setup set_up(const ConfigArguments& arguments, const Communicator& world) {
  config::Configuration configuration = shared_configuration(arguments, world);
  std::unique_ptr<Target> target = make_target(configuration, world);
  configuration.run = runner::resolved(configuration.run, *target);
  runner::MemoryNeed memory = runner::memory_need(configuration.solver, target->dimension(), configuration.run,
                                                  world.size(), runner::nodes(world).front());
  for (const std::string& note : configuration.notes) core::log().info("note: {}", note);
  return {std::move(configuration), std::move(target), std::move(memory)};
}

Gmmvi make_solver(const Setup& setup, const Communicator& world) {
  return alike_on_all_ranks([&] {
    runner::require_memory(setup.memory);
    const auto warning = runner::memory_warning(setup.memory);
    if (warning && world.is_root()) core::log().warn("{}", *warning);
    return Gmmvi::build_from_config(setup.configuration.solver, *setup.target, world);
  });
}

}  // namespace gmmvi::apps

#include "run_command.hpp"

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/gmmvi.hpp"

#include "comm/on_root.hpp"
#include "runner/console.hpp"
#include "runner/run.hpp"
#include "runner/run_folder.hpp"
#include "setup.hpp"
#include "target/make_target.hpp"

namespace gmmvi::apps {
namespace {

/// Without the folder, which a run of the written config could not use again.
config::Configuration repeatable(config::Configuration configuration) {
  configuration.output.directory.clear();
  return configuration;
}

/// Rank 0's run folder and screen.
struct Observers {
  runner::RunFolder folder;
  runner::Console console;
};

std::unique_ptr<Observers> make_observers(const std::string& name, const config::Configuration& configuration,
                                          const Target& target, int ranks) {
  const std::string description = target::describe(configuration.target);
  const std::uint64_t seed = configuration.solver.seed;
  runner::RunFolder folder(configuration.output,
                           {.name = name,
                            .codename = configuration.codename,
                            .ranks = ranks,
                            .seed = seed,
                            .target = description,
                            .parameter_names = target.parameter_names()},
                           config::to_yaml(repeatable(configuration)));
  const runner::RunTitle title{.name = name,
                               .target = description,
                               .codename = configuration.codename,
                               .seed = seed,
                               .ranks = ranks,
                               .folder = folder.path(),
                               .model_path = folder.model_path()};
  return std::make_unique<Observers>(Observers{std::move(folder), runner::Console(title)});
}

}  // namespace

void run_command(const ConfigArguments& arguments, const Communicator& world) {
  const Setup setup = set_up(arguments, world);
  const config::Configuration& configuration = setup.configuration;
  Gmmvi gmmvi = make_solver(setup, world);

  const std::string name = std::filesystem::path(arguments.config).stem().string();
  const auto observers =
      comm::on_root(world, [&] { return make_observers(name, configuration, *setup.target, world.size()); });
  std::vector<runner::Observer*> told;
  if (observers) told = {&observers->folder, &observers->console};
  runner::run(gmmvi, configuration.run, world, told);
}

}  // namespace gmmvi::apps

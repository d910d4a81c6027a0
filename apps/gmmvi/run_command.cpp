#include "run_command.hpp"

#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/gmmvi.hpp"

#include "comm/on_root.hpp"
#include "config/place.hpp"
#include "runner/console.hpp"
#include "runner/interruption.hpp"
#include "runner/run.hpp"
#include "runner/run_folder.hpp"
#include "runner/terminal.hpp"
#include "setup.hpp"
#include "target/make_target.hpp"

namespace gmmvi::apps {
namespace {

/// Without the folders that a run of the written config could not use again.
config::Configuration repeatable(config::Configuration configuration) {
  configuration.output.directory.clear();
  if (std::filesystem::path(configuration.output.models).is_absolute()) configuration.output.models.clear();
  return configuration;
}

/// Rank 0's run folder and screen, and what it measures.
struct Observers {
  runner::RunFolder folder;
  runner::Console console;
  runner::FitMetrics fit_metrics;
};

runner::Console::Mode console_mode(RunArguments::Progress progress) {
  using Mode = runner::Console::Mode;
  switch (progress) {
    case RunArguments::Progress::live:
      return Mode::live;
    case RunArguments::Progress::plain:
      return Mode::plain;
    case RunArguments::Progress::none:
      return Mode::silent;
    case RunArguments::Progress::automatic:
      return runner::prints_on_terminal() ? Mode::live : Mode::plain;
  }
  return Mode::plain;
}

/// The written config, which says what it was made of.
std::string config_text(const ConfigArguments& arguments, const config::Configuration& configuration) {
  const std::string options = config::to_text(arguments.overrides);
  return fmt::format("# From {}{}{}\n{}", config::in_one_line(arguments.config), options.empty() ? "" : " with ",
                     options, config::to_yaml(repeatable(configuration)));
}

std::unique_ptr<Observers> make_observers(const RunArguments& arguments, const Setup& setup, int ranks) {
  const std::string name = std::filesystem::path(arguments.config.config).stem().string();
  runner::FitMetrics fit_metrics = make_fit_metrics(setup);
  const config::Configuration& configuration = setup.configuration;
  const std::string description = target::describe(configuration.target);
  const std::uint64_t seed = configuration.solver.seed;
  runner::RunFolder folder(configuration.output,
                           {.name = name,
                            .codename = configuration.codename,
                            .ranks = ranks,
                            .seed = seed,
                            .target = description,
                            .parameter_names = setup.target->parameter_names()},
                           config_text(arguments.config, configuration));
  const runner::RunTitle title{.name = name,
                               .target = description,
                               .codename = configuration.codename,
                               .preset = arguments.config.overrides.preset.value_or(""),
                               .seed = seed,
                               .ranks = ranks,
                               .folder = folder.path(),
                               .model_path = folder.model_path()};
  return std::make_unique<Observers>(
      Observers{std::move(folder), runner::Console(title, console_mode(arguments.progress), configuration.run),
                std::move(fit_metrics)});
}

}  // namespace

void run_command(const RunArguments& arguments, const Communicator& world) {
  const Setup setup = set_up(arguments.config, world);
  const config::Configuration& configuration = setup.configuration;
  Gmmvi gmmvi = make_solver(setup, world);

  const auto observers = comm::on_root(world, [&] { return make_observers(arguments, setup, world.size()); });
  say_warnings(setup, arguments.config, world);
  std::vector<runner::Observer*> told;
  if (observers) told = {&observers->folder, &observers->console};
  runner::listen_for_interruptions(world.is_root());
  const runner::RunResult result =
      runner::run(gmmvi, configuration.run, world, told, observers ? &observers->fit_metrics : nullptr);
  if (result.reason != runner::StopReason::interrupted) return;
  const std::string folder = comm::on_root(world, [&] { return observers->folder.path(); });
  throw comm::CollectiveError(
      fmt::format("interrupted; the run as it was after its last complete iteration is in {}/", folder),
      ExitCode::interrupted);
}

}  // namespace gmmvi::apps

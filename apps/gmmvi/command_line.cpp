#include "command_line.hpp"

#include <iostream>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "gmmvi/error.hpp"

#include "check_command.hpp"
#include "defaults_command.hpp"
#include "info_command.hpp"
#include "report_command.hpp"
#include "run_command.hpp"
#include "runner/version.hpp"

namespace gmmvi::apps {
namespace {

constexpr const char* description =
    "Fits a Gaussian mixture to an unnormalised log density by natural-gradient variational inference.";

constexpr const char* examples = R"(Examples:
  gmmvi run configs/published/breast_cancer_samtron.yml
  mpirun -n 4 gmmvi run my.yml --seed 3 --out results/seed3
  gmmvi defaults --codename ZAMTRUX --experiment gmm20 > my.yml
  gmmvi report runs/my-SAMTRON-seed1 runs/my-ZAMTRUX-seed1 --out my.html
  gmmvi check my.yml --set sample_selector_config.desired_samples_per_component=5000
  gmmvi run configs/experiments/gmm20.yml --codename SEPYFUX --set sample_selector_config.desired_samples_per_component=500

Exit codes: 0 done, 64 command line, 65 data file, 69 target, 70 bug, 73 files cannot be written, 78 config.
)";

/// What `run` and `check` are told of a config.
void add_config(CLI::App& command, ConfigArguments& arguments) {
  config::Overrides& overrides = arguments.overrides;
  command.add_option("CONFIG", arguments.config, "YAML file: target, initial mixture, options")->required();
  command.add_option("--codename", overrides.codename, "The seven options by their letters, e.g. SAMTRON");
  command.add_option("--set", overrides.set, "Any key of the config and its value, in YAML: a.b=v; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--seed", overrides.seed, "Of all random numbers");
  command.add_option("--iterations", overrides.iterations, "At most so many");
  command.add_option("--max-evaluations", overrides.max_evaluations,
                     "No iteration starts once the target was evaluated so often (metrics not counted)");
  command.add_option("--max-seconds", overrides.max_seconds, "No iteration starts after so many seconds");
  command.add_option("--out", overrides.output_directory,
                     "Folder for the results, new or empty (default: runs/<config>-<codename>-seed<seed>)");
}

using Command = std::function<void(const Communicator&)>;

void add_run(CLI::App& app, Command& command) {
  CLI::App* run = app.add_subcommand("run", "Fit the mixture that CONFIG describes; the result is a folder");
  const auto arguments = std::make_shared<ConfigArguments>();
  add_config(*run, *arguments);
  run->footer(examples);
  run->callback(
      [&command, arguments] { command = [arguments](const auto& world) { run_command(*arguments, world); }; });
}

void add_check(CLI::App& app, Command& command) {
  CLI::App* check = app.add_subcommand(
      "check", "Say what a run of CONFIG would do, and the memory it needs; evaluate the target once");
  const auto arguments = std::make_shared<ConfigArguments>();
  add_config(*check, *arguments);
  check->callback(
      [&command, arguments] { command = [arguments](const auto& world) { check_command(*arguments, world); }; });
}

void add_defaults(CLI::App& app, Command& command) {
  CLI::App* defaults = app.add_subcommand("defaults", "Print a complete config with a comment for every key");
  const auto arguments = std::make_shared<DefaultsArguments>();
  defaults->add_option("--codename", arguments->codename, "The seven options by their letters (default: SAMTRON)");
  defaults
      ->add_option("--experiment", arguments->experiment,
                   "What is fitted: a name of configs/experiments, or the path of a file")
      ->capture_default_str();
  defaults->callback(
      [&command, arguments] { command = [arguments](const auto& world) { defaults_command(*arguments, world); }; });
}

void add_report(CLI::App& app, Command& command) {
  CLI::App* report = app.add_subcommand("report", "Write one HTML page about runs: how they went, what they found");
  const auto arguments = std::make_shared<ReportArguments>();
  report->add_option("RUN", arguments->runs, "Folder of a run; several are compared")->required();
  report->add_option("--out", arguments->file,
                     "File for the page; in place of another report (default: RUN/report.html, or report.html here if "
                     "there are several runs)");
  report->callback(
      [&command, arguments] { command = [arguments](const auto& world) { report_command(*arguments, world); }; });
}

void add_info(CLI::App& app, Command& command) {
  CLI::App* info = app.add_subcommand("info", "Print version, build, libraries, machine, and the options by letter");
  info->callback([&command] { command = info_command; });
}

/// What CLI11 says of help, version or an error.
CommandLine ended(const CLI::App& app, const CLI::ParseError& end, bool may_print) {
  std::ostringstream out, error;
  const bool fine = app.exit(end, out, error) == 0;
  if (may_print) {
    std::cout << out.str() << std::flush;
    std::cerr << error.str() << std::flush;
  }
  return {nullptr, static_cast<int>(fine ? ExitCode::success : ExitCode::usage)};
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, bool may_print) {
  CLI::App app(description, "gmmvi");
  Command command;
  app.set_version_flag("--version", std::string("gmmvi ") + runner::version());
  app.require_subcommand(1);
  app.footer(examples);
  add_run(app, command);
  add_check(app, command);
  add_defaults(app, command);
  add_report(app, command);
  add_info(app, command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return ended(app, end, may_print);
  }
  return {command, static_cast<int>(ExitCode::success)};
}

}  // namespace gmmvi::apps

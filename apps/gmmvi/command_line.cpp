#include "command_line.hpp"

#include <iostream>
#include <map>
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
#include "sample_command.hpp"
#include "summary_command.hpp"

namespace gmmvi::apps {
namespace {

constexpr const char* description =
    "Fits a Gaussian mixture to an unnormalised log density by natural-gradient variational inference.";

constexpr const char* examples = R"(Examples:
  gmmvi run configs/published/breast_cancer_samtron.yml
  mpirun -n 4 gmmvi run my.yml --seed 3 --out results/seed3
  gmmvi defaults --codename ZAMTRUX --experiment gmm20 > my.yml
  gmmvi report runs/my-SAMTRON-seed1 runs/my-ZAMTRUX-seed1 --out my.html
  gmmvi summary runs/my-SAMTRON-seed3
  gmmvi sample runs/my-SAMTRON-seed3 -n 50000
  gmmvi check my.yml --set sample_selector_config.desired_samples_per_component=5000
  gmmvi run configs/experiments/gmm20.yml --codename SEPYFUX --set sample_selector_config.desired_samples_per_component=500

Exit codes: 0 done, 64 command line, 65 data file, 69 target, 70 bug, 73 files cannot be written, 78 config, 130
interrupted.
)";

/// What `run` and `check` are told of a config.
void add_config(CLI::App& command, ConfigArguments& arguments) {
  config::Overrides& overrides = arguments.overrides;
  command.add_option("CONFIG", arguments.config, "YAML file: target, initial mixture, options")->required();
  command.add_option("--codename", overrides.codename, "The seven options by their letters, e.g. SAMTRON");
  command.add_option("--preset", overrides.preset,
                     "Settings over those of CONFIG: `expensive` for targets that cost seconds, "
                     "`expensive_without_gradients`, or a file of yours");
  command.add_option("--set", overrides.set, "Any key of the config and its value, in YAML: a.b=v; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--seed", overrides.seed, "Of all random numbers");
  command.add_option("--iterations", overrides.iterations, "At most so many");
  command.add_option("--max-evaluations", overrides.max_evaluations,
                     "No iteration starts once the target was evaluated so often (metrics not counted)");
  command.add_option("--max-seconds", overrides.max_seconds, "No iteration starts after so many seconds");
  command.add_option("--from", overrides.initial_model, "Start from the mixture in this model.nc");
  command.add_option("--out", overrides.output_directory,
                     "Folder for the results, new or empty (default: runs/<config>-<codename>-seed<seed>)");
}

using Command = std::function<void(const Communicator&)>;

void add_run(CLI::App& app, Command& command) {
  CLI::App* run = app.add_subcommand("run", "Fit the mixture that CONFIG describes; the result is a folder");
  const auto arguments = std::make_shared<RunArguments>();
  add_config(*run, arguments->config);
  using Progress = RunArguments::Progress;
  const std::map<std::string, Progress> modes = {
      {"auto", Progress::automatic}, {"live", Progress::live}, {"plain", Progress::plain}, {"none", Progress::none}};
  run->add_option("--progress", arguments->progress,
                  "On the screen: a live line, plain lines, or none of them (default: live on a terminal)")
      ->transform(CLI::CheckedTransformer(modes))
      ->option_text("live|plain|none|auto");
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

constexpr const char* run_help = "A run folder, or the path of a model file (model.nc)";

void add_sample(CLI::App& app, Command& command) {
  CLI::App* sample = app.add_subcommand("sample", "Draw samples of the mixture that RUN fitted; the result is a file");
  const auto arguments = std::make_shared<SampleArguments>();
  sample->add_option("RUN", arguments->run, run_help)->required();
  sample->add_option("-n", arguments->count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  sample->add_option("--seed", arguments->seed, "Of the draws; the same seed gives the same draws")
      ->capture_default_str();
  sample->add_flag("--log-target", arguments->log_target, "Evaluate the target of RUN's config at every draw, too");
  sample->add_option("--out", arguments->out, "File to be made, netCDF-4 (default: samples.nc beside the model)");
  sample->callback(
      [&command, arguments] { command = [arguments](const auto& world) { sample_command(*arguments, world); }; });
}

void add_summary(CLI::App& app, Command& command) {
  CLI::App* summary = app.add_subcommand("summary", "Print what RUN fitted: moments, quantiles, heaviest components");
  const auto arguments = std::make_shared<SummaryArguments>();
  summary->add_option("RUN", arguments->run, run_help)->required();
  summary->add_flag("--json", arguments->json, "As JSON");
  summary->callback(
      [&command, arguments] { command = [arguments](const auto& world) { summary_command(*arguments, world); }; });
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
  add_sample(app, command);
  add_summary(app, command);
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

#include "command_line.hpp"

#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "gmmvi/error.hpp"

#include "runner/version.hpp"

namespace gmmvi::apps {
namespace {

constexpr const char* description =
    "Fits a Gaussian mixture to an unnormalised log density by natural-gradient variational inference.";

constexpr const char* examples = R"(Examples:
  gmmvi run configs/published/breast_cancer_samtron.yml
  mpirun -n 4 gmmvi run my.yml --seed 3 --out results/seed3
  gmmvi run my.yml --codename SEPYFUX --iterations 200 --set sample_selector_config.desired_samples_per_component=500

Exit codes: 0 done, 64 command line, 65 data file, 69 target, 70 bug, 73 files cannot be written, 78 config.
)";

void add_run(CLI::App& app, RunArguments& arguments) {
  CLI::App* run = app.add_subcommand("run", "Fit the mixture that CONFIG describes; the result is a folder");
  config::Overrides& overrides = arguments.overrides;
  run->add_option("CONFIG", arguments.config, "YAML file: target, initial mixture, options")->required();
  run->add_option("--codename", overrides.codename, "The seven options by their letters, e.g. SAMTRON");
  run->add_option("--set", overrides.set, "Any key of the config and its value, in YAML: a.b=v; may be repeated")
      ->allow_extra_args(false);
  run->add_option("--seed", overrides.seed, "Of all random numbers");
  run->add_option("--iterations", overrides.iterations, "At most so many");
  run->add_option("--max-evaluations", overrides.max_evaluations,
                  "No iteration starts once the target was evaluated so often (metrics not counted)");
  run->add_option("--max-seconds", overrides.max_seconds, "No iteration starts after so many seconds");
  run->add_option("--out", overrides.output_directory,
                  "Folder for the results, new or empty (default: runs/<config>-<codename>-seed<seed>)");
  run->footer(examples);
}

/// What CLI11 says of help, version or an error.
CommandLine ended(const CLI::App& app, const CLI::ParseError& end, bool may_print) {
  std::ostringstream out, error;
  const bool fine = app.exit(end, out, error) == 0;
  if (may_print) {
    std::cout << out.str() << std::flush;
    std::cerr << error.str() << std::flush;
  }
  return {std::nullopt, static_cast<int>(fine ? ExitCode::success : ExitCode::usage)};
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, bool may_print) {
  CLI::App app(description, "gmmvi");
  RunArguments arguments;
  app.set_version_flag("--version", std::string("gmmvi ") + runner::version());
  app.require_subcommand(1);
  app.footer(examples);
  add_run(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    return ended(app, end, may_print);
  }
  return {arguments, static_cast<int>(ExitCode::success)};
}

}  // namespace gmmvi::apps

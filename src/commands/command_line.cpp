#include "commands/command_line.hpp"

#include <cstdint>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "commands/check_command.hpp"
#include "commands/combine_command.hpp"
#include "commands/compare_command.hpp"
#include "commands/defaults_command.hpp"
#include "commands/evaluate_command.hpp"
#include "commands/evidence_command.hpp"
#include "commands/import_command.hpp"
#include "commands/info_command.hpp"
#include "commands/manual.hpp"
#include "commands/new_command.hpp"
#include "commands/predict_command.hpp"
#include "commands/report_command.hpp"
#include "commands/run_command.hpp"
#include "commands/sample_command.hpp"
#include "commands/summary_command.hpp"
#include "config/nearest.hpp"
#include "config/values.hpp"
#include "core/own_target.hpp"
#include "core/printable.hpp"
#include "core/terminal.hpp"
#include "runner/version.hpp"

namespace gmmvi::commands {
namespace {

constexpr const char* description =
    "Fits a Gaussian mixture to an unnormalised log density by natural-gradient variational inference.";

// Lines to type, without the program.
constexpr const char* run_examples = R"(run configs/published/breast_cancer_samtron.yml
run configs/published/breast_cancer_samtron.yml --preset expensive --max-evaluations 8000
run configs/experiments/gmm20.yml --codename SEPYFUX --set run.patience=50
run --resume runs/first --iterations 500
)";
constexpr const char* check_examples = "check my.yml --set sample_selector_config.desired_samples_per_component=2D\n";
constexpr const char* sample_examples = "sample runs/first -n 50000\n";
constexpr const char* predict_examples = "predict runs/first\npredict runs/first -n 1000\n";
constexpr const char* summary_examples = "summary runs/first\n";
constexpr const char* new_examples = "new python my_problem\n";
constexpr const char* defaults_examples = "defaults --codename ZAMTRUX --experiment gmm20 > my.yml\n";
constexpr const char* report_examples = R"(report runs/first
report runs/my-SAMTRON-seed1 runs/my-ZAMTRUX-seed1 --out my.html
)";
constexpr const char* compare_examples = "compare runs/my-SAMTRON-seed1 runs/my-SAMTRON-seed2 runs/my-SAMTRON-seed3\n";
constexpr const char* combine_examples = "combine runs/my-SAMTRON-seed* --out combined.nc\n";
constexpr const char* combine_rule =
    "The mixture q_r of a run r, times the mass Z_r that it found (its evidence, if that of every run can be trusted, "
    "else its ELBO), is what the run says of the target in the modes that it found, and nothing of those that it "
    "missed. So in every mode the result is the mean of Z_r q_r over the runs that found it (with 5 % of what another "
    "found there, or more), weighted by exp(ELBO_r), as a better fit says it better; then all is normalised. "
    "Components are of one mode if their ellipsoids of two standard deviations touch. Components that runs have in "
    "common are merged. Nothing is evaluated.\n";
constexpr const char* evaluate_examples = "evaluate runs/first --at runs/first/failures.jsonl\n";
constexpr const char* evidence_examples = "evidence runs/first -n 500\n";
constexpr const char* import_examples = R"(import my.yml earlier.csv --out runs/first
import runs/first chain1.nc chain2.nc
)";
constexpr const char* exit_codes =
    "\nOn four ranks: mpirun -n 4 before any of them.\n\n"
    "Exit codes: 0 done, 64 command line, 65 data file, 69 target, 70 bug, 73 files cannot be written, 75 stopped "
    "before its end, to be resumed, 78 config, 130 interrupted.\n";

std::string examples(const std::string& lines) {
  std::string text = "Examples:";
  std::istringstream each(lines);
  for (std::string line; std::getline(each, line);) text += core::call_line(line);
  return text + '\n' + exit_codes;
}

/// An option whose text `read` understands; it returns false where it does not, and `allowed` says what would do.
template <class Read>
CLI::Option* add_option(CLI::App& command, const std::string& name, const std::string& meaning,
                        const std::string& allowed, Read read) {
  const auto take = [=](const std::string& text) {
    if (!read(text)) throw CLI::ValidationError(name, fmt::format("'{}' is not {}", text, allowed));
  };
  return command.add_option_function<std::string>(name, take, meaning);
}

/// An option with a whole number.
template <class T, class Value>
CLI::Option* add_whole_number(CLI::App& command, const std::string& name, Value& value, const std::string& meaning,
                              T lowest, T highest = std::numeric_limits<T>::max()) {
  const auto read = [&value, lowest, highest](const std::string& text) {
    T number = 0;
    if (config::to_integer(text, number) != config::Conversion::done) return false;
    value = number;
    return number >= lowest && number <= highest;
  };
  return add_option(command, name, meaning, fmt::format("a whole number from {} to {}", lowest, highest), read)
      ->type_name("NUMBER");
}

/// What `run` and `check` are told of a config.
CLI::Option* add_config(CLI::App& command, ConfigArguments& arguments) {
  config::Overrides& overrides = arguments.overrides;
  CLI::Option* const config =
      command.add_option("CONFIG", arguments.config, "YAML file: target, initial mixture, options")
          ->required()
          ->type_name("FILE");
  command.add_option("--codename", overrides.codename, "The seven options by their letters, e.g. SAMTRON")
      ->type_name("LETTERS");
  command
      .add_option("--preset", overrides.preset,
                  "Settings to put over those of CONFIG: `expensive` for targets that cost seconds and have gradients "
                  "(`expensive_with_gradients` makes more of these, `expensive_wide` of many evaluations at a time, "
                  "`expensive_sequential` of one), "
                  "`expensive_without_gradients` for those that have none, `expensive_with_outputs` for simulators "
                  "without gradients whose outputs are compared with data, or the path of a YAML file of yours")
      ->type_name("NAME|FILE");
  command.add_option("--set", overrides.set, "One key of the config, in YAML: a.b=v; repeat --set for more")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->option_text("KEY=VALUE");
  add_whole_number<std::uint64_t>(command, "--seed", overrides.seed,
                                  "Where all random numbers come from: the same seed gives the same answer, and random "
                                  "targets differ by it (default: that of CONFIG, or 0)",
                                  0);
  add_whole_number<std::int64_t>(command, "--iterations", overrides.iterations, "At most so many", 0);
  add_whole_number<std::int64_t>(command, "--max-evaluations", overrides.max_evaluations,
                                 "No iteration starts once the target was evaluated so often (metrics not counted)", 1);
  add_option(command, "--max-seconds", "No iteration starts after so many seconds", "a number greater than 0",
             [&overrides](const std::string& text) {
               double seconds = 0;
               if (config::to_number(text, seconds) != config::Conversion::done) return false;
               overrides.max_seconds = seconds;
               return seconds > 0;
             })
      ->type_name("NUMBER");
  command.add_option("--from", overrides.initial_model, "Start from the mixture in this model.nc")->type_name("FILE");
  command
      .add_option(
          "--out", overrides.output_directory,
          "Folder for the results, new or empty (default: runs/<config>-<codename>-<preset>-seed<seed>, and with "
          "-2, -3 and so on behind it where that is there already)")
      ->type_name("FOLDER");
  return config;
}

/// What a subcommand does, and the config that it works with if it evaluates a target.
struct Command {
  std::function<void(const Communicator&)> run;
  std::optional<ConfigArguments> config = {};
};

void add_run(CLI::App& app, Command& command) {
  CLI::App* run = app.add_subcommand("run", "Fit the mixture that CONFIG describes; the result is a folder");
  const auto arguments = std::make_shared<RunArguments>();
  CLI::Option* const config = add_config(*run, arguments->config);
  config->required(false);
  CLI::Option* const resume =
      run->add_option(
             "--resume", arguments->resume,
             "Go on with the run in this folder, from its last checkpoint; on any number of ranks, and for more "
             "iterations than before if so told. CONFIG need not be named again")
          ->type_name("FOLDER");
  resume->excludes(run->get_option("--out"));
  run->add_flag("--changed-simulator", arguments->simulator_may_differ,
                "Go on although files of the simulator are not those that the run was made with: only where all "
                "numbers that it gave are still the same, as when it was mended for what had failed")
      ->needs(resume);
  using Progress = RunArguments::Progress;
  const std::map<std::string, Progress> modes = {
      {"auto", Progress::automatic}, {"live", Progress::live}, {"plain", Progress::plain}, {"none", Progress::none}};
  add_option(
      *run, "--progress",
      "What the screen shows while it runs: lines, and below them one that is kept up to date (live), lines alone "
      "(plain), neither (none); auto, the default, is live on a terminal and plain elsewhere",
      "one of auto, live, plain, none",
      [arguments, modes](const std::string& text) {
        const auto mode = modes.find(text);
        if (mode != modes.end()) arguments->progress = mode->second;
        return mode != modes.end();
      })
      ->option_text("auto|live|plain|none");
  run->add_flag("--verbose", arguments->verbose,
                "Show also what else log.txt and status.json tell: how long calls of the target took, where the time "
                "went, the hash of the model");
  run->footer(examples(run_examples));
  run->callback([&command, arguments] {
    if (arguments->config.config.empty() && arguments->resume.empty()) throw CLI::RequiredError("CONFIG");
    command = {[arguments](const auto& world) { run_command(*arguments, world); },
               of_run_or_file(arguments->config, arguments->resume)};
  });
}

void add_check(CLI::App& app, Command& command) {
  CLI::App* check = app.add_subcommand(
      "check", "Say what a run of CONFIG would do, and the memory it needs; evaluate the target once");
  const auto arguments = std::make_shared<ConfigArguments>();
  add_config(*check, *arguments);
  check->footer(examples(check_examples));
  check->callback([&command, arguments] {
    command = {[arguments](const auto& world) { check_command(*arguments, world); }, *arguments};
  });
}

void add_evaluate(CLI::App& app, Command& command) {
  CLI::App* evaluate =
      app.add_subcommand("evaluate", "Evaluate the target at points of a file; print JSON, a line each");
  const auto arguments = std::make_shared<EvaluateArguments>();
  add_config(*evaluate, arguments->config);
  for (const char* other : {"--out", "--iterations", "--max-evaluations", "--max-seconds", "--from"})
    evaluate->remove_option(evaluate->get_option(other));
  evaluate
      ->add_option("--at", arguments->at,
                   "The points: failures.jsonl of a run, or a table with a row a point (.csv, .npy, or .nc as `gmmvi "
                   "sample` writes it)")
      ->required()
      ->type_name("FILE");
  arguments->config.overrides.fallback_codename = "SAMTRON";  // the target is all that counts
  evaluate->footer(examples(evaluate_examples));
  evaluate->callback([&command, arguments] {
    command = {[arguments](const auto& world) { evaluate_command(*arguments, world); },
               of_run_or_file(arguments->config)};
  });
}

void add_import(CLI::App& app, Command& command) {
  CLI::App* importing = app.add_subcommand(
      "import", "Take evaluations of the target that were made elsewhere as candidates for new components of a run");
  const auto arguments = std::make_shared<ImportArguments>();
  add_config(*importing, arguments->config)
      ->description(
          "YAML file of a run that is to begin with them; or the folder of a run that was stopped, which gets "
          "them besides")
      ->type_name("FILE|FOLDER");
  importing
      ->add_option("FILE", arguments->files,
                   "Evaluations. A table (.csv) with a column for each parameter, log_density, and if there are "
                   "gradients gradient_<parameter>; or netCDF (.nc) with x, log_density and gradient over samples, or "
                   "as `gmmvi sample --log-target` writes it")
      ->required()
      ->type_name("FILE");
  add_whole_number<std::int64_t>(
      *importing, "--check", arguments->check,
      "Evaluate the target at so many of the points, that of the greatest log density among "
      "them, and refuse log densities that are not its own, as where a constant was left out "
      "(default: 10 if the target is cheap, else 0)",
      0);
  const auto read_offset = [arguments](const std::string& text) {
    return config::to_number(text, arguments->offset) == config::Conversion::done;
  };
  add_option(*importing, "--offset",
             "Add this to all log densities: the constant that they lack, if they lack one (default: 0)", "a number",
             read_offset)
      ->type_name("NUMBER");
  importing->footer(examples(import_examples));
  importing->callback([&command, arguments] {
    command = {[arguments](const auto& world) { import_command(*arguments, world); },
               of_run_or_file(arguments->config)};
  });
}

void add_defaults(CLI::App& app, Command& command) {
  CLI::App* defaults = app.add_subcommand("defaults", "Print a complete config with a comment for every key");
  const auto arguments = std::make_shared<DefaultsArguments>();
  defaults->add_option("--codename", arguments->codename, "The seven options by their letters (default: SAMTRON)")
      ->type_name("LETTERS");
  defaults
      ->add_option("--experiment", arguments->experiment,
                   "What is fitted: a name of configs/experiments, or the path of a file (default: breast_cancer)")
      ->type_name("NAME|FILE");
  defaults->footer(examples(defaults_examples));
  defaults->callback(
      [&command, arguments] { command = {[arguments](const auto& world) { defaults_command(*arguments, world); }}; });
}

void add_new(CLI::App& app, Command& command) {
  CLI::App* creating = app.add_subcommand(
      "new", "Write a small project that runs as it is, to put your own simulator, parameters and data into");
  const auto arguments = std::make_shared<NewArguments>();
  creating
      ->add_option(
          "KIND", arguments->kind,
          "How the simulator is reached: a Python function, a program that answers lines of JSON, a C library, "
          "or a server that speaks UM-Bridge")
      ->required()
      ->check(CLI::IsMember(project_kinds()))
      ->type_name("")
      ->option_text(fmt::format("{}", fmt::join(project_kinds(), "|")));
  creating->add_option("DIR", arguments->folder, "A folder that is not there yet, or is empty")
      ->required()
      ->type_name("FOLDER");
  creating->footer(examples(new_examples));
  creating->callback(
      [&command, arguments] { command = {[arguments](const auto& world) { new_command(*arguments, world); }}; });
}

void add_report(CLI::App& app, Command& command) {
  CLI::App* report = app.add_subcommand("report", "Write one HTML page about runs: how they went, what they found");
  const auto arguments = std::make_shared<ReportArguments>();
  report->add_option("RUN", arguments->runs, "Folder of a run; several are compared")->required()->type_name("FOLDER");
  report
      ->add_option("--out", arguments->file,
                   "File for the page; in place of another report (default: RUN/report.html, or report.html here if "
                   "there are several runs)")
      ->type_name("FILE");
  report->footer(examples(report_examples));
  report->callback(
      [&command, arguments] { command = {[arguments](const auto& world) { report_command(*arguments, world); }}; });
}

void add_info(CLI::App& app, Command& command) {
  CLI::App* info = app.add_subcommand("info", "Print version, build, libraries, machine, and the options by letter");
  info->footer("");
  info->callback([&command] { command = {info_command}; });
}

constexpr const char* run_help = "A run folder, or the path of a model file (model.nc)";

void add_sample(CLI::App& app, Command& command) {
  CLI::App* sample = app.add_subcommand("sample", "Draw samples of the mixture that RUN fitted; the result is a file");
  const auto arguments = std::make_shared<SampleArguments>();
  sample->add_option("RUN", arguments->run, run_help)->required()->type_name("FOLDER|FILE");
  add_whole_number<std::int64_t>(*sample, "-n", arguments->count, "How many", 1, 1'000'000'000)
      ->default_str(std::to_string(arguments->count));
  add_whole_number<std::uint64_t>(*sample, "--seed", arguments->seed,
                                  "Of the draws; the same seed gives the same draws", 0)
      ->default_str(std::to_string(arguments->seed));
  sample->add_flag("--log-target", arguments->log_target,
                   "Evaluate the target of RUN's config at every draw, too: as many evaluations as there are draws");
  sample->add_flag(
      "--inside", arguments->inside,
      "Only draws inside the support of the target, where log p̃ is not −∞: evaluates the target, and draws "
      "again for what lies outside");
  sample->add_flag("--generated", arguments->generated,
                   "Of a Stan model, transformed parameters and generated quantities, too");
  sample->add_option("--out", arguments->out, "File to be made, netCDF-4 (default: samples.nc beside the model)")
      ->type_name("FILE");
  sample->footer(examples(sample_examples));
  sample->callback([&command, arguments] {
    command = {[arguments](const auto& world) { sample_command(*arguments, world); }};
    if (arguments->log_target || arguments->inside) command.config = of_run_or_file({arguments->run, {}});
  });
}

void add_predict(CLI::App& app, Command& command) {
  CLI::App* predict = app.add_subcommand(
      "predict",
      "The posterior predictive distribution of the simulator's outputs, from what the evaluations of RUN gave");
  const auto arguments = std::make_shared<PredictArguments>();
  predict->add_option("RUN", arguments->run, "A run folder, whose target returns outputs")
      ->required()
      ->type_name("FOLDER");
  add_whole_number<std::int64_t>(*predict, "-n", arguments->count,
                                 "Simulate so many draws of what RUN fitted instead (default: no simulation)", 1,
                                 100'000'000);
  add_whole_number<std::uint64_t>(*predict, "--seed", arguments->seed,
                                  "Of the draws; the same seed gives the same draws", 0)
      ->default_str(std::to_string(arguments->seed));
  predict->footer(examples(predict_examples));
  predict->callback([&command, arguments] {
    command = {[arguments](const auto& world) { predict_command(*arguments, world); },
               of_run_or_file({arguments->run, {}})};
  });
}

void add_evidence(CLI::App& app, Command& command) {
  CLI::App* evidence = app.add_subcommand(
      "evidence", "Measure ELBO and evidence of what RUN fitted at more samples, and say how good it is");
  const auto arguments = std::make_shared<EvidenceArguments>();
  evidence->add_option("RUN", arguments->run, "A run folder")->required()->type_name("FOLDER");
  add_whole_number<std::int64_t>(
      *evidence, "-n", arguments->count,
      "How many more evaluations of the target; they are kept, and a later call adds to them. "
      "0: say what there is",
      0, 100'000'000)
      ->default_str(std::to_string(arguments->count));
  evidence->footer(examples(evidence_examples));
  evidence->callback([&command, arguments] {
    command = {[arguments](const auto& world) { evidence_command(*arguments, world); },
               of_run_or_file({arguments->run, {}})};
  });
}

void add_summary(CLI::App& app, Command& command) {
  CLI::App* summary = app.add_subcommand("summary", "Print what RUN fitted: moments, quantiles, heaviest components");
  const auto arguments = std::make_shared<SummaryArguments>();
  summary->add_option("RUN", arguments->run, run_help)->required()->type_name("FOLDER|FILE");
  summary->add_flag("--json", arguments->json, "As JSON");
  summary->footer(examples(summary_examples));
  summary->callback(
      [&command, arguments] { command = {[arguments](const auto& world) { summary_command(*arguments, world); }}; });
}

/// What `compare` and `combine` take.
void add_runs(CLI::App& command, std::vector<std::string>& runs) {
  command.add_option("RUN", runs, "Run folders, or paths of model files (model.nc), of one target; two or more")
      ->required()
      ->type_name("FOLDER|FILE");
}

void require_two(const std::vector<std::string>& runs) {
  if (runs.size() < 2) throw CLI::ValidationError("RUN", "two runs or more have to be named");
}

void add_compare(CLI::App& app, Command& command) {
  CLI::App* compare = app.add_subcommand(
      "compare", "Say whether runs of one target agree: evidence, modes, means and standard deviations");
  const auto arguments = std::make_shared<CompareArguments>();
  add_runs(*compare, arguments->runs);
  compare->add_flag("--json", arguments->json, "As JSON");
  compare->footer(examples(compare_examples));
  compare->callback([&command, arguments] {
    require_two(arguments->runs);
    command = {[arguments](const auto& world) { compare_command(*arguments, world); }};
  });
}

void add_combine(CLI::App& app, Command& command) {
  CLI::App* combine = app.add_subcommand(
      "combine",
      "Make one mixture of runs of one target, with every mode that one of them found; the result is a file");
  const auto arguments = std::make_shared<CombineArguments>();
  add_runs(*combine, arguments->runs);
  combine
      ->add_option("--out", arguments->out,
                   "File to be made, netCDF-4, which summary, sample and run --from take as a model.nc")
      ->required()
      ->type_name("FILE");
  combine->footer(combine_rule + ('\n' + examples(combine_examples)));
  combine->callback([&command, arguments] {
    require_two(arguments->runs);
    command = {[arguments](const auto& world) { combine_command(*arguments, world); }};
  });
}

/// What may have been meant by the first argument that nobody understands, in brackets; or nothing.
std::string guess(const CLI::App& app) {
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return "";
  std::vector<std::string> known;
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  for (const CLI::Option* option : (chosen.empty() ? &app : chosen.front())->get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  if (chosen.empty())
    for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  return config::did_you_mean(unknown.front().substr(0, unknown.front().find('=')), known);
}

/// What is wrong with a command line, where CLI11's own words would not tell people.
std::string failure_text(const CLI::App* app, const CLI::Error& error) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    text = text.substr(0, text.find(':')) + " takes a value";
  if (text == CLI::RequiredError::Subcommand(1).what()) {
    std::vector<std::string> commands;
    for (const CLI::App* command : app->get_subcommands({})) commands.push_back(command->get_name());
    text = fmt::format("a command has to come first, one of {}", fmt::join(commands, ", "));
  }
  text += guess(*app);
  return fmt::format("{}: {}\nRun with --help for more information.\n", core::program_name(), text);
}

/// What a flag of the program prints instead of a command's work.
struct Printed {
  std::string text;
};

/// What CLI11 says of help, version or an error.
CommandLine ended(const CLI::App& app, const CLI::ParseError& end, bool may_print) {
  std::ostringstream out, error;
  const bool fine = app.exit(end, out, error) == 0;
  if (may_print) {
    std::cout << core::laid_out(out.str(), core::StandardStream::out) << std::flush;
    std::cerr << core::laid_out(core::message(error.str()), core::StandardStream::error) << std::flush;
  }
  return {nullptr, static_cast<int>(fine ? ExitCode::success : ExitCode::usage), false};
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv, bool may_print) {
  CLI::App app(description, core::program_name());
  Command command;
  app.set_version_flag("--version", std::string("gmmvi ") + runner::version());
  app.require_subcommand(1);
  app.failure_message(failure_text);
  app.footer(examples(std::string(run_examples) + check_examples + evaluate_examples + import_examples +
                      sample_examples + predict_examples + evidence_examples + summary_examples + compare_examples +
                      combine_examples + new_examples + defaults_examples + report_examples));
  add_run(app, command);
  add_check(app, command);
  add_evaluate(app, command);
  add_import(app, command);
  add_sample(app, command);
  add_predict(app, command);
  add_evidence(app, command);
  add_summary(app, command);
  add_compare(app, command);
  add_combine(app, command);
  add_new(app, command);
  add_defaults(app, command);
  add_report(app, command);
  add_info(app, command);
  bool single = false;
  for (CLI::App* subcommand : app.get_subcommands({}))
    subcommand->add_flag("--single", single,
                         "Each process that a launcher starts works on its own: where MPI does not join them, and that "
                         "is meant");
  // For packages: not in the help, which they are made of.
  app.add_flag_callback("--man-page", [&app] { throw Printed{manual_page(app, runner::version())}; })->group("");
  app.add_flag_callback("--bash-completion", [&app] { throw Printed{bash_completion(app)}; })->group("");
  try {
    app.parse(argc, argv);
  } catch (const Printed& printed) {
    if (may_print) std::cout << printed.text << std::flush;
    return {nullptr, static_cast<int>(ExitCode::success), false, {}};
  } catch (const CLI::ParseError& end) {
    return ended(app, end, may_print);
  }
  return {command.run, static_cast<int>(ExitCode::success), single, command.config};
}

}  // namespace gmmvi::commands

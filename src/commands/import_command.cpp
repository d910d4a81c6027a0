#include "commands/import_command.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/gmmvi.hpp"

#include "comm/on_root.hpp"
#include "commands/run_identity.hpp"
#include "commands/setup.hpp"
#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "evaluation/group.hpp"
#include "io/evaluations_file.hpp"
#include "io/status_file.hpp"
#include "runner/fingerprint.hpp"
#include "runner/run_folder.hpp"
#include "runner/session.hpp"
#include "runner/text.hpp"
#include "runner/version.hpp"
#include "solver/check_options.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {
namespace {

namespace fs = std::filesystem;

/// What rank 0 read.
struct Import {
  Evaluations evaluations;
  std::vector<std::string> places;  ///< [N] "a.csv:3"
  bool of_stan = false;             ///< log densities are Stan's lp__
  std::string origin;               ///< "1200 evaluations imported from a.csv, b.nc"
  std::string report;               ///< a line for each file, and what there is altogether
};

std::string offset_text(const ImportArguments& arguments) {
  return arguments.offset == 0.0 ? "" : fmt::format(", log densities plus {:.9g}", arguments.offset);
}

std::string report_of(const std::string& path, const io::EvaluationsFile& file) {
  const Eigen::Index usable = file.usable.samples.cols();
  std::string line = fmt::format("{}: {} evaluation{}", path, usable, usable == 1 ? "" : "s");
  if (file.usable.gradients.cols() > 0) line += " with gradients";
  if (file.without_density > 0) line += fmt::format("; left out {} without a log density", file.without_density);
  if (file.without_point > 0)
    line += fmt::format("; left out {} with a parameter that is not finite", file.without_point);
  if (file.without_gradient > 0)
    line += fmt::format("; {} without a finite gradient, which is not needed", file.without_gradient);
  if (!file.ignored.empty()) line += fmt::format("; not read: {}", fmt::join(file.ignored, ", "));
  line += '\n';
  for (const std::string& note : file.notes) line += note + '\n';
  return line;
}

/// From the user's space to the solver's; what has a parameter on its bound or beyond goes. Returns how many that were.
std::int64_t to_solver(const Transforms& transforms, io::EvaluationsFile& file) {
  Evaluations& all = file.usable;
  if (transforms.none()) return 0;
  const Eigen::MatrixXd z = transforms.to_solver(all.samples);
  std::vector<Eigen::Index> inside;
  std::vector<std::int64_t> lines;
  for (Eigen::Index n = 0; n < z.cols(); ++n) {
    if (!z.col(n).allFinite()) continue;
    inside.push_back(n);
    if (!file.lines.empty()) lines.push_back(file.lines[static_cast<std::size_t>(n)]);
  }
  const auto left_out = static_cast<std::int64_t>(z.cols()) - std::ssize(inside);
  all = all.select(inside);
  file.lines = std::move(lines);
  all.samples = z(Eigen::all, inside);
  all.log_densities += transforms.log_volumes(all.samples);
  for (Eigen::Index n = 0; n < all.gradients.cols(); ++n)
    if (!all.gradients.col(n).isZero(0.0))  // as which one stands that is not known
      all.gradients.col(n) = transforms.gradients_to_solver(all.samples.col(n), all.gradients.col(n));
  return left_out;
}

/// Rank 0: all that is usable in the files, which this run can use.
Import read(const ImportArguments& arguments, const Setup& setup) {
  Import import;
  for (const std::string& path : arguments.files) {
    io::EvaluationsFile file = io::read_evaluations(path, setup.target->parameter_names());
    const std::int64_t beyond = to_solver(setup.target->transforms(), file);
    import.report += report_of(path, file);
    if (beyond > 0)
      import.report += fmt::format("{}: left out {} outside the bounds of the parameters\n", path, beyond);
    import.of_stan = import.of_stan || file.of_stan;
    for (Eigen::Index n = 0; n < file.usable.samples.cols(); ++n)
      import.places.push_back(file.lines.empty() ? fmt::format("{}: evaluation {}", path, n + 1)
                                                 : fmt::format("{}:{}", path, file.lines[static_cast<std::size_t>(n)]));
    import.evaluations.append(file.usable);
  }
  Eigen::VectorXd& densities = import.evaluations.log_densities;
  densities.array() += arguments.offset;
  const auto finite = std::ranges::count_if(densities, [](double value) { return std::isfinite(value); });
  if (finite == 0)
    throw Error(fmt::format("There is nothing to import: no evaluation has a finite log density.\n{}", import.report),
                ExitCode::data);
  solver::check_import(setup.configuration.solver, densities.size());
  import.origin = fmt::format("With {} evaluations imported from {}{}", densities.size(),
                              fmt::join(arguments.files, ", "), offset_text(arguments));
  import.report += fmt::format("{} imported{}", densities.size(), offset_text(arguments));
  if (finite < densities.size())
    import.report += fmt::format(", {} of them outside the support", densities.size() - finite);
  Eigen::VectorXd of_user = densities;
  const Transforms& transforms = setup.target->transforms();
  if (!transforms.none()) of_user -= transforms.log_volumes(import.evaluations.samples);
  import.report += fmt::format("; the greatest log density is {:.6g}.\n", of_user.maxCoeff());
  return import;
}

/// Which of the evaluations to make again: that of the greatest log density, because components are put at such, and
/// others from all files; at most `count` in all.
std::vector<Eigen::Index> to_be_checked(const Eigen::VectorXd& log_densities, Eigen::Index count) {
  std::vector<Eigen::Index> finite;
  for (Eigen::Index n = 0; n < log_densities.size(); ++n)
    if (std::isfinite(log_densities[n])) finite.push_back(n);
  const auto size = static_cast<Eigen::Index>(finite.size());
  std::vector<Eigen::Index> chosen;
  if (count > 0) log_densities.maxCoeff(&chosen.emplace_back());
  for (Eigen::Index i = 0; i < size && static_cast<Eigen::Index>(chosen.size()) < std::min(count, size); ++i) {
    const Eigen::Index n = finite[static_cast<std::size_t>(count < size ? i * size / count : i)];
    if (n != chosen.front()) chosen.push_back(n);
  }
  return chosen;
}

/// An evaluation that was made again.
struct Checked {
  Eigen::Index n = 0;
  double said = 0.0, found = 0.0;
  std::string failure;

  bool agrees(double offset = 0.0) const {
    constexpr double relative = 1e-5, absolute = 1e-3;  // of tables with few digits
    return std::abs(found - (said + offset)) <= absolute + relative * std::abs(said);
  }
};

Checked check(Target& target, const Evaluations& earlier, Eigen::Index n) {
  const FinishedGroup group = evaluation::evaluate_point(
      target, earlier.samples.col(n), {SampleId::metrics_batch, static_cast<std::uint64_t>(n)}, false);
  const double volume = target.transforms().log_volumes(earlier.samples.col(n))[0];  // files are in the user's space
  return {n, earlier.log_densities[n] - volume, group.log_densities[0] - volume, group.failure};
}

/// What all log densities lack, if it is one and the same number.
std::optional<double> common_offset(const std::vector<Checked>& all) {
  if (all.size() < 2) return std::nullopt;
  double offset = 0.0;
  for (const Checked& each : all) offset += (each.found - each.said) / static_cast<double>(all.size());
  const bool common = std::ranges::all_of(all, [&](const Checked& each) { return each.agrees(offset); });
  return common ? std::optional(offset) : std::nullopt;
}

std::string complaint(const Import& import, const std::vector<Checked>& all, const Checked& wrong, double given) {
  std::string text = fmt::format("Nothing was imported: {} has the log density {:.6g}, and the target gives {} there. ",
                                 import.places[static_cast<std::size_t>(wrong.n)], wrong.said,
                                 wrong.failure.empty() ? fmt::format("{:.6g}", wrong.found) : "none: " + wrong.failure);
  if (const auto offset = common_offset(all))
    return text + fmt::format(
                      "At all {} points that were compared the target gives {:.9g} more: the log densities lack "
                      "a constant. Import them with --offset {:.9g}.",
                      all.size(), *offset, given + *offset);
  if (all.size() > 1)
    text += fmt::format("Of {} that were compared {} differ, not by one constant. ", all.size(),
                        std::ranges::count_if(all, [](const Checked& each) { return !each.agrees(); }));
  text += "Log densities have to be the target's own, with the same constant. ";
  if (import.of_stan)
    text += "Stan's lp__ has the Jacobian of constrained parameters in it, which the target then has to have, too. ";
  return text + "`--check 0` imports them all the same.";
}

/// Rank 0: the target, evaluated at some of the points as for metrics, has the log densities that are to be imported.
void require_own_densities(const ImportArguments& arguments, Target& target, const Import& import) {
  constexpr std::int64_t of_cheap_targets = 10;
  const auto count = arguments.check.value_or(target.cheap() ? of_cheap_targets : 0);
  std::vector<Checked> all;
  for (const Eigen::Index n : to_be_checked(import.evaluations.log_densities, count))
    all.push_back(check(target, import.evaluations, n));
  const auto wrong = std::ranges::find_if(all, [](const Checked& each) { return !each.agrees(); });
  if (wrong != all.end()) throw Error(complaint(import, all, *wrong, arguments.offset), ExitCode::data);
}

/// Rank 0: the folder that the command line names in place of a config, if it does.
std::string run_folder(const ConfigArguments& arguments) {
  std::string folder = arguments.config;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return "";
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  require_run(folder);
  if (const auto options = config::to_text(arguments.overrides);
      !options.empty() || arguments.overrides.output_directory)
    throw Error(
        fmt::format("{} is a run, which keeps its settings and its folder: leave out {}. Settings that may change are "
                    "taken by:{} OPTIONS",
                    folder, options.empty() ? "--out" : options, how_to_resume(folder)),
        ExitCode::usage);
  if (!fs::exists(folder + "/checkpoints", ignored) && !fs::exists(folder + "/journal", ignored))
    throw Error(
        fmt::format("The run in {0} cannot go on, since it has neither checkpoints nor a journal. Begin a new "
                    "one:{1}",
                    folder,
                    core::call_line(fmt::format("import {} FILE...", core::shell_word(folder + "/config.yml")))),
        ExitCode::data);
  return folder;
}

/// Rank 0: a new run's.
std::string new_folder(const ImportArguments& arguments, const Setup& setup) {
  const config::Configuration& configuration = setup.configuration;
  const std::string name = fs::path(arguments.config.config).stem().string();
  return runner::RunFolder(configuration.output, identity_of(name, preset_of(arguments.config.overrides), setup),
                           new_config(arguments.config, configuration))
      .path();
}

void write_first_status(const std::string& folder, const Setup& setup, const Gmmvi& gmmvi) {
  io::Status status;
  status.state = io::Status::State::interrupted;
  status.reason = "evaluations were imported, and no iteration was made yet";
  status.target = target::describe(setup.configuration.target);
  status.version = runner::version();
  status.ranks = setup.teams->ranks();
  status.checkpoint = 0;
  status.components = std::visit([](const auto& mixture) { return mixture.size(); }, gmmvi.mixture());
  io::write_status(folder + "/status.json", status);
}

std::int64_t database_size(const Gmmvi& gmmvi) {
  return std::visit([](const auto& database) { return database.size(); }, gmmvi.sample_db());
}

/// Rank 0: what cannot be used here may be of use elsewhere, and the next checkpoint would take its place.
void require_no_checkpoints(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder + "/checkpoints", error))
    if (entry.path().extension() == ".checkpoint")
      throw Error(
          fmt::format("Nothing was imported: no checkpoint of {} can be used, so that the run would begin anew. "
                      "Mend what the warnings name, or move {} away.",
                      folder, entry.path().string()),
          ExitCode::data);
}

/// The command that goes on with a run; its config keeps no folder for models outside of it.
std::string how_to_go_on(const std::string& folder, const std::string& models) {
  return how_to_resume(folder) + (fs::path(models).is_absolute() ? " --set dump_gmm_path=" + models : "");
}

std::string how_often(const AdaptiveComponentsOptions& options) {
  return options.additions == AdaptiveComponentsOptions::Additions::needed
             ? fmt::format("one is added where it is needed, mostly after {} iterations or more", options.add_iters)
             : fmt::format("after every {} iterations one is added", options.add_iters);
}

/// Rank 0: where the evaluations are, and how to go on; `expected`: samples in the database, unless some had to go.
std::string outcome(const std::string& folder, const config::Configuration& configuration, const Gmmvi& gmmvi,
                    std::int64_t expected) {
  std::string text;
  if (const std::int64_t deleted = expected - database_size(gmmvi); deleted > 0)
    text = fmt::format("To make room for them, {} older samples were deleted (max_database_size).\n", deleted);
  const std::string when =
      gmmvi.iterations() > 0 ? fmt::format(" whose run goes on after iteration {},", gmmvi.iterations()) : "";
  text += fmt::format("They are in {}/,{} as candidates for new components: {}.\n", folder, when,
                      how_often(std::get<AdaptiveComponentsOptions>(configuration.solver.component_adapter)));
  const auto end = end_of(folder, configuration.run);
  return text + (end ? runner::had_ended(*end) + " Then:" : "Go on with:") +
         how_to_go_on(folder, configuration.output.models);
}

/// The journal takes what is imported, even where the run itself has none.
runner::KeepOptions with_journal(runner::KeepOptions options) {
  options.journal = runner::KeepOptions::Journal::on;
  return options;
}

/// Into the run in `folder`, or into a new one where that is empty.
void import_into(std::string folder, const ImportArguments& arguments, const Setup& setup, Target& target,
                 const Communicator& ranks) {
  const bool is_new = folder.empty();
  const Import imported = comm::on_root(ranks, [&] { return read(arguments, setup); });

  if (!is_new) comm::attempt_on_root(ranks, [&] { runner::require_same_run(setup.fingerprint, folder); });

  runner::Session session(target, setup.fingerprint, with_journal(setup.configuration.keep), ranks);
  const EvaluationHost host{.make_target = setup.make_target, .teams = setup.teams.get(), .archive = session.archive()};
  Gmmvi gmmvi = make_solver(setup, target, ranks, host);
  if (is_new)
    folder = comm::on_root(ranks, [&] {
      require_own_densities(arguments, target, imported);
      return new_folder(arguments, setup);
    });
  ranks.broadcast(folder);
  session.enter(folder);
  if (!is_new)
    comm::attempt_on_root(ranks, [&] {
      core::add_log_file(folder + "/log.txt");
      require_own_densities(arguments, target, imported);
    });
  std::optional<io::Checkpoint> progress;
  if (!is_new) progress = session.restore(gmmvi, [&] { return make_solver(setup, target, ranks, host); });
  if (!is_new && !progress) comm::attempt_on_root(ranks, [&] { require_no_checkpoints(folder); });
  const std::int64_t before = database_size(gmmvi);
  session.begin_job();
  gmmvi.add_evaluations(imported.evaluations);
  session.checkpoints().write_with_imported(gmmvi, progress.value_or(io::Checkpoint()));

  comm::attempt_on_root(ranks, [&] {
    add_origin(folder, imported.origin);
    if (is_new) write_first_status(folder, setup, gmmvi);
    core::log().info("{}{}", imported.report,
                     outcome(folder, setup.configuration, gmmvi, before + imported.evaluations.samples.cols()));
  });
}

}  // namespace

void import_command(const ImportArguments& given, const Communicator& world) {
  ImportArguments arguments = given;
  std::string folder = comm::on_root(world, [&] { return run_folder(given.config); });
  world.broadcast(folder);
  if (!folder.empty()) arguments.config.config = folder + "/config.yml";
  const Setup setup = set_up(arguments.config, world);
  say_warnings(setup, arguments.config, world);
  setup.teams->run(
      [&](Target& target, const Communicator& ranks) { import_into(folder, arguments, setup, target, ranks); });
}

}  // namespace gmmvi::commands

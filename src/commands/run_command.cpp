#include "commands/run_command.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/gmmvi.hpp"

#include "comm/foreign_code.hpp"
#include "comm/guard.hpp"
#include "comm/on_root.hpp"
#include "commands/run_identity.hpp"
#include "commands/setup.hpp"
#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "core/terminal.hpp"
#include "core/verbosity.hpp"
#include "core/work_folder.hpp"
#include "io/failures_file.hpp"
#include "io/outputs_file.hpp"
#include "io/status_file.hpp"
#include "runner/console.hpp"
#include "runner/expected_utilization.hpp"
#include "runner/fingerprint.hpp"
#include "runner/interruption.hpp"
#include "runner/job_end.hpp"
#include "runner/outputs.hpp"
#include "runner/run.hpp"
#include "runner/run_folder.hpp"
#include "runner/session.hpp"
#include "runner/text.hpp"
#include "runner/version.hpp"
#include "target/make_target.hpp"

namespace gmmvi::commands {
namespace {

/// Rank 0's run folder and screen, and what it measures.
struct Observers {
  runner::RunFolder folder;
  runner::Console console;
  runner::FitMetrics fit_metrics;
};

/// Rank 0's, that evaluations report to once there is a folder.
struct Listeners {
  std::optional<io::FailuresFile> failures;
  runner::Console* console = nullptr;
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
      return core::prints_on_terminal(core::StandardStream::out) ? Mode::live : Mode::plain;
  }
  return Mode::plain;
}

std::string name_of(const RunArguments& arguments) {
  const std::filesystem::path config = arguments.config.config, resumed = arguments.resume;
  return arguments.resume.empty() ? config.stem().string() : resumed.filename().string();
}

/// Rank 0's; `iteration` is the one that a run goes on after.
std::unique_ptr<Observers> make_observers(const RunArguments& arguments, const Setup& setup, std::int64_t iteration) {
  const config::Configuration& configuration = setup.configuration;
  const bool resumes = !arguments.resume.empty();
  const std::string named = preset_of(arguments.config.overrides);
  const std::string preset = named.empty() && resumes ? preset_in(arguments.resume) : named;
  const runner::RunIdentity identity = identity_of(name_of(arguments), preset, setup);
  runner::FitMetrics fit_metrics = make_fit_metrics(setup);
  runner::RunFolder folder =
      !resumes ? runner::RunFolder(configuration.output, identity, new_config(arguments.config, configuration))
               : runner::RunFolder::reopened(
                     arguments.resume, configuration.output, identity,
                     resumed_config(arguments.resume, arguments.config.overrides, configuration), iteration);
  const runner::RunTitle title{.name = identity.name,
                               .target = identity.target,
                               .codename = identity.codename,
                               .preset = identity.preset,
                               .seed = identity.seed,
                               .ranks = runner::ranks_text(setup.teams->ranks(), setup.teams->size()),
                               .advice = resumes ? "" : runner::unfilled_text(evaluators_of(setup)),
                               .evaluations_to_fill = evaluators_of(setup).evaluations_to_fill(),
                               .folder = folder.path(),
                               .model_path = folder.model_path(),
                               .resumed = resumes};
  return std::make_unique<Observers>(
      Observers{std::move(folder), runner::Console(title, console_mode(arguments.progress), configuration.run),
                std::move(fit_metrics)});
}

/// The arguments of a run that goes on: its own config, unless another one is named.
RunArguments completed(RunArguments arguments) {
  if (arguments.resume.empty()) return arguments;
  while (arguments.resume.size() > 1 && arguments.resume.back() == '/') arguments.resume.pop_back();
  if (arguments.config.config.empty()) arguments.config.config = arguments.resume + "/config.yml";
  return arguments;
}

/// Rank 0: a run goes on only as what it was.
void require_same_run(const std::string& folder, const Setup& now, bool simulator_may_differ) {
  require_run(folder);
  const auto differences = config::differences(config::load(folder + "/config.yml"), now.configuration);
  if (differences.empty()) {
    runner::require_same_run(now.fingerprint, folder, simulator_may_differ);
    return;
  }
  throw Error(fmt::format("The run in {} cannot go on with another config, since its mixtures would be of neither. "
                          "It differs in\n  {}\nStart a new run, or leave these as they were.",
                          folder, fmt::join(differences, "\n  ")),
              ExitCode::configuration);
}

/// Says so if it is so. A run of cheap evaluations keeps no checkpoint of its end, and would be made once more.
bool has_nothing_to_do(const std::string& folder, const runner::RunOptions& options, const Communicator& world) {
  bool done = false;
  comm::attempt_on_root(world, [&] {
    const auto reason = end_of(folder, options);
    done = reason.has_value();
    if (done) core::log().info("{}", runner::had_ended(*reason));
  });
  world.broadcast(done);
  return done;
}

comm::CollectiveError to_be_resumed(runner::StopReason reason, const std::string& folder) {
  const bool interrupted = reason == runner::StopReason::interrupted;
  return comm::CollectiveError(
      fmt::format("{}; the run as it was after its last complete iteration is in {}/. Go on with:{}",
                  interrupted ? "interrupted" : "stopped before the end of the run", folder, how_to_resume(folder)),
      interrupted ? ExitCode::interrupted : ExitCode::resume_me);
}

/// What could not be written may be later, and so may an evaluation that was to abort the run: then nothing is lost.
comm::CollectiveError with_way_on(const comm::CollectiveError& error, const std::string& folder, bool failure_aborts) {
  const bool may_go_on =
      error.code() == ExitCode::cannot_create || (error.code() == ExitCode::unavailable && failure_aborts);
  if (!may_go_on) return error;
  return comm::CollectiveError(fmt::format("{} Then go on with:{}", error.what(), how_to_resume(folder)), error.code());
}

EvaluationHost host_of(const Setup& setup, const runner::JobEnd& job_end, const runner::Session& session,
                       const std::shared_ptr<Listeners>& listeners) {
  return {.stop_requested = [job_end] { return job_end.seconds_left(); },
          .report_progress =
              [listeners](const BatchProgress& batch) {
                if (listeners->console != nullptr) listeners->console->evaluating(batch);
              },
          .report_failures =
              [listeners](const std::vector<FailedSample>& failed) {
                try {
                  if (listeners->failures) listeners->failures->append(failed);
                } catch (const Error& error) {
                  core::log().warn("warning: {}", error.what());  // no reason to lose what is evaluated
                }
              },
          .make_target = setup.make_target,
          .teams = setup.teams.get(),
          .archive = session.archive()};
}

std::string path_of_outputs(const std::string& folder) {
  return folder + "/outputs.nc";
}

io::OutputsTitle title_of(const Setup& setup, const Target& target) {
  return {.gmmvi_version = runner::version(),
          .target = target::describe(setup.configuration.target),
          .codename = setup.configuration.codename,
          .seed = setup.configuration.solver.seed,
          .parameter_names = target.parameter_names(),
          .transforms = target.transforms()};
}

/// A run that is finished stays so. What evaluations gave is in the journal, if there is one.
void keep_outputs(const std::string& folder, const Gmmvi& gmmvi, const io::OutputsTitle& title, bool has_journal,
                  const Communicator& ranks) {
  const std::string path = path_of_outputs(folder);
  try {
    runner::write_outputs(path, gmmvi, title, ranks);
  } catch (const Error& error) {
    if (ranks.is_root())
      core::log().warn("warning: what the evaluations gave is not written: {}{}", error.what(),
                       has_journal ? " Once there is room, this writes it:" + how_to_resume(folder) : "");
  }
}

/// Whether a finished run has no outputs of its end, and whether there is a checkpoint to make them of.
struct MissingOutputs {
  bool missing = false, can_be_made = false;
  std::int64_t iteration = 0;
};

/// Rank 0's.
MissingOutputs missing_outputs(const std::string& folder) {
  const io::Status status = io::read_status(folder + "/status.json").status;
  MissingOutputs found{true, status.checkpoint == status.iteration, status.iteration};
  if (std::error_code error; !std::filesystem::exists(path_of_outputs(folder), error)) return found;
  try {
    found.missing =
        io::OutputsReader(path_of_outputs(folder)).model_hash().value_or(status.model_hash) != status.model_hash;
  } catch (const Error& error) {
    core::log().warn("warning: {}", error.what());
  }
  return found;
}

/// Of a finished run that could not write its outputs, or was killed meanwhile. `restore` takes its newest checkpoint.
void make_up_for_outputs(const std::string& folder, const Gmmvi& gmmvi, const io::OutputsTitle& title,
                         const std::function<void()>& restore, const Communicator& ranks) {
  MissingOutputs found = comm::on_root(ranks, [&] { return missing_outputs(folder); });
  ranks.broadcast(found);
  if (!found.missing) return;
  if (found.can_be_made) restore();
  if (!found.can_be_made || gmmvi.iterations() != found.iteration) {
    if (ranks.is_root())
      core::log().warn(
          "warning: there is no {} of the run's end, and no checkpoint of iteration {} that it could be made of; for "
          "predictions simulate draws of the mixture:{}",
          path_of_outputs(folder), found.iteration,
          core::call_line(fmt::format("predict {} -n 1000", core::shell_word(folder))));
    return;
  }
  runner::write_outputs(path_of_outputs(folder), gmmvi, title, ranks);
  if (ranks.is_root()) core::log().info("Wrote {}.", path_of_outputs(folder));
}

/// A job script waits for a line that says that MPI has come up: targets and checkpoints may take minutes.
void greet_job(const Communicator& world) {
  if (world.is_root() && std::getenv("SLURM_JOB_ID") != nullptr)
    core::log().info("gmmvi {} has come up on {} rank{}", runner::version(), world.size(),
                     world.size() == 1 ? "" : "s");
}

void run(const RunArguments& arguments, const Setup& setup, Target& target, const Communicator& ranks) {
  const config::Configuration& configuration = setup.configuration;
  const bool resumes = !arguments.resume.empty();
  runner::Session session(target, setup.fingerprint, configuration.keep, ranks);
  const runner::JobEnd job_end(configuration.run);
  const auto listeners = std::make_shared<Listeners>();
  const EvaluationHost host = host_of(setup, job_end, session, listeners);
  const auto make_another = [&] { return make_solver(setup, target, ranks, host); };
  Gmmvi gmmvi = make_another();
  runner::RunKeeping keeping{.job_end = job_end};
  keeping.gradients_are_outside =
      target::gives_own_gradients(configuration.target, target) && solver::needs_gradients(setup.solver);
  if (resumes) {
    session.enter(arguments.resume);
    if (has_nothing_to_do(arguments.resume, configuration.run, ranks)) {
      comm::attempt_on_root(ranks, [&] {
        if (!arguments.simulator_may_differ) return;
        const std::int64_t iteration = io::read_status(arguments.resume + "/status.json").status.iteration;
        core::add_log_file(arguments.resume + "/log.txt");
        const std::string changed = runner::vouch_for_simulator(arguments.resume, setup.fingerprint, iteration);
        if (!changed.empty()) core::log().warn("{}", changed);
      });
      if (target.outputs() > 0)
        make_up_for_outputs(
            arguments.resume, gmmvi, title_of(setup, target), [&] { session.restore(gmmvi, make_another); }, ranks);
      return;
    }
    keeping.resumed = session.restore(gmmvi, make_another);
    if (ranks.is_root())
      keeping.recent = runner::RecentHistory::of_file(arguments.resume + "/metrics.jsonl", gmmvi.iterations());
  }
  const auto observers = comm::on_root(ranks, [&] { return make_observers(arguments, setup, gmmvi.iterations()); });
  std::string folder = observers ? observers->folder.path() : "";
  ranks.broadcast(folder);
  if (!resumes) session.enter(folder);
  core::set_work_folder(folder + "/work");
  if (ranks.is_root())
    listeners->failures.emplace(folder + "/failures.jsonl", target.parameter_names(), target.transforms());
  comm::attempt_on_root(ranks, [&] {
    const SolverState state = gmmvi.state();
    // A checkpoint is written after the metrics of its iteration, which are not taken again.
    const std::uint64_t next = keeping.resumed ? static_cast<std::uint64_t>(state.iterations) + 1 : 0;
    listeners->failures->go_on_before([&](std::uint64_t batch) { return state.awaits(batch); }, next);
  });
  comm::before_foreign_end([folder](const std::string& message) { runner::note_failure(folder, message); });
  session.begin_job();
  keeping.checkpoints = &session.checkpoints();
  if (target.outputs() > 0)
    keeping.keep_outputs = [&] {
      keep_outputs(folder, gmmvi, title_of(setup, target), session.checkpoints().has_journal(), ranks);
    };

  say_warnings(setup, arguments.config, ranks);
  const bool aborts = configuration.solver.evaluation.on_failure == EvaluationOptions::FailurePolicy::abort ||
                      target::may_be_unavailable(configuration.target);
  std::vector<runner::Observer*> told;
  if (observers) {
    told = {&observers->folder, &observers->console};
    listeners->console = &observers->console;
  }
  runner::listen_for_interruptions(
      ranks.is_root() ? fmt::format("\nAsked to stop. Then go on with:{}\n", how_to_resume(folder)) : "");
  // Of teams, these end it.
  const auto has_to_leave = [&] { return gmmvi.left_an_evaluation() && setup.teams->size() == 1; };
  try {
    const runner::RunResult result =
        runner::run(gmmvi, configuration.run, ranks, told, observers ? &observers->fit_metrics : nullptr, keeping);
    if (!is_complete(result.reason)) throw to_be_resumed(result.reason, folder);
    if (has_to_leave()) comm::leave_at_once(static_cast<int>(ExitCode::success), false);
  } catch (const comm::CollectiveError& error) {
    // A thread that still evaluates works with what would be destroyed on the way out.
    if (!has_to_leave()) throw with_way_on(error, folder, aborts);
    if (ranks.is_root()) core::log().error("error: {}", with_way_on(error, folder, aborts).what());
    comm::leave_at_once(static_cast<int>(error.code()), error.code() == ExitCode::interrupted);
  }
}

}  // namespace

void run_command(const RunArguments& given, const Communicator& world) {
  const RunArguments arguments = completed(given);
  if (arguments.verbose) core::show_details();
  runner::listen_for_interruptions("");  // a signal may come while the run is set up
  greet_job(world);
  const Setup setup = set_up(arguments.config, world);
  if (!arguments.resume.empty())
    comm::attempt_on_root(world, [&] { require_same_run(arguments.resume, setup, arguments.simulator_may_differ); });
  setup.teams->run([&](Target& target, const Communicator& ranks) { run(arguments, setup, target, ranks); });
}

}  // namespace gmmvi::commands

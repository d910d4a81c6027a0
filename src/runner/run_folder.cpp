#include "runner/run_folder.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/log.hpp"
#include "core/own_target.hpp"
#include "core/printable.hpp"
#include "core/shell.hpp"
#include "io/atomic_file.hpp"
#include "io/folder_lock.hpp"
#include "io/model_file.hpp"
#include "io/model_hash.hpp"
#include "io/outputs_file.hpp"
#include "runner/fingerprint.hpp"
#include "runner/text.hpp"
#include "runner/verdict.hpp"
#include "runner/version.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds longest_time_unsaved{30};

[[noreturn]] void cannot_make(const fs::path& folder, const std::string& reason) {
  throw Error(fmt::format("Cannot make the run folder {}: {}. Name another one with --out or output.directory.",
                          folder.string(), reason),
              ExitCode::cannot_create);
}

[[noreturn]] void cannot_keep_models(const fs::path& folder, const std::string& reason) {
  throw Error(fmt::format("Cannot make {}, the folder for models of iterations: {}. Name another one with "
                          "dump_gmm_path; a relative path is one within the run's folder.",
                          folder.string(), reason),
              ExitCode::cannot_create);
}

/// True if this call made the folder; false if there was something already. mkdir lets only one of several runs win.
bool make_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (error) cannot_make(folder, error.message());
  if (::mkdir(folder.c_str(), 0777) == 0) return true;
  if (errno != EEXIST) cannot_make(folder, std::strerror(errno));
  return false;
}

/// Whether there is nothing but what a run leaves that is killed while it makes its folder, and the folder `problem`,
/// in which whoever starts a run may put the files that are its own (the Python package does).
bool is_as_good_as_empty(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool is_left = name == "lock" || name == "problem" || name.starts_with("config.yml.partial") ||
                         name.starts_with("fingerprint.json") ||
                         (name == "config.yml" && fs::is_empty(it->path(), error));
    if (!is_left) return false;
  }
  if (error) cannot_make(folder, error.message());
  return true;
}

void take_existing(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) cannot_make(folder, "there is a file of that name");
  if (fs::exists(folder / "status.json", ignored))
    throw Error(fmt::format("Cannot make the run folder {}: there is a run in it already, and none writes over another "
                            "one's files. Name another one with --out or output.directory. To go on with that one:{}",
                            folder.string(), core::call_line("run --resume " + core::shell_word(folder.string()))),
                ExitCode::cannot_create);
  if (!is_as_good_as_empty(folder))
    cannot_make(folder, "it is there already and not empty, and a run never writes over another one's files");
}

std::string make_given(const std::string& directory) {
  // "runs/a/" would have "runs/a" as its parent
  const fs::path folder = directory.back() == '/' ? fs::path(directory).parent_path() : fs::path(directory);
  if (!make_folder(folder)) take_existing(folder);
  return folder.string();
}

std::string make_first_free(const RunIdentity& identity) {
  const std::string base = fmt::format("runs/{}-{}{}-seed{}", identity.name, identity.codename,
                                       identity.preset.empty() ? "" : "-" + identity.preset, identity.seed);
  std::string folder = base;
  for (int i = 2; !make_folder(folder); ++i) folder = fmt::format("{}-{}", base, i);
  return folder;
}

void write_fingerprint(const std::string& folder, const io::Fingerprint& fingerprint) {
  io::write_atomically(fingerprint_path(folder), io::to_text(fingerprint) + '\n');
}

/// Exclusively, so that of two runs that were given the same empty folder one ends here.
void write_config(const std::string& folder, const io::Fingerprint& fingerprint, const std::string& yaml) {
  const std::string path = folder + "/config.yml";
  const io::FolderLock lock(folder);
  if (is_as_good_as_empty(folder)) ::unlink(path.c_str());  // of a run that was killed
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) cannot_make(folder, fmt::format("config.yml: {}", std::strerror(errno)));
  ::close(file);
  write_fingerprint(folder, fingerprint);
  io::write_atomically(path, yaml.ends_with('\n') ? yaml : yaml + '\n');
}

std::string made(const OutputOptions& options, const RunIdentity& identity, const std::string& config_yaml) {
  std::string folder = options.directory.empty() ? make_first_free(identity) : make_given(options.directory);
  write_config(folder, identity.fingerprint, config_yaml);
  return folder;
}

/// Made, if need be, or taken empty.
void take_for_models(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) cannot_keep_models(folder, error.message());
  if (!fs::is_empty(folder, error)) cannot_keep_models(folder, error ? error.message() : "it is not empty");
}

/// Before the run's folder, so that nothing is left of a run that cannot begin.
OutputOptions with_models_elsewhere(OutputOptions options) {
  if (fs::path(options.models).is_absolute()) take_for_models(options.models);
  return options;
}

/// A relative path is one within the run's folder; none stays none.
std::string folder_for_models(const std::string& run_folder, const std::string& path) {
  if (path.empty()) return path;
  const fs::path folder = fs::path(run_folder) / path;
  if (fs::path(path).is_relative()) take_for_models(folder);
  return folder.string();
}

/// A finished run that goes on from before its end must not take the place of its result: it may be stopped before it
/// is as far again. model.nc goes last: while it is there, a job that was killed here does all of it again.
void set_result_aside(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / "model.nc", error)) return;
  fs::path earlier = folder / "earlier";
  for (int i = 2; !make_folder(earlier); ++i) earlier = folder / fmt::format("earlier-{}", i);
  const auto take = [&](const char* name, auto how) {
    if (!fs::exists(folder / name, error)) return;
    how(folder / name, earlier / name);
    if (error) cannot_make(earlier, fmt::format("{}: {}", name, error.message()));
  };
  for (const char* const name : {"config.yml", "fingerprint.json", "status.json", "metrics.jsonl"})
    take(name, [&](const fs::path& from, const fs::path& to) { fs::copy_file(from, to, error); });
  for (const char* const name : {"samples.nc", "outputs.nc", "predictive.nc", "report.html", "model.nc"})
    take(name, [&](const fs::path& from, const fs::path& to) { fs::rename(from, to, error); });
  core::log().warn("warning: what the run had come to is kept in {}", earlier.string());
}

/// What an earlier end of the run wrote of another mixture: its next end writes it anew.
void remove_stale_outputs(const std::string& path, const std::string& model_hash) {
  std::error_code error;
  if (!fs::exists(path, error)) return;
  try {
    if (io::OutputsReader(path).model_hash() == model_hash) return;
  } catch (const Error&) {
    // damaged
  }
  if (fs::remove(path, error)) core::log().info("{} is removed, as the run has gone on", path);
}

/// What status.json says of the run's result, or nothing: no reason not to go on.
std::optional<io::Status> status_in(const std::string& folder) {
  try {
    return io::read_status(folder + "/status.json").status;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool keeps_model_of(std::int64_t iteration) {
  return iteration < 100 || iteration % 50 == 0;
}

io::MetricsLine::Weights weights_of(const AnyMixture& mixture) {
  return std::visit(
      [](const auto& m) {
        io::MetricsLine::Weights weights{.ids = {}, .weights = m.weights()};
        for (const auto& component : m.components()) weights.ids.push_back(component.id);
        return weights;
      },
      mixture);
}

}  // namespace

std::string vouch_for_simulator(const std::string& folder, const io::Fingerprint& now, std::int64_t iteration) {
  const std::vector<std::string> changed = differences_of_simulators(folder, now);
  // First: the fingerprint knows of no earlier one.
  if (!changed.empty() && status_in(folder)) io::note_changed_simulator(folder + "/status.json", iteration);
  write_fingerprint(folder, now);
  if (changed.empty()) return "";
  return fmt::format(
      "warning: from iteration {} on the simulator is another one than before, as --changed-simulator allows: {}",
      iteration + 1, fmt::join(changed, "; "));
}

RunFolder::RunFolder(const OutputOptions& options, RunIdentity identity, const std::string& config_yaml)
    : path_(made(with_models_elsewhere(options), identity, config_yaml)),
      models_(folder_for_models(path_, options.models)),
      identity_(std::move(identity)),
      metrics_(path_ + "/metrics.jsonl"),
      saved_(Clock::now()) {
  begin();
}

RunFolder::RunFolder(std::string path, std::string models, RunIdentity identity, io::MetricsFile metrics)
    : path_(std::move(path)),
      models_(std::move(models)),
      identity_(std::move(identity)),
      metrics_(std::move(metrics)),
      saved_(Clock::now()) {
  begin();
}

RunFolder RunFolder::reopened(const std::string& path, const OutputOptions& options, RunIdentity identity,
                              const std::string& config_yaml, std::int64_t iteration) {
  const std::string models = options.models.empty() ? "" : (fs::path(path) / options.models).string();
  if (std::error_code error; !models.empty()) {
    fs::create_directories(models, error);
    if (error) cannot_keep_models(models, error.message());
  }
  using State = io::Status::State;
  const std::optional<io::Status> before = status_in(path);
  const bool finished = before && before->state == State::finished;
  if (finished && before->iteration > iteration) set_result_aside(path);
  const std::string changed = vouch_for_simulator(path, identity.fingerprint, iteration);
  io::write_atomically(path + "/config.yml", config_yaml);
  RunFolder folder(path, models, std::move(identity), io::MetricsFile::continued(path + "/metrics.jsonl", iteration));
  if (finished || (before && before->state == State::interrupted)) folder.take_over(*before, iteration);
  if (before) folder.status_.simulator_changed = before->simulator_changed;
  if (!changed.empty()) {
    folder.status_.simulator_changed = iteration;
    core::log().warn("{}", changed);
  }
  return folder;
}

// A job that makes no iteration leaves what an earlier one measured of the same mixture.
void RunFolder::take_over(const io::Status& before, std::int64_t iteration) {
  try {
    if (before.iteration != iteration || io::read_model(model_path()).attributes.iterations != iteration) return;
  } catch (const Error&) {
    return;  // it is written anew
  }
  before_ = before;
  status_.elbo = before.elbo;
  status_.model_hash = before.model_hash;
  model_iteration_ = iteration;
}

void RunFolder::begin() {
  core::add_log_file(path_ + "/log.txt");
  status_.target = identity_.target;
  status_.version = version();
  status_.ranks = identity_.ranks;
  status_.fingerprint = io::digest(identity_.fingerprint);
}

void RunFolder::started(const Progress& progress, const AnyMixture&) {
  note(progress);
  save_status();
}

void RunFolder::iterated(const Progress& progress, const AnyMixture& mixture) {
  metrics_.append({.report = progress.report,
                   .wall_seconds = progress.wall_seconds,
                   .algorithm_seconds = progress.algorithm_seconds,
                   .metrics_evaluations = progress.metrics_evaluations,
                   .metrics_seconds = progress.metrics_seconds,
                   .ranks = progress.ranks,
                   .evaluation_seconds = core::distribution_of(progress.report.evaluation_seconds),
                   .elbo = progress.elbo,
                   .target_metrics = progress.fit ? progress.fit->target : std::vector<TargetMetric>(),
                   .mmd = progress.fit ? progress.fit->mmd : std::nullopt,
                   .moments = progress.fit ? progress.fit->moments : std::nullopt,
                   .weights = progress.end_of_block ? std::optional(weights_of(mixture)) : std::nullopt});
  note(progress);
  if (const std::int64_t iteration = progress.report.iteration; !models_.empty() && keeps_model_of(iteration))
    write_model(fmt::format("{}/gmm_{:06}.nc", models_, iteration), progress, mixture);
  // Files are cheap beside expensive iterations: after each of them they are up to date.
  constexpr double worth_it = 50.0;  // times as long as writing them takes
  const auto unsaved = Clock::now() - saved_;
  if (progress.end_of_block || unsaved > worth_it * saving_ || unsaved > longest_time_unsaved) save(progress, mixture);
}

void RunFolder::kept(const Progress& progress) {
  status_.checkpoint = progress.checkpoint;
  save_status();
}

void RunFolder::finished(const Progress& progress, const AnyMixture& mixture, StopReason reason) {
  using State = io::Status::State;
  status_.state = is_complete(reason) ? State::finished : State::interrupted;
  status_.reason = to_text(reason);
  status_.stopped_by = name_of(reason);
  if (reason == StopReason::interrupted) flush_ = core::Flush::later;  // a busy disk may take longer than there is
  if (is_complete(reason) && progress.verdict) model_iteration_ = -1;  // it is to have the verdict
  note(progress);
  if (before_ && before_->iteration == progress.report.iteration && !progress.elbo)
    status_.verdict = before_->verdict;  // it knew more of the same mixture
  else
    status_.elbo = progress.elbo;  // not that of an earlier one
  save(progress, mixture);
}

void RunFolder::failed(const std::string& reason) {
  status_.state = io::Status::State::failed;
  status_.reason = core::message(reason);
  try {
    save_status();
  } catch (const Error& error) {
    if (io::overwrite_status(path_ + "/status.json", status_)) return;
    core::log().warn("warning: {}", error.what());  // the reason itself is reported by others
  }
}

void note_failure(const std::string& folder, const std::string& reason) {
  const std::string path = folder + "/status.json";
  try {
    io::Status status = io::read_status(path).status;
    status.state = io::Status::State::failed;
    status.reason = reason;
    io::write_status(path, status, core::Flush::later);
  } catch (const Error&) {
    // what ended the process is said elsewhere
  }
}

void RunFolder::note(const Progress& progress) {
  status_.iteration = progress.report.iteration;
  status_.checkpoint = progress.checkpoint;
  status_.evaluations = progress.report.evaluations;
  status_.evaluations_begun = std::max(progress.report.begun, progress.report.evaluations);
  status_.metrics_evaluations = progress.metrics_evaluations;
  status_.failures = progress.report.failures;
  status_.components = progress.report.components;
  status_.elbo_estimate = progress.report.elbo_estimate;
  if (progress.elbo) status_.elbo = progress.elbo;
  status_.verdict = progress.verdict;
  status_.wall_seconds = progress.wall_seconds;
  status_.algorithm_seconds = progress.algorithm_seconds;
  status_.seconds = progress.job_seconds;
  times_ = progress.job_evaluations;
}

void RunFolder::save(const Progress& progress, const AnyMixture& mixture) {
  const auto start = Clock::now();
  if (model_iteration_ != progress.report.iteration) save_model(progress, mixture);
  save_status();
  saved_ = Clock::now();
  saving_ = saved_ - start;
}

void RunFolder::write_model(const std::string& path, const Progress& progress, const AnyMixture& mixture) const {
  io::write_model(path,
                  {.mixture = mixture,
                   .parameter_names = identity_.parameter_names,
                   .attributes = {.gmmvi_version = version(),
                                  .target = identity_.target,
                                  .codename = identity_.codename,
                                  .preset = identity_.preset,
                                  .seed = identity_.seed,
                                  .iterations = progress.report.iteration,
                                  .evaluations = progress.report.evaluations,
                                  .elbo = progress.elbo,
                                  .elbo_estimate = progress.report.elbo_estimate,
                                  .verdict = progress.verdict ? to_text(*progress.verdict) : ""},
                   .transforms = identity_.transforms},
                  flush_);
}

void RunFolder::save_model(const Progress& progress, const AnyMixture& mixture) {
  write_model(model_path(), progress, mixture);
  status_.model_hash = io::to_hex(io::model_hash(mixture));
  remove_stale_outputs(path_ + "/outputs.nc", status_.model_hash);
  model_iteration_ = progress.report.iteration;
}

void RunFolder::save_status() {
  status_.evaluation_seconds = times_.distribution();  // sorts: too slow for every iteration
  io::write_status(path_ + "/status.json", status_, flush_);
}

}  // namespace gmmvi::runner

#include "external/process_once.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <unistd.h>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/work_folder.hpp"
#include "external/command.hpp"

namespace gmmvi::external {
namespace {

namespace fs = std::filesystem;

/// A new folder whose name begins so.
fs::path new_folder(const fs::path& beginning) {
  std::string path = beginning.string() + "-XXXXXX";
  if (!::mkdtemp(path.data()))
    throw Error(fmt::format("cannot make the work directory {}: {}", path, std::strerror(errno)),
                ExitCode::unavailable);
  return path;
}

std::string evaluation_name(const SampleId& id) {
  const bool of_metrics = (id.batch & SampleId::metrics_batch) != 0;
  return fmt::format("{}{}.{}{}", of_metrics ? "metrics-" : "", id.batch & ~SampleId::metrics_batch, id.position,
                     id.point > 0 ? fmt::format(".{}", id.point) : "");
}

}  // namespace

/// Of one evaluation; removed at its end, unless it is to be kept.
class ProcessOnce::WorkDirectory {
 public:
  WorkDirectory(const fs::path& in, const SampleId& id, ProcessOptions::Keep keep)
      : path_(new_folder(in / evaluation_name(id))), keep_(keep) {}
  ~WorkDirectory() {
    std::error_code ignored;
    if (!is_kept()) fs::remove_all(path_, ignored);
  }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  const fs::path& path() const { return path_; }
  bool is_kept() const {
    return keep_ == ProcessOptions::Keep::all || (keep_ == ProcessOptions::Keep::failures && !succeeded_);
  }
  void succeeded() { succeeded_ = true; }

 private:
  fs::path path_;
  ProcessOptions::Keep keep_;
  bool succeeded_ = false;
};

ProcessOnce::ProcessOnce(const ProcessOptions& options, const Start& start)
    : options_(options),
      returns_outputs_(start.returns_outputs),
      protocol_(start, start.returns_outputs ? options.outputs : 1),
      result_(options.result),
      launch_{.command = words_of(options.command, options.shell),
              .name = {},
              .folder = {},
              .environment = environment_of(options.program, start),
              .streams = Launch::Streams::none,
              .kill_grace = options.program.kill_grace} {
  if (start.returns_outputs && options.outputs < 1)
    throw Error(
        "A program that runs once for each evaluation cannot say how many outputs it returns: set "
        "target.outputs.",
        ExitCode::configuration);
  if (options.gradients && !result_.is_json())
    throw Error("Only results.json can have gradients, not a pattern or a column of another file.",
                ExitCode::configuration);
  if (!options.input.empty())
    template_ = TemplateFolder(options.input, options.link, options.substitute, start.parameters);
  else if (!options.link.empty() || !options.substitute.empty())
    throw Error("`link` and `substitute` name files of a template: say where it is with `template`.",
                ExitCode::configuration);
  check_program();
  static_cast<void>(supervisor_path());
  if (!options.work_directory.empty()) place_for_work();
}

// That of the options; else below the run's folder, or where there is no run in that for temporary files.
const fs::path& ProcessOnce::place_for_work() {
  if (!work_.empty()) return work_;
  const std::string& of_run = core::work_folder();
  work_is_ours_ = options_.work_directory.empty();
  if (work_is_ours_ && of_run.empty()) return work_ = new_folder(fs::temp_directory_path() / "gmmvi");
  const fs::path place = work_is_ours_ ? of_run : options_.work_directory;
  std::error_code problem;
  fs::create_directories(place, problem);
  if (problem)
    throw Error(fmt::format("Cannot make the folder {} for work directories: {}.", place.string(), problem.message()),
                ExitCode::cannot_create);
  return work_ = place;
}

// Failures that are kept stay, for somebody to look at.
ProcessOnce::~ProcessOnce() {
  std::error_code ignored;
  if (work_is_ours_ && !work_.empty()) fs::remove(work_, ignored);
}

// Whether there is such a program: else each evaluation would fail by itself.
void ProcessOnce::check_program() const {
  if (options_.shell) return;
  const std::string& program = launch_.command.front();
  const bool in_folder = program.find('/') != std::string::npos && fs::path(program).is_relative();
  const std::string place = in_folder ? (fs::path(options_.input) / program).lexically_normal().string() : program;
  const bool nowhere = in_folder && options_.input.empty();
  const std::string advice =
      nowhere ? fmt::format("There is no file {}.", place) : problem_with_program(place, path_in(launch_.environment));
  if (advice.empty()) return;
  throw Error(fmt::format("target.command: {}{}", advice,
                          in_folder ? " It is looked for in the work directory, a copy of the template: put it there, "
                                      "or give its path from the folder of the config."
                                    : ""),
              ExitCode::unavailable);
}

Answer ProcessOnce::evaluate(const Call& call) {
  GMMVI_GUARD(
      call.samples.rows() == dimension() && call.samples.cols() == 1 && call.seeds.size() == 1 && call.ids.size() == 1,
      "one sample");
  interruption_.clear();
  WorkDirectory folder(place_for_work(), call.ids.front(), options_.keep);
  try {
    Answer answer = run_in(folder.path(), call);
    folder.succeeded();
    return answer;
  } catch (const Error& error) {
    if (!folder.is_kept()) throw;
    throw Error(fmt::format("{}\nIts work directory is {}", error.what(), folder.path().string()), error.code());
  }
}

Answer ProcessOnce::run_in(const fs::path& folder, const Call& call) {
  template_.copy_to(folder, call.samples.col(0));
  std::string parameters;
  protocol_.write_parameters(parameters, call.samples.col(0));
  std::ofstream stream(folder / "parameters.json");
  stream << parameters << '\n' << std::flush;
  if (!stream)
    throw Error(fmt::format("cannot write {}", (folder / "parameters.json").string()), ExitCode::unavailable);
  stream.close();

  Launch launch = launch_;
  launch.folder = folder;
  launch.environment["GMMVI_EVALUATION"] = evaluation_name(call.ids.front());
  launch.environment["GMMVI_SEED"] = std::to_string(call.seeds.front());
  Child child(launch, interruption_);
  try {
    child.wait();
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    // What has no slash was found in PATH, and is not in the folder.
    const std::string& program = launch.command.front();
    const bool is_script = !options_.shell && program.find('/') != std::string::npos;
    const std::string advice = is_script ? advice_on((folder / program).string(), "") : "";
    throw Error(advice.empty() ? error.what() : fmt::format("{}\n{}", error.what(), advice), error.code());
  }
  Answer answer = protocol_.no_answer(call);
  try {
    protocol_.read(result_.read(folder, returns_outputs_), call, 0, answer);
  } catch (const Error& error) {
    throw Error(child.complaint(error.what()), ExitCode::unavailable);
  }
  return answer;
}

}  // namespace gmmvi::external

#include "commands/evidence_command.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "commands/output.hpp"
#include "commands/run_identity.hpp"
#include "commands/setup.hpp"
#include "commands/shared_input.hpp"
#include "core/own_target.hpp"
#include "core/shell.hpp"
#include "io/folder_lock.hpp"
#include "io/model_hash.hpp"
#include "io/status_file.hpp"
#include "runner/evidence.hpp"
#include "runner/fingerprint.hpp"
#include "runner/run_files.hpp"
#include "runner/text.hpp"
#include "runner/verdict.hpp"

namespace gmmvi::commands {
namespace {

/// What rank 0 works with.
struct Work {
  runner::RunFiles files;
  io::FolderLock lock;
  io::Status status;
};

std::string status_in(const std::string& folder) {
  return folder + "/status.json";
}

std::unique_ptr<Work> prepare(const EvidenceArguments& arguments) {
  runner::RunFiles files = runner::run_files(arguments.run);
  if (!files.config)
    throw Error(fmt::format("{} is a model file alone, and only the config.yml of a run folder says what target it was "
                            "fitted to. Name the run folder.",
                            arguments.run),
                ExitCode::usage);
  while (files.folder.size() > 1 && files.folder.back() == '/') files.folder.pop_back();
  io::FolderLock lock(files.folder);
  io::Status status = io::read_status(status_in(files.folder)).status;
  return std::make_unique<Work>(Work{std::move(files), std::move(lock), std::move(status)});
}

/// What the verdict at the end of the run was made of, with this ELBO in place of the one it had.
runner::VerdictFacts facts_of(const io::Status& status, const std::string& folder, const ElboEstimate& elbo) {
  runner::VerdictFacts facts{
      .complete = status.state == io::Status::State::finished,
      .iterations = status.iteration,
      .evaluations = status.evaluations,
      .failures = status.failures,
      .elbo_estimate = status.elbo_estimate,
      .elbo = elbo,
      .recent = runner::RecentHistory::of_file(folder + "/metrics.jsonl", status.iteration).summary(),
      .modes_found = {},
      .modes = {}};
  if (status.verdict) {
    facts.modes_found = status.verdict->modes_found;
    facts.modes = status.verdict->modes;
  }
  return facts;
}

bool is_better(const ElboEstimate& fresh, const std::optional<ElboEstimate>& known) {
  return !known || known->source != ElboEstimate::Source::fresh || fresh.drawn() >= known->drawn();
}

std::string text_of(const ElboEstimate& elbo, const io::Verdict& verdict) {
  return fmt::format("−ELBO         {}\nlog evidence  {}\n\n{}\n", runner::explained_negative_elbo(elbo),
                     elbo.samples > 0 ? runner::evidence(elbo) : "–", runner::to_text(verdict));
}

/// What there is to say before an evaluation was spent: the ELBO and the verdict from the end of the run.
std::string text_of(const io::Status& status) {
  std::string nothing = "No evaluation was spent on the evidence as yet (-n says how many).\n";
  if (!status.elbo || !status.verdict) return nothing;
  return nothing + "The end of the run knew:\n" + text_of(*status.elbo, *status.verdict);
}

std::string report(const runner::EvidenceResult& result, const Work& work, const std::string& journals) {
  const ElboEstimate& elbo = result.elbo;
  if (elbo.drawn() == 0) return text_of(work.status);
  const std::string& folder = work.files.folder;
  const io::Verdict verdict = runner::judge(facts_of(work.status, folder, elbo));
  std::string text = fmt::format("Evaluated the target at {} more samples of {}; there are {}, kept in {}/.\n",
                                 result.evaluations, work.files.model, elbo.drawn(), journals);
  if (result.waiting > 0)
    text += fmt::format(
        "{} more wait for others before them, which a call that was stopped did not evaluate: the next "
        "evaluations go there.\n",
        result.waiting);
  if (is_better(elbo, work.status.elbo))
    io::revise_status(status_in(folder), elbo, verdict);
  else
    text += fmt::format("The run knows more, from {} samples:{}\n", work.status.elbo->drawn(),
                        core::call_line("summary " + core::shell_word(folder)));
  return text + text_of(elbo, verdict);
}

}  // namespace

void evidence_command(const EvidenceArguments& arguments, const Communicator& world) {
  const std::unique_ptr<Work> work = comm::on_root(world, [&] { return prepare(arguments); });
  std::string folder = work ? work->files.folder : "";
  world.broadcast(folder);
  const auto configuration = shared_configuration({.config = folder + "/config.yml", .overrides = {}}, world);
  const MadeTarget made = make_target(configuration, world);
  Target* const target = made.target.get();
  DataFiles read;
  const AnyMixture mixture = shared_sources(world, read).model(folder + "/model.nc").mixture;
  const std::string hash = io::to_hex(io::model_hash(mixture));
  comm::attempt_on_root(world, [&] {
    runner::require_same_run(made.fingerprint, folder);
    const auto fitted = std::visit([](const auto& m) { return m.dimension(); }, mixture);
    if (target->dimension() != fitted)
      throw Error(
          fmt::format("{}/config.yml describes a target of {} parameters, but the model beside it has {}: they are "
                      "not of one run.",
                      folder, target->dimension(), fitted),
          ExitCode::configuration);
    if (work->status.model_hash != hash)
      throw Error(
          fmt::format("{} is of another model than the model.nc beside it, so that the evidence of the one cannot "
                      "be told of the other. Go on with the run:{}",
                      status_in(folder), how_to_resume(folder)),
          ExitCode::data);
  });
  const std::string journals = folder + "/evidence/" + hash;
  made.teams->run([&](Target& evaluated, const Communicator& ranks) {
    const runner::EvidenceResult result = runner::spend_on_evidence(evaluated, mixture,
                                                                    {.folder = journals,
                                                                     .seed = configuration.solver.seed,
                                                                     .temperature = configuration.solver.temperature,
                                                                     .options = made.evaluation,
                                                                     .make_target = made.make_another,
                                                                     .teams = made.teams.get(),
                                                                     .fingerprint = made.fingerprint},
                                                                    arguments.count, ranks);
    std::string text;
    comm::attempt_on_root(ranks, [&] { text = report(result, *work, journals); });
    tell(ranks, text);
  });
}

}  // namespace gmmvi::commands

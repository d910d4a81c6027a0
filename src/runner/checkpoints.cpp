#include "runner/checkpoints.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <numeric>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "comm/on_root.hpp"
#include "core/contract.hpp"
#include "core/log.hpp"
#include "core/text_file.hpp"
#include "io/atomic_file.hpp"
#include "runner/fingerprint.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;

/// The names of the files in `folder` that end so, sorted; none where there is no folder. Throws Error (data): what
/// cannot be read for a while is not to count as lost.
std::vector<std::string> files(const std::string& folder, const std::string& extension) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == extension) names.push_back(it->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory)
    throw Error(fmt::format("Cannot read the folder {}: {}.", folder, error.message()), ExitCode::data);
  std::ranges::sort(names);
  return names;
}

/// The number that a file's name begins with.
std::int64_t leading_number(const std::string& name) {
  std::int64_t number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

void broadcast(const Communicator& ranks, std::vector<std::string>& texts) {
  std::size_t count = texts.size();
  ranks.broadcast(count);
  texts.resize(count);
  for (std::string& text : texts) ranks.broadcast(text);
}

void make_folder(const std::string& folder, core::Flush flush = core::Flush::now) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(fmt::format("Cannot make the folder {}: {}.", folder, error.message()), ExitCode::cannot_create);
  if (flush == core::Flush::now) core::flush_folder_of(folder);
}

/// File systems of clusters show a new file to other machines after a moment.
bool appears(const std::string& path) {
  using namespace std::chrono_literals;
  std::error_code error;
  const auto start = std::chrono::steady_clock::now();
  while (!fs::exists(path, error)) {
    if (std::chrono::steady_clock::now() - start > 10s) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

/// Those of the database, and those that are to come into it.
std::function<bool(std::uint64_t batch)> batches_with_outputs(const SolverState& state) {
  std::unordered_set<std::uint64_t> stored;
  for (const SampleBatch& batch : state.database.batches) stored.insert(batch.number);
  return [&state, stored = std::move(stored)](std::uint64_t batch) {
    return stored.contains(batch) || ((batch & SampleId::metrics_batch) == 0 && state.awaits(batch));
  };
}

void say_that_it_begins_anew(std::int64_t known) {
  if (known > 0)
    core::log().warn(
        "warning: there is no checkpoint to go on from, so the run begins anew, without making the evaluations again "
        "that its journals have (at most {})",
        known);
  else
    core::log().warn(
        "warning: there is neither a checkpoint to go on from nor an evaluation in a journal, so the run begins anew, "
        "evaluations and all");
}

}  // namespace

Checkpoints::Checkpoints(std::string folder, const KeepOptions& options, bool cheap,
                         std::shared_ptr<evaluation::JournalArchive> archive, Communicator ranks,
                         io::Fingerprint fingerprint)
    : folder_(std::move(folder)),
      options_(options),
      journal_(options.journal == KeepOptions::Journal::on ||
               (options.journal == KeepOptions::Journal::automatic && !cheap)),
      samples_beside_(!journal_),
      ranks_(std::move(ranks)),
      archive_(std::move(archive)),
      fingerprint_(std::move(fingerprint)) {}

std::string Checkpoints::path(std::int64_t iteration) const {
  return fmt::format("{}/checkpoints/{:08}.checkpoint", folder_, iteration);
}

std::string Checkpoints::samples_path(std::int64_t iteration, int rank) const {
  return fmt::format("{}/checkpoints/{:08}-{:05}.samples", folder_, iteration, rank);
}

void Checkpoints::begin_job() {
  if (!journal_) return;
  const std::string journals = folder_ + "/journal";
  std::int64_t job = 0;
  comm::attempt_on_root(ranks_, [&] {
    make_folder(journals);
    for (const std::string& name : files(journals, ".journal")) job = std::max(job, leading_number(name));
    ++job;
  });
  ranks_.broadcast(job);
  const auto journal = [&](int rank) { return fmt::format("{}/{:04}-{:05}.journal", journals, job, rank); };
  const auto begin = [&] {
    if (!appears(ranks_.is_root() ? journals : journal(0)))
      throw Error(
          fmt::format("Rank {} does not see {}, which rank 0 made. The run folder has to be on a file system that "
                      "all ranks share: name another one with --out, or set evaluation.journal to off.",
                      ranks_.rank(), journal(0)),
          ExitCode::cannot_create);
    archive_->keep_in(journal(ranks_.rank()));
  };
  comm::attempt_on_root(ranks_, begin);
  comm::attempt_on_all(ranks_, [&] {
    if (!ranks_.is_root()) begin();
  });
}

// ------------------------------------------------------------------------------------------------------- going on

std::optional<io::Checkpoint> Checkpoints::restore(Gmmvi& gmmvi, const std::function<Gmmvi()>& make) {
  std::vector<std::int64_t> iterations;  // rank 0's
  comm::attempt_on_root(ranks_, [&] {
    remove_samples_without_checkpoint();
    for (const std::string& name : files(folder_ + "/checkpoints", ".checkpoint"))
      iterations.push_back(leading_number(name));
  });
  const std::int64_t newest = iterations.empty() ? -1 : iterations.back();
  while (true) {
    std::optional<std::string> bytes;
    comm::attempt_on_root(ranks_, [&] {
      while (!bytes && !iterations.empty()) {
        newest_ = iterations.back();
        iterations.pop_back();
        bytes = read(newest_);
      }
    });
    bool found = bytes.has_value();
    ranks_.broadcast(found);
    if (!found) break;
    std::string content = bytes.value_or("");
    ranks_.broadcast(content);
    io::Checkpoint checkpoint = io::checkpoint_of(content);
    read_journals(&checkpoint.solver);
    const std::int64_t missing = gmmvi.restore(checkpoint.solver);
    if (missing == 0) {
      say_what_is_unknown();
      keep_only_what_is_awaited(checkpoint.solver, newest_ == newest);
      second_ = iterations.empty() ? -1 : iterations.back();
      // What an earlier job without a journal evaluated is in no journal.
      samples_beside_ = samples_beside_ || has_samples(checkpoint.solver.iterations);
      return checkpoint;
    }
    if (ranks_.is_root())
      core::log().warn("warning: {} of the {} samples of {} are in no journal, so the checkpoint cannot be used",
                       missing, checkpoint.solver.database.mapping.size(), path(newest_));
    gmmvi = make();
  }
  newest_ = second_ = -1;
  read_journals(nullptr);
  say_what_is_unknown();
  keep_only_what_is_awaited({}, false);
  const std::vector<std::int64_t> known = ranks_.all_gather(archive_->earlier_samples());
  if (ranks_.is_root()) say_that_it_begins_anew(std::reduce(known.begin(), known.end()));
  return std::nullopt;
}

// What was imported and is in none of the batches that the run goes on with, will not be asked for. Beside the newest
// checkpoint that is what the database has deleted, or an import that did not come to its end.
void Checkpoints::keep_only_what_is_awaited(const SolverState& state, bool newest) {
  const bool own = archive_->keep_only([&](std::uint64_t batch) { return state.awaits(batch); },
                                       static_cast<std::uint64_t>(state.iterations));
  const std::vector<int> all = ranks_.all_gather(own ? 1 : 0);
  if (ranks_.is_root() && !newest && std::ranges::find(all, 1) != all.end())
    core::log().warn(
        "warning: evaluations were imported that are not among the samples which the run goes on with: "
        "import them again if they are to be candidates for new components");
}

bool Checkpoints::has_samples(std::int64_t iteration) const {
  bool found = false;
  comm::attempt_on_root(ranks_, [&] {
    found = std::ranges::any_of(files(folder_ + "/checkpoints", ".samples"),
                                [&](const std::string& name) { return leading_number(name) == iteration; });
  });
  ranks_.broadcast(found);
  return found;
}

// The content of a checkpoint that is not damaged.
std::optional<std::string> Checkpoints::read(std::int64_t iteration) {
  std::string bytes;
  std::optional<std::string> fingerprint;
  try {
    bytes = core::read_text(path(iteration));
    fingerprint = io::checkpoint_of(bytes).fingerprint;
  } catch (const Error& error) {
    core::log().warn("warning: {} cannot be used: {}", path(iteration), error.what());
    return std::nullopt;
  }
  check(path(iteration), fingerprint);
  return bytes;
}

void Checkpoints::check(const std::string& file, const std::optional<std::string>& fingerprint) {
  if (!fingerprint) without_fingerprint_ = file;
  if (fingerprint && !fingerprint->empty()) require_same(io::parse_fingerprint(*fingerprint, file), fingerprint_, file);
}

void Checkpoints::say_what_is_unknown() {
  const std::vector<int> unknown = ranks_.all_gather(without_fingerprint_.empty() ? 0 : 1);
  const auto first = std::ranges::find(unknown, 1);
  if (first == unknown.end()) return;
  ranks_.broadcast(without_fingerprint_, static_cast<int>(first - unknown.begin()));
  if (ranks_.is_root())
    core::log().warn(
        "warning: {} is of an earlier version, and does not say of which config and data it is: that they are "
        "those of this run is taken for granted",
        without_fingerprint_);
}

// Every file is read by one rank.
void Checkpoints::read_journals(const SolverState* state) {
  std::vector<std::string> paths;
  comm::attempt_on_root(ranks_, [&] {
    for (const std::string& name : files(folder_ + "/journal", ".journal"))
      paths.push_back(folder_ + "/journal/" + name);
    for (const std::string& name : files(folder_ + "/checkpoints", ".samples"))
      if (state != nullptr && leading_number(name) == state->iterations)
        paths.push_back(folder_ + "/checkpoints/" + name);
  });
  broadcast(ranks_, paths);
  std::vector<std::string> own;
  for (std::size_t i = static_cast<std::size_t>(ranks_.rank()); i < paths.size();
       i += static_cast<std::size_t>(ranks_.size()))
    own.push_back(paths[i]);
  comm::attempt_on_all(ranks_, [&] {
    for (const std::string& damage : archive_->read(
             own, !paths.empty(), [this](const auto&file, const auto&text) { check(file, text); },
             state != nullptr ? batches_with_outputs(*state) : nullptr))
      core::log().warn("warning: {}", damage);
  });
}

// -------------------------------------------------------------------------------------------------------- stopping

bool Checkpoints::is_due(std::int64_t iteration) const {
  const double minutes = std::chrono::duration<double, std::ratio<60>>(Clock::now() - written_).count();
  bool due = (options_.checkpoint_iterations && iteration % *options_.checkpoint_iterations == 0) ||
             (options_.checkpoint_minutes && minutes >= *options_.checkpoint_minutes);
  ranks_.broadcast(due);
  return due;
}

std::optional<std::int64_t> Checkpoints::newest() const {
  return newest_ < 0 ? std::nullopt : std::optional(newest_);
}

void Checkpoints::write(const Gmmvi& gmmvi, io::Checkpoint progress, core::Flush flush) {
  bool is_there = newest_ == gmmvi.iterations();
  ranks_.broadcast(is_there);
  if (is_there) return;
  try {
    store(gmmvi, std::move(progress), samples_beside_, samples_beside_ ? flush : core::Flush::now);
  } catch (const Error& error) {
    if (ranks_.is_root())
      core::log().warn("warning: there is no checkpoint of iteration {}: {}", gmmvi.iterations(), error.what());
  }
  written_ = Clock::now();
}

// The samples beside a checkpoint of this iteration, if any, stay what they are: only the journal has others.
void Checkpoints::write_with_imported(const Gmmvi& gmmvi, io::Checkpoint progress) {
  GMMVI_EXPECT(archive_->keeps(), "begin_job() comes first");
  store(gmmvi, std::move(progress), false, core::Flush::now);
}

void Checkpoints::store(const Gmmvi& gmmvi, io::Checkpoint progress, bool with_samples, core::Flush flush) {
  comm::attempt_on_root(ranks_, [&] { make_folder(folder_ + "/checkpoints", flush); });
  comm::attempt_on_all(ranks_, [&] {
    if (flush == core::Flush::now) archive_->sync();
    if (with_samples) write_samples(gmmvi, flush);
  });
  comm::attempt_on_root(ranks_, [&] {
    progress.solver = gmmvi.state();
    progress.fingerprint = archive_->fingerprint();
    io::write_atomically(path(gmmvi.iterations()), io::to_bytes(progress), flush);
    if (newest_ != gmmvi.iterations()) second_ = std::exchange(newest_, gmmvi.iterations());
    remove_all_but(newest_, second_);
  });
}

void Checkpoints::write_samples(const Gmmvi& gmmvi, core::Flush flush) const {
  const std::string own = samples_path(gmmvi.iterations(), ranks_.rank());
  std::error_code error;
  fs::remove(own, error);  // of a job that did not come to the end of it
  evaluation::Journal samples(own, gmmvi.dimension(), archive_->fingerprint(), flush);
  gmmvi.each_own_group([&](const FinishedGroup& group) { samples.append(group); });
  if (flush == core::Flush::now) samples.sync();
}

// The others are of no use once a newer one is there.
void Checkpoints::remove_all_but(std::int64_t newest, std::int64_t second) const {
  const std::string checkpoints = folder_ + "/checkpoints";
  std::error_code error;
  for (const char* extension : {".checkpoint", ".samples"})
    for (const std::string& name : files(checkpoints, extension))
      if (const auto iteration = leading_number(name); iteration != newest && iteration != second)
        fs::remove(fs::path(checkpoints) / name, error);
}

// Of a job that was killed while it wrote them.
void Checkpoints::remove_samples_without_checkpoint() const {
  const std::string checkpoints = folder_ + "/checkpoints";
  const std::vector<std::string> there = files(checkpoints, ".checkpoint");
  std::error_code error;
  for (const std::string& name : files(checkpoints, ".samples"))
    if (std::ranges::find(there, leading_number(name), leading_number) == there.end())
      fs::remove(fs::path(checkpoints) / name, error);
}

}  // namespace gmmvi::runner

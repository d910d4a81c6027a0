// What the folder of a run keeps between jobs. A job here is a solver and its Checkpoints; "later" is another one in
// the same process.

#include "runner/checkpoints.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "comm/guard.hpp"
#include "core/log.hpp"
#include "io/model_hash.hpp"
#include "normal_target.hpp"
#include "support/ranks.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;
using test::NormalTarget;
using test::world;
using Names = std::set<std::string>;

constexpr KeepOptions with_journal{.journal = KeepOptions::Journal::on};
constexpr KeepOptions without_journal{.journal = KeepOptions::Journal::off};

/// What this rank warns of while it lives.
class Warnings {
 public:
  Warnings() { core::log().logger().sinks().push_back(sink_); }
  ~Warnings() { std::erase(core::log().logger().sinks(), sink_); }
  Warnings(const Warnings&) = delete;
  Warnings& operator=(const Warnings&) = delete;

  int count(const std::string& part) const {
    const std::string all = text_.str();
    int found = 0;
    for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++found;
    return found;
  }
  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::ostream_sink_st> sink_ = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
};

/// Three components that reuse samples and move in every iteration.
Options moving_options() {
  Options options;
  options.model_initialization = {.num_initial_components = 3, .prior_scale = {3.0}, .initial_cov = {}};
  options.component_adapter = FixedComponentsOptions{};
  options.sample_selector =
      ComponentBasedSelectionOptions{.desired_samples_per_component = 12, .ratio_reused_samples_to_desired = 2.0};
  return options;
}

/// A job of a run on `ranks`, and the target that it evaluates.
class Job {
 public:
  Job(const std::string& folder, const KeepOptions& keep, Communicator ranks)
      : ranks_(std::move(ranks)), solver_(make()), checkpoints_(folder, keep, false, archive_, ranks_) {}

  /// The iteration that it goes on after, if there is a checkpoint of one.
  std::optional<std::int64_t> resume() {
    const auto checkpoint = checkpoints_.restore(solver_, [this] { return make(); });
    if (!checkpoint) return std::nullopt;
    EXPECT_EQ(checkpoint->solver.iterations, solver_.iterations());
    EXPECT_EQ(checkpoint->wall_seconds, 10.0 * static_cast<double>(solver_.iterations()));
    return checkpoint->solver.iterations;
  }
  /// Iterates until `last`, with a checkpoint after each iteration.
  void run(std::int64_t last) {
    checkpoints_.begin_job();
    while (solver_.iterations() < last) {
      solver_.train_iter();
      write();
    }
  }
  /// Iterates until `last` without one.
  void run_unkept(std::int64_t last) {
    while (solver_.iterations() < last) solver_.train_iter();
  }
  void write() {
    checkpoints_.write(solver_, {.solver = {}, .wall_seconds = 10.0 * static_cast<double>(solver_.iterations())},
                       core::Flush::now);
  }

  Checkpoints& checkpoints() { return checkpoints_; }
  std::uint64_t hash() const { return io::model_hash(solver_.mixture()); }
  /// Calls of the target, by all ranks.
  std::int64_t evaluations() const {
    std::int64_t sum = 0;
    for (const std::int64_t own : ranks_.all_gather(calls_.load())) sum += own;
    return sum;
  }

 private:
  Gmmvi make() { return Gmmvi::build_from_config(moving_options(), target_, ranks_, {.archive = archive_}); }

  Communicator ranks_;
  std::atomic<std::int64_t> calls_ = 0;
  NormalTarget target_{[this] { ++calls_; }};
  std::shared_ptr<evaluation::JournalArchive> archive_ = std::make_shared<evaluation::JournalArchive>(2);
  Gmmvi solver_;
  Checkpoints checkpoints_;
};

/// A run without any job's end: the mixture after every iteration, and the evaluations since the start.
struct Undisturbed {
  explicit Undisturbed(std::int64_t iterations) {
    std::int64_t calls = 0;
    NormalTarget target([&] { ++calls; });
    Options options = moving_options();
    options.evaluation.scheduling = EvaluationOptions::Scheduling::fixed;
    Gmmvi solver = Gmmvi::build_from_config(options, target);
    for (std::int64_t i = 0; i < iterations; ++i) {
      solver.train_iter();
      hashes.push_back(io::model_hash(solver.mixture()));
      evaluations.push_back(calls);
    }
    EXPECT_EQ(std::set(hashes.begin(), hashes.end()).size(), hashes.size()) << "every iteration is to change it";
  }
  std::uint64_t hash(std::int64_t iteration) const { return hashes[static_cast<std::size_t>(iteration - 1)]; }
  /// Evaluations of the iterations after `first`, up to `last`.
  std::int64_t between(std::int64_t first, std::int64_t last) const {
    return evaluations[static_cast<std::size_t>(last - 1)] -
           (first == 0 ? 0 : evaluations[static_cast<std::size_t>(first - 1)]);
  }

  std::vector<std::uint64_t> hashes;
  std::vector<std::int64_t> evaluations;
};

class CheckpointsTest : public testing::Test {
 protected:
  CheckpointsTest() {
    if (world().is_root()) {
      temporary_.emplace();
      folder_ = temporary_->path().string();
    }
    world().broadcast(folder_);
  }
  ~CheckpointsTest() override { world().barrier(); }

  /// On rank 0, while the others wait: files are its own business.
  template <class Body>
  static void on_root(Body body) {
    world().barrier();
    if (world().is_root()) body();
    world().barrier();
  }
  Names names_in(const std::string& part) const {
    world().barrier();
    Names names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_ + "/" + part, error))
      names.insert(entry.path().filename().string());
    world().barrier();  // nobody goes on while others look
    return names;
  }
  std::string path(std::int64_t iteration) const {
    return folder_ + "/checkpoints/0000000" + std::to_string(iteration) + ".checkpoint";
  }
  static void write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  static Communicator first_ranks(int count) { return world().split(world().rank() < count ? 0 : 1); }

  std::string folder_;

 private:
  std::optional<test::TemporaryFolder> temporary_;  // rank 0's
};

TEST_F(CheckpointsTest, TheLastTwoAreKept) {
  Job job(folder_, with_journal, world());
  job.run(1);
  EXPECT_EQ(names_in("checkpoints"), (Names{"00000001.checkpoint"}));
  job.run_unkept(2);
  job.write();
  EXPECT_EQ(names_in("checkpoints"), (Names{"00000001.checkpoint", "00000002.checkpoint"}));
  job.run_unkept(4);
  job.write();
  job.write();  // there is one already
  EXPECT_EQ(names_in("checkpoints"), (Names{"00000002.checkpoint", "00000004.checkpoint"}));
}

TEST_F(CheckpointsTest, WithoutAJournalSamplesAreBesideThem) {
  Job job(folder_, without_journal, world());
  EXPECT_FALSE(job.checkpoints().has_journal());
  job.run(3);
  Names expected;
  for (const std::string iteration : {"00000002", "00000003"}) {
    expected.insert(iteration + ".checkpoint");
    for (int rank = 0; rank < world().size(); ++rank)
      expected.insert(iteration + "-0000" + std::to_string(rank) + ".samples");
  }
  EXPECT_EQ(names_in("checkpoints"), expected);
  EXPECT_EQ(names_in("journal"), Names());
}

TEST_F(CheckpointsTest, AJournalIsKeptUnlessEvaluationsAreCheap) {
  const auto archive = std::make_shared<evaluation::JournalArchive>(2);
  const auto keeps = [&](KeepOptions::Journal journal, bool cheap) {
    return Checkpoints(folder_, {.journal = journal}, cheap, archive, world()).has_journal();
  };
  using Journal = KeepOptions::Journal;
  EXPECT_TRUE(keeps(Journal::automatic, false));
  EXPECT_FALSE(keeps(Journal::automatic, true));
  EXPECT_TRUE(keeps(Journal::on, true));
  EXPECT_FALSE(keeps(Journal::off, false));
}

TEST_F(CheckpointsTest, EveryJobHasJournalsOfItsOwn) {
  Names expected;
  for (const std::string job : {"0001", "0002", "0003"}) {
    Job(folder_, with_journal, world()).checkpoints().begin_job();
    for (int rank = 0; rank < world().size(); ++rank)
      expected.insert(job + "-0000" + std::to_string(rank) + ".journal");
    EXPECT_EQ(names_in("journal"), expected);
  }
}

TEST_F(CheckpointsTest, AreDueAfterIterationsOrMinutes) {
  const auto due = [&](std::optional<std::int64_t> iterations, std::optional<double> minutes, std::int64_t iteration) {
    const auto archive = std::make_shared<evaluation::JournalArchive>(2);
    const KeepOptions keep{.checkpoint_iterations = iterations, .checkpoint_minutes = minutes};
    return Checkpoints(folder_, keep, false, archive, world()).is_due(iteration);
  };
  EXPECT_TRUE(due(3, {}, 6));
  EXPECT_FALSE(due(3, {}, 7));
  EXPECT_FALSE(due(3, 1e9, 7));
  EXPECT_TRUE(due(3, 1e9, 9));
  EXPECT_TRUE(due(3, 1e-15, 7)) << "whichever comes first";
  EXPECT_FALSE(due({}, {}, 100));
}

// ------------------------------------------------------------------------------------------------------- going on

struct Keeping {
  const char* name;
  KeepOptions options;
};
void PrintTo(const Keeping& keeping, std::ostream* out) {
  *out << keeping.name;
}

class GoingOn : public CheckpointsTest, public testing::WithParamInterface<Keeping> {};

INSTANTIATE_TEST_SUITE_P(Keeping, GoingOn,
                         testing::Values(Keeping{"Journal", with_journal}, Keeping{"Samples", without_journal}),
                         [](const auto& instance) { return instance.param.name; });

TEST_P(GoingOn, OnAnyNumberOfRanksIsAsIfNothingHadBeenBetween) {
  const Undisturbed undisturbed(7);
  for (const auto& [before, after] : {std::pair(world().size(), 1), std::pair(1, world().size())}) {
    const Communicator first = first_ranks(before);
    if (world().rank() < before) {
      Job job(folder_, GetParam().options, first);
      job.run(4);
      EXPECT_EQ(job.evaluations(), undisturbed.between(0, 4));
    }
    world().barrier();
    const Communicator second = first_ranks(after);
    if (world().rank() < after) {
      Job job(folder_, GetParam().options, second);
      EXPECT_EQ(job.resume(), 4);
      EXPECT_EQ(job.hash(), undisturbed.hash(4));
      job.run(7);
      EXPECT_EQ(job.hash(), undisturbed.hash(7));
      EXPECT_EQ(job.evaluations(), undisturbed.between(4, 7));
    }
    on_root([&] {
      for (const auto& entry : fs::directory_iterator(folder_)) fs::remove_all(entry);
    });
  }
}

TEST_P(GoingOn, FromTheOneBeforeWhereTheNewestIsDamaged) {
  const Undisturbed undisturbed(6);
  { Job(folder_, GetParam().options, world()).run(4); }
  world().barrier();
  const std::string whole = test::content_of(path(4));
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  for (const std::string& content :
       {std::string(), whole.substr(0, whole.size() - 1), whole.substr(0, 10), flipped, std::string("rubbish")}) {
    on_root([&] { write(path(4), content); });
    const Warnings warnings;
    Job job(folder_, GetParam().options, world());
    EXPECT_EQ(job.resume(), 3);
    EXPECT_EQ(warnings.count("warning: " + path(4) + " cannot be used: "), world().is_root() ? 1 : 0)
        << warnings.text();
    EXPECT_EQ(job.hash(), undisturbed.hash(3));
    job.run_unkept(6);
    EXPECT_EQ(job.hash(), undisturbed.hash(6));
    // A journal has what was evaluated after the checkpoint, too.
    EXPECT_EQ(job.evaluations(), undisturbed.between(job.checkpoints().has_journal() ? 4 : 3, 6));
  }
}

TEST_P(GoingOn, FromTheOneBeforeWhereAnOlderOneIsInTheWayOfTheNewest) {
  const Undisturbed undisturbed(6);
  { Job(folder_, GetParam().options, world()).run(4); }
  on_root([&] { write(path(4), "rubbish"); });
  {
    Job job(folder_, GetParam().options, world());
    EXPECT_EQ(job.resume(), 3);
    job.run(4);  // in the place of the damaged one
  }
  const Warnings warnings;
  Job job(folder_, GetParam().options, world());
  EXPECT_EQ(job.resume(), 4);
  EXPECT_EQ(warnings.text(), "");
  job.run(6);
  EXPECT_EQ(job.hash(), undisturbed.hash(6));
  Names checkpoints;
  for (const std::string& name : names_in("checkpoints"))
    if (name.ends_with(".checkpoint")) checkpoints.insert(name);
  EXPECT_EQ(checkpoints, (Names{"00000005.checkpoint", "00000006.checkpoint"}));
}

TEST_P(GoingOn, AnewWhereNoCheckpointCanBeUsed) {
  const Undisturbed undisturbed(5);
  { Job(folder_, GetParam().options, world()).run(4); }
  on_root([&] {
    for (const int iteration : {3, 4}) write(path(iteration), "rubbish");
  });
  const Warnings warnings;
  Job job(folder_, GetParam().options, world());
  EXPECT_EQ(job.resume(), std::nullopt);
  EXPECT_EQ(warnings.count("the run begins anew"), world().is_root() ? 1 : 0) << warnings.text();
  job.run(5);
  EXPECT_EQ(job.hash(), undisturbed.hash(5));
  EXPECT_EQ(job.evaluations(), undisturbed.between(job.checkpoints().has_journal() ? 4 : 0, 5));
}

TEST_F(CheckpointsTest, WithoutItsSamplesACheckpointIsOfNoUse) {
  const Undisturbed undisturbed(5);
  { Job(folder_, without_journal, world()).run(4); }
  const int last = world().size() - 1;
  on_root([&] { fs::remove(folder_ + "/checkpoints/00000004-0000" + std::to_string(last) + ".samples"); });
  const Warnings warnings;
  Job job(folder_, without_journal, world());
  EXPECT_EQ(job.resume(), 3);
  EXPECT_EQ(warnings.count("are in no journal, so the checkpoint cannot be used"), world().is_root() ? 1 : 0)
      << warnings.text();
  job.run(5);
  EXPECT_EQ(job.hash(), undisturbed.hash(5));
}

TEST_F(CheckpointsTest, ADamagedJournalCostsItsGroupsAndAWarning) {
  const Undisturbed undisturbed(5);
  { Job(folder_, with_journal, world()).run(4); }
  on_root([&] {
    const std::string journal = folder_ + "/journal/0001-00000.journal";
    fs::resize_file(journal, fs::file_size(journal) - 1);
  });
  const Warnings warnings;
  Job job(folder_, with_journal, world());
  // The cut group is one of the last iteration's: of the samples that its checkpoint has.
  EXPECT_EQ(job.resume(), 3);
  int damages = 0;
  for (const int own : world().all_gather(warnings.count("the last record is cut off"))) damages += own;
  EXPECT_GE(damages, 1);
  job.run_unkept(5);
  EXPECT_EQ(job.hash(), undisturbed.hash(5));
  EXPECT_EQ(job.evaluations(), undisturbed.between(4, 5) + 1);
}

// --------------------------------------------------------------------------------------------------- what goes wrong

/// The one sentence that every rank throws.
template <class Body>
std::string error_of(Body body, ExitCode code) {
  try {
    body();
  } catch (const comm::CollectiveError& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

TEST_F(CheckpointsTest, AFolderThatCannotBeMadeIsAnErrorOnEveryRank) {
  on_root([&] { write(folder_ + "/journal", "a file"); });
  Job job(folder_, with_journal, world());
  const std::string error = error_of([&] { job.checkpoints().begin_job(); }, ExitCode::cannot_create);
  EXPECT_TRUE(error.starts_with("Cannot make the folder " + folder_ + "/journal: ")) << error;
}

// To begin anew would be to evaluate all again, and to write over what cannot be read now.
TEST_F(CheckpointsTest, AFolderThatCannotBeReadIsAnErrorOnEveryRank) {
  for (const std::string part : {"checkpoints", "journal"}) {
    { Job(folder_, with_journal, world()).run(2); }
    on_root([&] {
      fs::rename(folder_ + "/" + part, folder_ + "/elsewhere");
      fs::create_symlink(part, folder_ + "/" + part);  // to itself
    });
    {
      Job job(folder_, with_journal, world());
      const std::string error = error_of([&] { job.resume(); }, ExitCode::data);
      EXPECT_TRUE(error.starts_with("Cannot read the folder " + folder_ + "/" + part + ": ")) << error;
    }
    on_root([&] {
      fs::remove(folder_ + "/" + part);
      fs::rename(folder_ + "/elsewhere", folder_ + "/" + part);
    });
    Job job(folder_, with_journal, world());
    EXPECT_EQ(job.resume(), 2) << "nothing was lost";
  }
}

TEST_F(CheckpointsTest, ARunGoesOnWhereNoneCanBeWritten) {
  const Undisturbed undisturbed(3);
  on_root([&] { write(folder_ + "/checkpoints", "a file"); });
  const Warnings warnings;
  Job job(folder_, with_journal, world());
  job.run(2);
  EXPECT_EQ(warnings.count("warning: there is no checkpoint of iteration 2: Cannot make the folder"),
            world().is_root() ? 1 : 0)
      << warnings.text();
  on_root([&] { fs::remove(folder_ + "/checkpoints"); });
  job.run_unkept(3);
  job.write();
  EXPECT_EQ(names_in("checkpoints"), (Names{"00000003.checkpoint"}));
  EXPECT_EQ(job.hash(), undisturbed.hash(3));
}

}  // namespace
}  // namespace gmmvi::runner

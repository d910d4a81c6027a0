#include "runner/run_folder.hpp"

#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gmmvi/error.hpp"

#include "io/model_file.hpp"
#include "io/model_hash.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::content_of;

RunIdentity identity() {
  return {.name = "posterior", .codename = "SAMTRON", .seed = 7, .target = "a test", .parameter_names = {"a", "b"}};
}

AnyMixture mixture_with_mean(double mean) {
  using Component = Gaussian<FullCovariance>;
  const auto gaussian = std::make_shared<const Component>(Eigen::Vector2d(mean, 0.0),
                                                          FullCovariance::from_variances(Eigen::Vector2d(1.0, 2.0)));
  return Mixture<FullCovariance>({gaussian}, Eigen::VectorXd::Ones(1));
}

Progress progress_at(std::int64_t iteration, bool end_of_block) {
  Progress progress;
  progress.report.iteration = iteration;
  progress.report.evaluations = 100 * iteration;
  progress.report.components = 1;
  progress.report.elbo_estimate = -5.0;
  for (std::int64_t n = 1; n <= iteration; ++n) progress.job_evaluations.note(static_cast<double>(n));
  progress.end_of_block = end_of_block;
  return progress;
}

json status_of(const RunFolder& folder) {
  return json::parse(content_of(folder.path() + "/status.json"));
}

/// What making the folder says, and that it has the right exit code.
std::string refusal(const std::string& directory) {
  try {
    RunFolder({.directory = directory}, identity(), "");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    return error.what();
  }
  return "no error";
}

class RunFolderTest : public testing::Test {
 protected:
  test::TemporaryFolder temporary;
};

TEST_F(RunFolderTest, DefaultNamesAreCountedUp) {
  const fs::path before = fs::current_path();
  fs::current_path(temporary.path());
  const RunFolder first({}, identity(), "");
  const RunFolder second({}, identity(), "");
  const RunFolder third({}, identity(), "");
  RunIdentity with_preset = identity();
  with_preset.preset = "expensive";
  const RunFolder fourth({}, with_preset, "");
  fs::current_path(before);
  EXPECT_EQ(first.path(), "runs/posterior-SAMTRON-seed7");
  EXPECT_EQ(second.path(), "runs/posterior-SAMTRON-seed7-2");
  EXPECT_EQ(third.path(), "runs/posterior-SAMTRON-seed7-3");
  EXPECT_EQ(fourth.path(), "runs/posterior-SAMTRON-expensive-seed7");
}

TEST_F(RunFolderTest, IsMadeWithItsParents) {
  const RunFolder folder({.directory = temporary / "a/b/c/"}, identity(), "seed: 7\n");
  EXPECT_EQ(folder.path(), temporary / "a/b/c");
  EXPECT_EQ(content_of(temporary / "a/b/c/config.yml"), "seed: 7\n");
}

TEST_F(RunFolderTest, TakesAnEmptyFolder) {
  fs::create_directory(temporary / "empty");
  EXPECT_EQ(RunFolder({.directory = temporary / "empty"}, identity(), "").path(), temporary / "empty");
}

TEST_F(RunFolderTest, TakesAFolderOfARunThatWasKilledWhileItMadeIt) {
  for (const std::string left :
       {"config.yml", "config.yml.partial", "config.yml.partial-x0y1z2", "fingerprint.json", "lock"}) {
    const std::string folder = temporary / ("left " + left);
    fs::create_directory(folder);
    std::ofstream(folder + "/" + left) << (left.find("partial") != std::string::npos ? "seed" : "");
    RunFolder({.directory = folder}, identity(), "seed: 7\n");
    EXPECT_EQ(content_of(folder + "/config.yml"), "seed: 7\n");
    EXPECT_FALSE(fs::exists(folder + "/config.yml.partial"));
    EXPECT_NE(refusal(folder).find("not empty"), std::string::npos) << "now there is a run in it";
  }
}

TEST_F(RunFolderTest, TakesAFolderThatHoldsItsProblem) {
  const std::string folder = temporary / "with problem";
  fs::create_directories(folder + "/problem");
  std::ofstream(folder + "/problem/config.yml") << "its own";
  RunFolder({.directory = folder}, identity(), "seed: 7\n");
  EXPECT_EQ(content_of(folder + "/problem/config.yml"), "its own");
}

TEST_F(RunFolderTest, NeverWritesOverAnotherRun) {
  RunFolder({.directory = temporary / "run"}, identity(), "first");
  EXPECT_NE(refusal(temporary / "run").find("not empty"), std::string::npos);
  EXPECT_EQ(content_of(temporary / "run/config.yml"), "first\n");
}

TEST_F(RunFolderTest, SaysWhyItCannotBeMade) {
  std::ofstream(temporary / "file") << "text";
  EXPECT_NE(refusal(temporary / "file").find("there is a file of that name"), std::string::npos)
      << refusal(temporary / "file");
  EXPECT_NE(refusal(temporary / "file/run").find("Not a directory"), std::string::npos)
      << refusal(temporary / "file/run");
}

TEST_F(RunFolderTest, SaysThatARunBegan) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.started(progress_at(0, false), mixture_with_mean(0.0));
  EXPECT_EQ(status_of(folder).at("state"), "running");
  EXPECT_TRUE(status_of(folder).at("model_hash").is_null());
}

TEST_F(RunFolderTest, StatusAndModelHaveTheVerdict) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  Progress progress = progress_at(1, true);
  folder.iterated(progress, mixture_with_mean(1.0));
  EXPECT_TRUE(status_of(folder).at("verdict").is_null()) << "it has not ended";
  progress.verdict = io::Verdict{.findings = {{io::Finding::Severity::bad, "trend", "Still improving."}}};
  folder.finished(progress, mixture_with_mean(1.0), StopReason::iterations);
  EXPECT_EQ(status_of(folder).at("verdict").at("word"), "not to be trusted");
  EXPECT_EQ(io::read_model(folder.model_path()).attributes.verdict, "Verdict: not to be trusted\n!! Still improving.");
}

// As under SLURM, where a job may end while it still reads its checkpoint.
TEST_F(RunFolderTest, AJobWithoutAnIterationLeavesWhatWasMeasured) {
  Progress progress = progress_at(3, true);
  progress.elbo = ElboEstimate{.value = -5.25, .samples = 100};
  progress.verdict = io::Verdict{.findings = {{io::Finding::Severity::care, "distance", "As measured."}}};
  {
    RunFolder folder({.directory = temporary / "run"}, identity(), "");
    folder.iterated(progress, mixture_with_mean(1.0));
    folder.finished(progress, mixture_with_mean(1.0), StopReason::suspended);
  }
  RunFolder folder = RunFolder::reopened(temporary / "run", {.directory = temporary / "run"}, identity(), "", 3);
  folder.started(progress_at(3, false), mixture_with_mean(1.0));
  folder.finished(progress_at(3, false), mixture_with_mean(1.0), StopReason::interrupted);
  EXPECT_EQ(status_of(folder).at("elbo"), -5.25);
  EXPECT_EQ(status_of(folder).at("verdict").at("word"), "usable with care");
  EXPECT_EQ(io::read_model(folder.model_path()).attributes.elbo->value, -5.25);

  RunFolder next = RunFolder::reopened(temporary / "run", {.directory = temporary / "run"}, identity(), "", 3);
  next.iterated(progress_at(4, false), mixture_with_mean(2.0));
  next.finished(progress_at(4, false), mixture_with_mean(2.0), StopReason::interrupted);
  EXPECT_TRUE(status_of(next).at("elbo").is_null()) << "that of an earlier mixture";
  EXPECT_FALSE(io::read_model(next.model_path()).attributes.elbo);
}

// Of a cheap run the last checkpoint is older than its end.
TEST_F(RunFolderTest, AFinishedRunThatGoesOnFromBeforeItsEndIsKeptAside) {
  {
    RunFolder folder({.directory = temporary / "run"}, identity(), "");
    for (int iteration = 1; iteration <= 5; ++iteration)
      folder.iterated(progress_at(iteration, true), mixture_with_mean(iteration));
    folder.finished(progress_at(5, true), mixture_with_mean(5.0), StopReason::iterations);
  }
  RunFolder::reopened(temporary / "run", {.directory = temporary / "run"}, identity(), "", 3);
  const auto lines = [&](const std::string& folder) {
    const std::string metrics = content_of(temporary / (folder + "/metrics.jsonl"));
    return std::ranges::count(metrics, '\n');
  };
  EXPECT_EQ(io::model_hash(io::read_model(temporary / "run/earlier/model.nc").mixture),
            io::model_hash(mixture_with_mean(5.0)));
  EXPECT_EQ(lines("run/earlier"), 5);
  EXPECT_EQ(lines("run"), 3);
  for (const char* const name : {"config.yml", "fingerprint.json", "status.json"})
    EXPECT_TRUE(fs::exists(temporary / (std::string("run/earlier/") + name))) << name;
  EXPECT_FALSE(fs::exists(temporary / "run/model.nc")) << "it is written with the next block";
}

TEST_F(RunFolderTest, KeepsTheModelOfTheLastBlock) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.started(progress_at(0, false), mixture_with_mean(0.0));
  folder.iterated(progress_at(1, true), mixture_with_mean(1.0));
  folder.iterated(progress_at(2, false), mixture_with_mean(2.0));

  const io::Model model = io::read_model(folder.model_path());
  EXPECT_EQ(io::model_hash(model.mixture), io::model_hash(mixture_with_mean(1.0)));
  EXPECT_EQ(model.parameter_names, identity().parameter_names);
  EXPECT_EQ(model.attributes.codename, "SAMTRON");
  EXPECT_EQ(model.attributes.seed, 7u);
  EXPECT_EQ(model.attributes.iterations, 1);
  EXPECT_EQ(model.attributes.evaluations, 100);
  EXPECT_EQ(status_of(folder).at("iteration"), 1);
  EXPECT_EQ(status_of(folder).at("model_hash"), io::to_hex(io::model_hash(mixture_with_mean(1.0))));
}

TEST_F(RunFolderTest, HasALineOfMetricsForEveryIteration) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  for (int iteration = 1; iteration <= 3; ++iteration) {
    folder.iterated(progress_at(iteration, false), mixture_with_mean(0.0));
  }
  std::istringstream lines(content_of(folder.path() + "/metrics.jsonl"));
  std::int64_t iteration = 0;
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(json::parse(line).at("iteration"), ++iteration);
  EXPECT_EQ(iteration, 3);
}

TEST_F(RunFolderTest, SaysHowARunEnded) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.iterated(progress_at(4, false), mixture_with_mean(3.0));
  folder.finished(progress_at(4, false), mixture_with_mean(3.0), StopReason::max_evaluations);
  EXPECT_EQ(status_of(folder).at("state"), "finished");
  EXPECT_NE(status_of(folder).at("reason").get<std::string>().find("max_evaluations"), std::string::npos);
  EXPECT_EQ(status_of(folder).at("evaluations"), 400);
  EXPECT_EQ(status_of(folder).at("job").at("evaluation_seconds").at("max"), 4.0);
  EXPECT_EQ(io::model_hash(io::read_model(folder.model_path()).mixture), io::model_hash(mixture_with_mean(3.0)));
}

TEST_F(RunFolderTest, SaysWhyARunFailedAndWhere) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.iterated(progress_at(1, true), mixture_with_mean(1.0));
  folder.iterated(progress_at(2, false), mixture_with_mean(2.0));
  folder.failed("the target is gone");
  EXPECT_EQ(status_of(folder).at("state"), "failed");
  EXPECT_EQ(status_of(folder).at("reason"), "the target is gone");
  EXPECT_EQ(status_of(folder).at("iteration"), 2);
  EXPECT_EQ(status_of(folder).at("job").at("evaluation_seconds").at("max"), 2.0) << "of that iteration";
  EXPECT_EQ(status_of(folder).at("model_hash"), io::to_hex(io::model_hash(mixture_with_mean(1.0))));
}

TEST_F(RunFolderTest, AnyProcessMaySayThatTheRunFailed) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.iterated(progress_at(1, true), mixture_with_mean(1.0));
  const auto before = status_of(folder);
  note_failure(folder.path(), "the target called exit()");
  EXPECT_EQ(status_of(folder).at("state"), "failed");
  EXPECT_EQ(status_of(folder).at("reason"), "the target called exit()");
  EXPECT_EQ(status_of(folder).at("model_hash"), before.at("model_hash"));
  note_failure(temporary / "nowhere", "nothing to be done");
}

/// While it lives no file can be made in `folder`, not by root either, but `file` there can be written.
class CannotMakeFiles {
 public:
  CannotMakeFiles(const fs::path& above, const fs::path& folder, const fs::path& file) : folder_(folder) {
    fs::permissions(above, fs::perms::others_exec | fs::perms::group_exec, fs::perm_options::add);
    fs::permissions(folder, fs::perms(0555));
    fs::permissions(file, fs::perms(0666));
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0) {
      EXPECT_EQ(::seteuid(nobody), 0);
    }
  }
  ~CannotMakeFiles() {
    EXPECT_EQ(::seteuid(::getuid()), 0);
    fs::permissions(folder_, fs::perms(0755));
  }
  CannotMakeFiles(const CannotMakeFiles&) = delete;
  CannotMakeFiles& operator=(const CannotMakeFiles&) = delete;

 private:
  fs::path folder_;
};

TEST_F(RunFolderTest, SaysThatARunFailedThoughThereIsNoRoomForAnotherFile) {
  RunFolder folder({.directory = temporary / "run"}, identity(), "");
  folder.iterated(progress_at(1, true), mixture_with_mean(1.0));
  const CannotMakeFiles cannot(temporary.path(), folder.path(), folder.path() + "/status.json");
  folder.failed(std::string(1000, 'x'));
  EXPECT_EQ(status_of(folder).at("reason").get<std::string>().size(), 1000U);
  folder.failed("the disk is full");  // a shorter one leaves nothing of the one before
  EXPECT_EQ(status_of(folder).at("state"), "failed");
  EXPECT_EQ(status_of(folder).at("reason"), "the disk is full");
}

std::size_t files_in(const std::string& folder) {
  const fs::directory_iterator files(folder);
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_F(RunFolderTest, KeepsModelsOfIterationsWhereWanted) {
  RunFolder folder({.directory = temporary / "run", .models = "models"}, identity(), "");
  for (const std::int64_t iteration : {1, 99, 100, 101, 125, 150})
    folder.iterated(progress_at(iteration, false), mixture_with_mean(static_cast<double>(iteration)));
  EXPECT_EQ(files_in(folder.path() + "/models"), 4u);
  for (const std::int64_t iteration : {1, 99, 100, 150}) {
    const io::Model model = io::read_model(fmt::format("{}/models/gmm_{:06}.nc", folder.path(), iteration));
    EXPECT_EQ(model.attributes.iterations, iteration);
    EXPECT_EQ(io::model_hash(model.mixture), io::model_hash(mixture_with_mean(static_cast<double>(iteration))));
  }
}

TEST_F(RunFolderTest, TakesAFolderForModelsElsewhereButNotAnotherRuns) {
  const OutputOptions options{.directory = temporary / "run", .models = temporary / "models"};
  RunFolder(options, identity(), "").iterated(progress_at(1, false), mixture_with_mean(1.0));
  EXPECT_TRUE(fs::exists(temporary / "models/gmm_000001.nc"));
  const OutputOptions other{.directory = temporary / "other", .models = options.models};
  try {
    RunFolder(other, identity(), "");
    ADD_FAILURE() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("it is not empty. Name another one with dump_gmm_path"), std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(fs::exists(other.directory)) << "nothing is left of a run that could not begin";
}

}  // namespace
}  // namespace gmmvi::runner

#include "external/child.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "external/processes.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::external {
namespace {

using test::comes_true;
using test::contains;
using test::ends_with;
using test::is_alive;
using test::message_of;
using test::process_in;
using test::starts_with;

Launch shell(const std::string& script, Launch::Streams streams = Launch::Streams::standard) {
  return {.command = {"/bin/sh", "-c", script}, .name = "it", .streams = streams, .kill_grace = 0.2};
}

/// What comes of one question to a script.
std::string failure_of(const std::string& script, std::optional<double> limit = std::nullopt) {
  const Interruption interruption;
  Child child(shell(script), interruption);
  return message_of([&] { child.ask("hello\n", limit); });
}

TEST(Child, AnswersLineByLine) {
  const Interruption interruption;
  Child child({.command = {"cat"}}, interruption);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(child.ask(std::to_string(i) + "\n"), std::to_string(i));
  const std::string megabytes(3'000'000, 'x');
  EXPECT_EQ(child.ask(megabytes + "\n"), megabytes) << "while it writes, it is read";
}

TEST(Child, SpeaksOnDescriptorsThreeAndFourAsWell) {
  const Interruption interruption;
  Child child(shell("echo printed; read line <&3; echo \"$line, too\" >&4; echo end; exec cat <&3 >&4",
                    Launch::Streams::descriptors),
              interruption);
  EXPECT_EQ(child.ask("hello\n"), "hello, too");
  EXPECT_EQ(child.ask("again\n"), "again");
  EXPECT_TRUE(ends_with(child.complaint("is asked"), "standard error:\nprinted\nend"));
}

TEST(Child, HasNoDescriptorsButItsOwn) {
  const Interruption interruption;
  Child other({.command = {"cat"}}, interruption);
  for (const auto& [streams, expected] : {std::pair(Launch::Streams::standard, std::string("0 1 2 3")),
                                          std::pair(Launch::Streams::descriptors, std::string("0 1 2 3 4 5"))}) {
    const std::string out = streams == Launch::Streams::standard ? "1" : "4";
    // ls opens the folder itself, as the first that is free
    Child child(shell("echo $(ls /proc/self/fd) >&" + out + "; sleep 100", streams), interruption);
    EXPECT_EQ(child.ask(""), expected);
  }
}

TEST(Child, GetsItsEnvironmentWithoutTheLaunchers) {
  ::setenv("OMPI_COMM_WORLD_RANK", "3", 1);
  ::setenv("SLURM_STEP_ID", "3", 1);
  ::setenv("SLURM_JOB_ID", "17", 1);
  const test::TemporaryFolder folder;
  const Interruption interruption;
  Launch launch = shell("echo $OMPI_COMM_WORLD_RANK$SLURM_STEP_ID,$SLURM_JOB_ID,$GMMVI_SLOT,$GMMVI_RANK,$GPU,$(pwd)");
  launch.environment =
      environment_of({.environment = {{"GPU", "{slot}/{rank}/{slot}"}}}, {.parameters = {}, .rank = 5, .slot = 2});
  launch.folder = folder.path();
  Child child(launch, interruption);
  EXPECT_EQ(child.ask(""), ",17,2,5,2/5/2," + folder.path().string());
  ::unsetenv("OMPI_COMM_WORLD_RANK");
  ::unsetenv("SLURM_STEP_ID");
  ::unsetenv("SLURM_JOB_ID");
}

TEST(Child, ItsEndIsToldWithItsLastWords) {
  EXPECT_EQ(failure_of("echo no mesh >&2; exit 3"),
            "it ended with exit code 3; the last lines of its standard error:\nno mesh");
  EXPECT_EQ(failure_of("kill -SEGV $$"), "it was killed by signal 11 (Segmentation fault)");
  EXPECT_EQ(failure_of("exit 0"), "it ended with exit code 0");
  EXPECT_EQ(failure_of("printf '{\"id\": 1, \"log'; exit 1"),
            "it ended with exit code 1 in the middle of a line: '{\"id\": 1, \"log'");
  EXPECT_TRUE(starts_with(failure_of("exec 1>&-; sleep 100"), "it closed its output"));
  EXPECT_TRUE(starts_with(failure_of("head -c 70000000 /dev/zero; sleep 100"), "it wrote more than 64 MB"));
  EXPECT_TRUE(starts_with(failure_of("exec ./no-such-program"), "it ended with exit code 127; "));
  const Interruption interruption;
  Child absent({.command = {"./no-such-program", "a b"}}, interruption);
  EXPECT_EQ(message_of([&] { absent.wait(); }),
            "`./no-such-program 'a b'` ended with exit code 127; the last lines of its standard error:\n"
            "cannot start ./no-such-program: No such file or directory");
}

TEST(Child, SilenceIsNotWaitedForLongerThanTheLimit) {
  EXPECT_EQ(failure_of("exec sleep 100", 0.1), "it said nothing for 0.1 s");
  EXPECT_TRUE(starts_with(failure_of("while true; do echo busy >&2; done", 0.1), "it said nothing for 0.1 s"));
}

TEST(Child, AnAnswerCountsThoughItEndsAfterwards) {
  const Interruption interruption;
  Child child(shell("echo one; echo two; exit 1"), interruption);
  EXPECT_EQ(child.ask("1\n"), "one");
  EXPECT_EQ(child.ask("2\n"), "two");
  EXPECT_EQ(message_of([&] { child.ask("3\n"); }), "it ended with exit code 1");
}

TEST(Child, NeverBlocksOnItsStandardError) {
  const Interruption interruption;
  Child child(shell("read line; i=0; while [ $i -lt 40000 ]; do echo this is line $i >&2; i=$((i + 1)); done; echo ok; "
                    "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1"),
              interruption);
  EXPECT_EQ(child.ask("go\n"), "ok");
  const std::string words = message_of([&] { child.ask("go\n"); });
  EXPECT_TRUE(contains(words, "error:\nthis is line 39981\n"));
  EXPECT_TRUE(ends_with(words, "line 39999\n" + std::string(500, 'x')));
}

TEST(Child, WaitsForTheEnd) {
  const Interruption interruption;
  Child fine(shell("exit 0", Launch::Streams::none), interruption);
  fine.wait();
  Child failing(shell("echo said; cat; exit 2", Launch::Streams::none), interruption);
  EXPECT_EQ(message_of([&] { failing.wait(); }),
            "it ended with exit code 2; the last lines of its standard error:\nsaid");
}

TEST(Child, ItsEndIsToldThoughSomebodyElseTakesNoteOfIt) {
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(failure_of("exit 3"), "it ended with exit code 3");
  ::signal(SIGCHLD, before);
}

TEST(Child, NothingThatItStartedOutlivesIt) {
  const test::TemporaryFolder folder;
  const Interruption interruption;
  Child child(shell("setsid sh -c 'echo $$ >" + folder / "a" +
                        "; sleep 1000; sleep 1000' & "
                        "while ! [ -s " +
                        folder / "a" + " ]; do sleep 0.01; done; exit 0",
                    Launch::Streams::none),
              interruption);
  child.wait();
  EXPECT_FALSE(is_alive(process_in(folder / "a")));
}

/// Hangs, deaf to SIGTERM, and so does a grandchild in a session of its own.
std::string hanging(const test::TemporaryFolder& folder) {
  const std::string deaf = "trap \"\" TERM; while true; do sleep 1000; done";
  return "setsid sh -c 'echo $$ >" + folder / "grandchild" + "; " + deaf + "' & echo $$ >" + folder / "child" + "; " +
         deaf;
}

void expect_all_gone(const test::TemporaryFolder& folder) {
  for (const std::string name : {"child", "grandchild"}) {
    const pid_t process = process_in(folder / name);
    EXPECT_GT(process, 1);
    EXPECT_TRUE(comes_true([&] { return !is_alive(process); })) << name;
  }
}

TEST(Child, IsInterruptedAndGoneWithItsGrandchildren) {
  const test::TemporaryFolder folder;
  Interruption interruption;
  Child child(shell(hanging(folder)), interruption);
  auto evaluation = std::async(std::launch::async, [&] { return message_of([&] { child.ask("hello\n"); }); });
  const pid_t grandchild = process_in(folder / "grandchild");
  EXPECT_TRUE(is_alive(grandchild) && is_alive(process_in(folder / "child")));
  interruption.raise();
  const std::string message = evaluation.get();
  EXPECT_TRUE(starts_with(message, "interrupted after ") && contains(message, " s: it had not answered")) << message;
  EXPECT_FALSE(is_alive(grandchild)) << "when the call returns";
  expect_all_gone(folder);
}

TEST(Child, MayTidyUpWithinItsGrace) {
  const test::TemporaryFolder folder;
  Interruption interruption;
  Launch launch = shell("trap 'echo 7 >" + folder / "tidied" + "; exit 0' TERM; echo 8 >" + folder / "ready" +
                        "; while true; do sleep 0.01; done");
  launch.kill_grace = 60.0;
  Child child(launch, interruption);
  EXPECT_EQ(process_in(folder / "ready"), 8);
  child.terminate();
  EXPECT_EQ(process_in(folder / "tidied"), 7);
}

TEST(Child, NothingIsLeftWhenWeAreKilled) {
  const test::TemporaryFolder folder;
  const pid_t self = ::fork();
  if (self == 0) {
    const Interruption interruption;
    Child child(shell(hanging(folder)), interruption);
    child.ask("hello\n");
    ::_exit(0);
  }
  EXPECT_TRUE(is_alive(process_in(folder / "child")) && is_alive(process_in(folder / "grandchild")));
  ::kill(self, SIGKILL);
  ::waitpid(self, nullptr, 0);
  expect_all_gone(folder);
}

TEST(Child, EndsByItselfWhenItsInputIsClosed) {
  const test::TemporaryFolder folder;
  const Interruption interruption;
  {
    Launch launch = shell("while read line; do echo $line; done; echo 5 >" + folder / "end");
    launch.kill_grace = 60.0;
    Child child(launch, interruption);
    EXPECT_EQ(child.ask("1\n"), "1");
  }
  EXPECT_EQ(process_in(folder / "end"), 5);
}

TEST(Child, SeveralThreadsStartThemAtTheSameTime) {
  // A descriptor of one that another had would keep it waiting for its end.
  std::vector<std::future<void>> threads;
  for (int t = 0; t < 8; ++t) {
    threads.push_back(std::async(std::launch::async, [] {
      for (int i = 0; i < 10; ++i) {
        const Interruption interruption;
        Launch launch{.command = {"cat"}};
        launch.kill_grace = 60.0;
        Child child(launch, interruption);
        EXPECT_EQ(child.ask("1\n"), "1");
      }
    }));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.wait_for(test::generous), std::future_status::ready);
}

TEST(Child, TheSupervisorIsLookedForWhereItIsSaidToBe) {
  const std::string path = supervisor_path();
  EXPECT_TRUE(ends_with(path, "/gmmvi-supervise"));
  ::setenv("GMMVI_SUPERVISE", "/bin/true", 1);
  EXPECT_EQ(supervisor_path(), "/bin/true");
  ::setenv("GMMVI_SUPERVISE", "/no/such", 1);
  EXPECT_EQ(supervisor_path(), path);
  ::unsetenv("GMMVI_SUPERVISE");
}

}  // namespace
}  // namespace gmmvi::external

#include "io/folder_lock.hpp"

#include <csignal>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

using namespace std::chrono_literals;

TEST(FolderLock, KeepsOthersOutUntilItEnds) {
  const test::TemporaryFolder folder;
  std::optional<FolderLock> lock(std::in_place, folder.path().string(), 0s);
  EXPECT_THROW(FolderLock(folder.path().string(), 0s), Error);
  lock.reset();
  EXPECT_NO_THROW(FolderLock(folder.path().string(), 0s));
}

TEST(FolderLock, EndsWithAProcessThatIsKilled) {
  const test::TemporaryFolder folder;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const FolderLock lock(folder.path().string(), 0s);
    [[maybe_unused]] const auto written = ::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THROW(FolderLock(folder.path().string(), 0s), Error);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(FolderLock(folder.path().string(), 0s));
}

TEST(FolderLock, SaysWhereItCannotBe) {
  EXPECT_THROW(FolderLock("/nowhere/at/all"), Error);
}

}  // namespace
}  // namespace gmmvi::io

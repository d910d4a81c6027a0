#include "core/terminal.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace gmmvi::core {
namespace {

/// Under an mpirun that prints on a terminal of ours, as /proc would tell.
class Terminal : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    ::unsetenv("COLUMNS");
    controller_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(controller_, 0);
    ASSERT_EQ(::grantpt(controller_), 0);
    ASSERT_EQ(::unlockpt(controller_), 0);
  }
  void TearDown() override { ::close(controller_); }

  void mpirun_prints_to(const std::string& device) {
    const auto process = folder_.path() / "proc" / std::to_string(::getppid());
    std::filesystem::create_directories(process / "fd");
    std::ofstream(process / "comm") << "mpirun\n";
    std::filesystem::create_symlink(device, process / "fd/1");
  }
  void resize(unsigned short columns) const {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ASSERT_EQ(::ioctl(controller_, TIOCSWINSZ, &size), 0);
  }

  test::TemporaryFolder folder_;
  int controller_ = -1;
};

TEST_F(Terminal, IsAsWideAsThatOfMpirunIsNow) {
  mpirun_prints_to(::ptsname(controller_));
  EXPECT_TRUE(prints_on_terminal(StandardStream::out, folder_.path()));
  resize(40);
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 40U);
  resize(133);
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 133U);
}

TEST_F(Terminal, ThatDoesNotTellIsAsWideAsTheEnvironmentSays) {
  mpirun_prints_to(::ptsname(controller_));
  resize(0);
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 80U);
  ::setenv("COLUMNS", "57", 1);
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 57U);
  ::setenv("COLUMNS", "wide", 1);
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 80U);
}

TEST_F(Terminal, HasLinesOfItsWidth) {
  ::unsetenv("OMPI_COMM_WORLD_SIZE");
  resize(12);
  const int before = ::dup(STDERR_FILENO), terminal = ::open(::ptsname(controller_), O_RDWR | O_NOCTTY);
  const auto folded_on = [&](int file) {
    ::dup2(file, STDERR_FILENO);
    const std::string text =
        laid_out("one sentence", StandardStream::error) + laid_out(" and one", StandardStream::error);
    ::dup2(before, STDERR_FILENO);
    return text;
  };
  const int file = ::open("/dev/null", O_RDWR);
  EXPECT_EQ(folded_on(terminal), "one sentence and one");
  resize(11);
  EXPECT_EQ(folded_on(terminal), "one\nsentence and one");
  EXPECT_EQ(folded_on(file), "one sentence and one");
  for (const int open : {file, terminal, before}) ::close(open);
}

TEST_F(Terminal, IsNoFile) {
  mpirun_prints_to("/dev/null");
  EXPECT_FALSE(prints_on_terminal(StandardStream::out, folder_.path()));
  EXPECT_EQ(terminal_columns(StandardStream::out, folder_.path()), 80U);
}

}  // namespace
}  // namespace gmmvi::core

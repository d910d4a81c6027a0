#include "core/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "gmmvi/error.hpp"

namespace gmmvi::core {
namespace {

std::string on_screen(const std::function<void()>& speak) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  speak();
  return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
}

void speak() {
  log().info("an iteration");
  log().warn("a doubt");
}

/// Runs as the given rank, and as the only one afterwards.
class AsRank {
 public:
  AsRank(int rank, int size) { set_log_rank(rank, size); }
  ~AsRank() {
    log().logger().set_level(spdlog::level::info);
    log().logger().set_pattern("%v");
  }
};

TEST(Log, ShowsAllMessagesOnTheFirstRank) {
  const AsRank first(0, 3);
  EXPECT_EQ(on_screen(speak), "an iteration\na doubt\n");
}

TEST(Log, ShowsOnlyWarningsOfOtherRanksWithTheirNumber) {
  const AsRank second(1, 3);
  const std::string screen = on_screen(speak);
  EXPECT_EQ(screen.find("an iteration"), std::string::npos) << screen;
  EXPECT_NE(screen.find("[rank 1 of 3]"), std::string::npos) << screen;
  EXPECT_NE(screen.find("a doubt"), std::string::npos) << screen;
}

TEST(Log, DoesNothingToATerminal) {
  const AsRank first(0, 1);
  EXPECT_EQ(on_screen([] { log().warn("target: {}", "\x1b[2J\x9b"); }), "target: \\u001b[2J\\x9b\n");
  const std::string screen = on_screen([] { log().warn("{}", std::string(50'000'000, 'a')); });
  EXPECT_LT(screen.size(), 40'000u);
  EXPECT_NE(screen.find("of 50000000 bytes are left out"), std::string::npos);
}

// Of 20 columns; warnings go there.
TEST(Log, FoldsWhatATerminalShowsAndNotWhatTheFileSays) {
  const std::string path = testing::TempDir() + "gmmvi_log_fold." + std::to_string(getpid());
  const int controller = ::posix_openpt(O_RDWR | O_NOCTTY), before = ::dup(STDERR_FILENO);
  ASSERT_EQ(::grantpt(controller) + ::unlockpt(controller), 0);
  const winsize size{.ws_row = 24, .ws_col = 20, .ws_xpixel = 0, .ws_ypixel = 0};
  ASSERT_EQ(::ioctl(controller, TIOCSWINSZ, &size), 0);
  const int terminal = ::open(::ptsname(controller), O_RDWR | O_NOCTTY);
  add_log_file(path);
  ::dup2(terminal, STDERR_FILENO);
  log().warn("a sentence that has more words");
  ::dup2(before, STDERR_FILENO);
  log().logger().sinks().pop_back();
  std::string shown(100, ' ');
  shown.resize(static_cast<std::size_t>(::read(controller, shown.data(), shown.size())));
  EXPECT_EQ(shown, "a sentence that has\r\nmore words\r\n");
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(" warning: a sentence that has more words\n"), std::string::npos) << text;
  std::remove(path.c_str());
  for (const int open : {terminal, controller, before}) ::close(open);
}

TEST(Log, CopiesMessagesToAFileAtOnce) {
  const std::string path = testing::TempDir() + "gmmvi_log_test." + std::to_string(getpid());
  add_log_file(path);
  on_screen(speak);
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  log().logger().sinks().pop_back();
  std::remove(path.c_str());
  EXPECT_NE(text.find(" info: an iteration\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" warning: a doubt\n"), std::string::npos) << text;
}

TEST(Log, RefusesAFileThatCannotBeWritten) {
  try {
    add_log_file("/proc/gmmvi/log.txt");
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find("/proc/gmmvi"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gmmvi::core

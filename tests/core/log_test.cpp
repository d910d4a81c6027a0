#include "core/log.hpp"

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
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

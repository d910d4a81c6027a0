// Every config of tests/data/bad is wrong in one way, which its first line says. The program must say it once, and end
// on every rank with that exit code, before anything is evaluated.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/wait.h>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.hpp"

namespace gmmvi {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> bad_configs() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(GMMVI_BAD_INPUT))
    if (entry.path().extension() == ".yml") names.push_back(entry.path().stem().string());
  std::ranges::sort(names);
  return names;
}

/// The first line of a config: "# exit code 78: part of the message".
struct Expectation {
  int code;
  std::string part;
};
Expectation expectation_of(const fs::path& config) {
  const std::string text = test::content_of(config);
  const std::string line = text.substr(0, text.find('\n'));
  const std::string before = "# exit code ";
  EXPECT_TRUE(line.starts_with(before)) << line;
  return {std::stoi(line.substr(before.size())), line.substr(line.find(": ") + 2)};
}

class BadInput : public testing::TestWithParam<std::string> {
 protected:
  test::TemporaryFolder folder_;
};

TEST_P(BadInput, IsOneMessageAndOneExitCode) {
  const fs::path config = fs::path(GMMVI_BAD_INPUT) / (GetParam() + ".yml");
  const Expectation expected = expectation_of(config);
  const std::string command = fmt::format("cd {} && {} {} check {} >out.txt 2>error.txt", folder_.path().string(),
                                          GMMVI_TWO_RANKS, GMMVI_PROGRAM, config.string());
  const int status = std::system(command.c_str());
  const std::string error = test::content_of(folder_ / "error.txt");
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, expected.code) << error;
  EXPECT_NE(error.find(expected.part), std::string::npos) << expected.part << "\nin\n" << error;
  EXPECT_EQ(error.find("error: "), error.rfind("error: ")) << "said more than once:\n" << error;
}

INSTANTIATE_TEST_SUITE_P(TwoRanks, BadInput, testing::ValuesIn(bad_configs()),
                         [](const auto& info) { return info.param; });

TEST(BadInputs, AreFortyAtLeast) {
  EXPECT_GE(bad_configs().size(), 40u);
}

}  // namespace
}  // namespace gmmvi

#include "runner/run_files.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::runner {
namespace {

std::string refusal(const std::string& run) {
  try {
    run_files(run);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "no error";
}

TEST(RunFiles, OfAFolderAreItsModelAndConfig) {
  const test::TemporaryFolder temporary;
  std::ofstream(temporary / "model.nc") << "a model";
  const RunFiles files = run_files(temporary.path().string());
  EXPECT_EQ(files.folder, temporary.path().string());
  EXPECT_EQ(files.model, temporary / "model.nc");
  EXPECT_EQ(files.config, temporary / "config.yml");
}

TEST(RunFiles, APipeOrADeviceIsNotWaitedFor) {
  const test::TemporaryFolder temporary;
  const std::string pipe = temporary / "model.nc";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& run : {pipe, temporary.path().string(), std::string("/dev/zero")})
    EXPECT_NE(refusal(run).find("is a pipe, a device or a folder"), std::string::npos) << refusal(run);
  EXPECT_NE(refusal("").find("path of the run is empty"), std::string::npos) << refusal("");
}

TEST(RunFiles, OfAModelFileAreItselfAlone) {
  const test::TemporaryFolder temporary;
  std::ofstream(temporary / "best.nc") << "a model";
  const RunFiles files = run_files(temporary / "best.nc");
  EXPECT_EQ(files.folder, temporary.path().string());
  EXPECT_EQ(files.model, temporary / "best.nc");
  EXPECT_FALSE(files.config);
}

TEST(RunFiles, OfNothingOrOfAnotherFolderAreAnErrorThatNamesIt) {
  const test::TemporaryFolder temporary;
  EXPECT_NE(refusal(temporary / "none").find("no model file at " + (temporary / "none")), std::string::npos);
  EXPECT_NE(refusal(temporary.path().string()).find(temporary.path().string() + " has no model.nc"), std::string::npos);
}

}  // namespace
}  // namespace gmmvi::runner

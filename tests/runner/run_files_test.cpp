#include "runner/run_files.hpp"

#include <filesystem>
#include <fstream>
#include <string>

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

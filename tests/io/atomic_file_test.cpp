#include "io/atomic_file.hpp"

#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

using test::content_of;

TEST(AtomicFile, ReplacesWhatWasThere) {
  const test::TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  write_atomically(folder / "file", "new");
  EXPECT_EQ(content_of(folder / "file"), "new");
}

TEST(AtomicFile, LeavesNothingBesideTheFile) {
  const test::TemporaryFolder folder;
  write_atomically(folder / "file", "text");
  std::filesystem::remove(folder / "file");
  EXPECT_TRUE(folder.is_empty());
}

TEST(AtomicFile, WithoutCommitNothingHappens) {
  const test::TemporaryFolder folder;
  {
    const AtomicFile file(folder / "file");
    std::ofstream(file.temporary_path()) << "half";
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(AtomicFile, AMissingFolderIsNamed) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "missing/file";
  try {
    write_atomically(path, "text");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find(path + ": No such file or directory"), std::string::npos) << error.what();
  }
}

TEST(AtomicFile, AFullDiskKeepsTheOldFile) {
  const test::TemporaryFolder folder;
  write_atomically(folder / "file", "old");
  {
    const test::FullDisk full(1000);
    EXPECT_THROW(write_atomically(folder / "file", std::string(100000, 'x')), Error);
  }
  EXPECT_EQ(content_of(folder / "file"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "file.partial"));
}

}  // namespace
}  // namespace gmmvi::io

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
    AtomicFile file(folder / "file");
    file.append("half");
  }
  EXPECT_TRUE(folder.is_empty());
}

TEST(AtomicFile, WhatIsInTheWayIsReplacedAndNotFollowed) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "precious") << "precious";
  std::filesystem::create_symlink(folder / "precious", folder / "file.partial");
  write_atomically(folder / "file", "text");
  EXPECT_EQ(content_of(folder / "file"), "text");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "file"));
  EXPECT_EQ(content_of(folder / "precious"), "precious");

  std::filesystem::create_hard_link(folder / "precious", folder / "file.partial");
  write_atomically(folder / "file", "other");
  EXPECT_EQ(content_of(folder / "file"), "other");
  EXPECT_EQ(content_of(folder / "precious"), "precious");

  std::ofstream(folder / "file.partial") << "left by a process that was killed";
  write_atomically(folder / "file", "more");
  EXPECT_EQ(content_of(folder / "file"), "more");
  EXPECT_FALSE(std::filesystem::exists(folder / "file.partial"));
}

TEST(AtomicFile, TakesAnotherNameWhereTheFirstCannotBeHad) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directories(folder / "file.partial/of/others");
  {
    const AtomicFile file(folder / "file");
    EXPECT_TRUE(file.temporary_path().starts_with(folder / "file.partial-")) << file.temporary_path();
    EXPECT_NE(AtomicFile(folder / "file").temporary_path(), file.temporary_path());
  }
  write_atomically(folder / "file", "text");
  EXPECT_EQ(content_of(folder / "file"), "text");
  std::filesystem::remove(folder / "file");
  std::filesystem::remove_all(folder / "file.partial");
  EXPECT_TRUE(folder.is_empty()) << "nothing is left";
}

TEST(AtomicFile, OfTwoThatAreWrittenAtOnceTheFirstIsRefused) {
  const test::TemporaryFolder folder;
  AtomicFile first(folder / "file"), second(folder / "file");
  first.append("first");
  second.append("second");
  EXPECT_THROW(first.commit(), Error);
  second.commit();
  EXPECT_EQ(content_of(folder / "file"), "second");
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

#include "evaluation/journal.hpp"

#include <algorithm>
#include <bit>
#include <csignal>
#include <cstring>
#include <limits>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/crc.hpp>
#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "evaluation/journal_archive.hpp"
#include "support/full_disk.hpp"
#include "support/temporary_folder.hpp"

namespace gmmvi::evaluation {
namespace {

using test::content_of;
using Groups = std::vector<FinishedGroup>;

constexpr std::size_t header_size = 40 + 3, record_head_size = 16;  // with a fingerprint of three bytes

/// Any bits that make a double: numbers of all sizes, −0, infinities, NaNs with payloads.
double any_double(std::mt19937_64& random) {
  const double special[] = {-0.0, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::denorm_min()};
  return random() % 4 == 0 ? special[random() % 4] : std::bit_cast<double>(random());
}

FinishedGroup any_group(std::mt19937_64& random, Eigen::Index dimension, Eigen::Index n) {
  const bool gradients = random() % 2 == 0;
  const Eigen::Index outputs = random() % 2 == 0 ? 0 : 5;
  FinishedGroup group{Evaluations::of_size(dimension, n, gradients, outputs), random(),
                      static_cast<std::int64_t>(random() >> 1), any_double(random),
                      random() % 2 == 0 ? "" : std::string("the solver said: σ < 0\n\0", 25)};
  for (double& x : group.samples.reshaped()) x = any_double(random);
  for (double& x : group.log_densities) x = any_double(random);
  for (double& x : group.gradients.reshaped()) x = any_double(random);
  for (double& x : group.outputs.reshaped()) x = any_double(random);
  return group;
}

Groups any_groups(std::size_t count, Eigen::Index dimension, Eigen::Index n) {
  std::mt19937_64 random(1);
  Groups groups;
  while (groups.size() < count) groups.push_back(any_group(random, dimension, n));
  return groups;
}

template <class Numbers>
bool same_bits(const Numbers& a, const Numbers& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::ranges::equal(a.reshaped(), b.reshaped(), {}, std::bit_cast<std::uint64_t, double>,
                            std::bit_cast<std::uint64_t, double>);
}

void expect_same(const FinishedGroup& a, const FinishedGroup& b) {
  EXPECT_EQ(a.batch, b.batch);
  EXPECT_EQ(a.first, b.first);
  EXPECT_TRUE(same_bits(a.samples, b.samples));
  EXPECT_TRUE(same_bits(a.log_densities, b.log_densities));
  EXPECT_TRUE(same_bits(a.gradients, b.gradients));
  EXPECT_TRUE(same_bits(a.outputs, b.outputs));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(a.seconds), std::bit_cast<std::uint64_t>(b.seconds));
  EXPECT_EQ(a.failure, b.failure);
}

void write_file(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);  // some file systems bring a file that is written over to the disk, which takes long
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A journal of three groups of two samples in three dimensions, and the same as bytes.
class ThreeGroups : public testing::Test {
 protected:
  ThreeGroups() {
    Journal journal(path, 3, "who");
    for (const FinishedGroup& group : groups) {
      starts.push_back(static_cast<std::size_t>(journal.size()));
      journal.append(group);
    }
    bytes = content_of(path);
    EXPECT_EQ(static_cast<std::size_t>(journal.size()), bytes.size());
  }

  JournalEnd read(std::string_view changed_bytes) const {
    write_file(path, changed_bytes);
    std::size_t next = 0;
    JournalEnd end = read_journal(path, 3, [&](FinishedGroup&& group) {
      if (next < groups.size()) expect_same(group, groups[next]);
      ++next;
    });
    EXPECT_EQ(static_cast<std::size_t>(end.groups), next);
    return end;
  }

  /// Only what stands before group `first_lost` is found, and the rest is told.
  void expect_lost_from(std::size_t first_lost, const JournalEnd& end, const std::string& damage) const {
    EXPECT_EQ(static_cast<std::size_t>(end.groups), first_lost);
    EXPECT_EQ(static_cast<std::size_t>(end.good_bytes), starts[first_lost]);
    EXPECT_NE(end.damage.find(damage), std::string::npos) << "'" << end.damage << "'";
  }

  void expect_refused(std::string_view changed_bytes, const std::string& reason, Eigen::Index dimension = 3) const {
    write_file(path, changed_bytes);
    try {
      read_journal(path, dimension, [](FinishedGroup&&) { FAIL() << "a group"; });
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
    }
  }

  const test::TemporaryFolder folder;
  const std::string path = folder / "journal";
  const Groups groups = any_groups(3, 3, 2);
  std::vector<std::size_t> starts;  // bytes before each record
  std::string bytes;
};

// -------------------------------------------------------------------------------------------------- what is kept

class RoundTrip : public testing::TestWithParam<std::pair<Eigen::Index, Eigen::Index>> {};

TEST_P(RoundTrip, GivesEveryGroupBackBitForBit) {
  const auto [dimension, n] = GetParam();
  const test::TemporaryFolder folder;
  const Groups groups = any_groups(50, dimension, n);
  Journal journal(folder / "journal", dimension);
  for (const FinishedGroup& group : groups) journal.append(group);
  journal.sync();

  std::size_t next = 0;
  const JournalEnd end = read_journal(folder / "journal", dimension, [&](FinishedGroup&& group) {
    ASSERT_LT(next, groups.size());
    expect_same(group, groups[next++]);
  });
  EXPECT_EQ(end.groups, 50);
  EXPECT_EQ(end.good_bytes, journal.size());
  EXPECT_EQ(end.damage, "");
}

INSTANTIATE_TEST_SUITE_P(DimensionsAndSizes, RoundTrip,
                         testing::Values(std::pair(1, 1), std::pair(1, 32), std::pair(20, 1), std::pair(20, 32)));

TEST(Journal, WithoutGroupsIsWhole) {
  const test::TemporaryFolder folder;
  const Journal journal(folder / "journal", 3);
  const JournalEnd end = read_journal(folder / "journal", 3, [](FinishedGroup&&) { FAIL() << "a group"; });
  EXPECT_EQ(end.groups, 0);
  EXPECT_EQ(end.good_bytes, journal.size());
  EXPECT_EQ(end.damage, "");
}

// The bytes were made with Python's struct and zlib, after the comment in the header.
template <std::size_t size>
std::string bytes_of(const char (&literal)[size]) {
  return {literal, size - 1};
}

const std::string first_header = bytes_of(
    "\x89\x47\x4d\x4d\x56\x49\x4a\x0a\x04\x03\x02\x01\x01\x00\x00\x00"
    "\x02\x00\x00\x00\x00\x00\x00\x00\x89\x2b\xd1\xd2");

// Of the first two formats.
const std::string one_record = bytes_of(
    "\x4c\x00\x00\x00\x00\x00\x00\x00\xc9\x5c\x89\xe8\x0e\x03\xcf\x64"
    "\x03\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\xe0\x3f\x01\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x00\x00\x00\x00\xf0\x3f\x00\x00\x00\x00\x00\x00\x00\xc0"
    "\x00\x00\x00\x00\x00\x00\xf0\xff\x01\x77\x68\x79");

FinishedGroup documented_group() {
  return {{.samples = Eigen::Vector2d(1.0, -2.0),
           .log_densities = Eigen::VectorXd::Constant(1, -std::numeric_limits<double>::infinity()),
           .gradients = Eigen::MatrixXd(2, 0)},
          3,
          7,
          0.5,
          "why"};
}

TEST(Journal, HasTheFormatThatIsDocumented) {
  const test::TemporaryFolder folder;
  FinishedGroup group = documented_group();
  group.outputs = Eigen::Vector2d(3.0, std::numeric_limits<double>::quiet_NaN());
  const std::string header = bytes_of(
      "\x89\x47\x4d\x4d\x56\x49\x4a\x0a\x04\x03\x02\x01\x03\x00\x00\x00"
      "\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"
      "\x22\xbe\xfa\x8a\x77\x68\x6f\xa1\x3a\xd6\xde");
  const std::string record = bytes_of(
      "\x64\x00\x00\x00\x00\x00\x00\x00\xfb\x08\x1d\x38\x84\x85\x9b\xd8"
      "\x03\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\xe0\x3f\x01\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"
      "\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f"
      "\x00\x00\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\xf0\xff"
      "\x00\x00\x00\x00\x00\x00\x08\x40\x00\x00\x00\x00\x00\x00\xf8\x7f"
      "\x01\x77\x68\x79");
  Journal(folder / "journal", 2, "who").append(group);
  EXPECT_EQ(content_of(folder / "journal"), header + record);
  const JournalEnd end = read_journal(folder / "journal", 2, [&](FinishedGroup&& g) { expect_same(g, group); });
  EXPECT_EQ(end.fingerprint, "who");
}

TEST(Journal, OfTheSecondFormatIsRead) {
  const test::TemporaryFolder folder;
  const std::string header = bytes_of(
      "\x89\x47\x4d\x4d\x56\x49\x4a\x0a\x04\x03\x02\x01\x02\x00\x00\x00"
      "\x02\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"
      "\x64\x85\x9d\xef\x77\x68\x6f\xa1\x3a\xd6\xde");
  write_file(folder / "journal", header + one_record);
  const JournalEnd end =
      read_journal(folder / "journal", 2, [](FinishedGroup&& g) { expect_same(g, documented_group()); });
  EXPECT_EQ(end.groups, 1);
  EXPECT_EQ(end.damage, "");
  EXPECT_EQ(end.fingerprint, "who");
}

TEST(Journal, OfTheFirstFormatIsRead) {
  const test::TemporaryFolder folder;
  write_file(folder / "journal", first_header + one_record);
  const JournalEnd end =
      read_journal(folder / "journal", 2, [](FinishedGroup&& g) { expect_same(g, documented_group()); });
  EXPECT_EQ(end.groups, 1);
  EXPECT_EQ(end.damage, "");
  EXPECT_EQ(end.fingerprint, std::nullopt);
  for (std::size_t at = 0; at < first_header.size(); ++at) {
    std::string changed = first_header + one_record;
    changed[at] ^= 1;
    write_file(folder / "journal", changed);
    EXPECT_THROW(read_journal(folder / "journal", 2, [](FinishedGroup&&) {}), Error) << "byte " << at;
  }
}

/// Says a byte for every group. Ends the process whatever happens, as it is a copy of the test.
[[noreturn]] void append_until_killed(const std::string& path, const FinishedGroup& group, int appended) noexcept {
  Journal journal(path, group.samples.rows());
  do journal.append(group);
  while (::write(appended, "", 1) == 1);
  ::_exit(1);
}

TEST(Journal, LosesNothingWhenItsProcessIsKilled) {
  const test::TemporaryFolder folder;
  const FinishedGroup group = any_groups(1, 20, 32).front();
  int appended[2];
  ASSERT_EQ(::pipe(appended), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) append_until_killed(folder / "journal", group, appended[1]);
  ::close(appended[1]);
  std::int64_t said = 0;
  for (char byte; ::read(appended[0], &byte, 1) == 1;)
    if (++said == 100) ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::close(appended[0]);
  EXPECT_TRUE(WIFSIGNALED(status));

  const JournalEnd end = read_journal(folder / "journal", 20, [&](FinishedGroup&& read) { expect_same(read, group); });
  EXPECT_GE(said, 100);
  EXPECT_GE(end.groups, said);
  EXPECT_LE(end.groups, said + 1);
}

// ------------------------------------------------------------------------------------------------ what is damaged

TEST_F(ThreeGroups, CutAnywhereInTheLastOneGivesTheOthers) {
  for (std::size_t size = starts[2] + 1; size < bytes.size(); ++size)
    expect_lost_from(2, read(bytes.substr(0, size)), "the last record is cut off");
  EXPECT_EQ(read(bytes.substr(0, starts[2])).damage, "");
}

TEST_F(ThreeGroups, AnyByteOfTheLastOneChangedGivesTheOthers) {
  for (std::size_t at = starts[2]; at < bytes.size(); ++at)
    for (const int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ change);
      expect_lost_from(2, read(changed), "checksum of the record at byte " + std::to_string(starts[2]));
    }
}

TEST_F(ThreeGroups, ABitInTheMiddleChangedEndsThereAndSaysHowMuchIsLost) {
  std::string changed = bytes;
  changed[starts[1] + record_head_size + 60] ^= 1;
  expect_lost_from(1, read(changed), std::to_string(bytes.size() - starts[1]) + " bytes from there on are not used");
}

TEST_F(ThreeGroups, ZerosAtTheEndAreNoRecords) {
  for (const std::size_t start : {starts[2], starts[2] + 8, starts[2] + record_head_size, bytes.size() - 40})
    expect_lost_from(2, read(bytes.substr(0, start) + std::string(bytes.size() - start, '\0')), "checksum");
  const JournalEnd end = read(bytes + std::string(4096, '\0'));
  EXPECT_EQ(end.groups, 3);
  EXPECT_EQ(static_cast<std::size_t>(end.good_bytes), bytes.size());
  EXPECT_NE(end.damage.find("checksum"), std::string::npos) << end.damage;
}

template <class Number>
void set(std::string& text, std::size_t at, Number number) {
  std::memcpy(text.data() + at, &number, sizeof number);
}

std::uint32_t checksum(std::string_view text) {
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
}

/// The record with checksums that fit what is in it.
std::string sealed(std::string record) {
  set(record, 8, checksum(record.substr(record_head_size)));
  set(record, 12, checksum(record.substr(0, 12)));
  return record;
}

TEST_F(ThreeGroups, LengthsAreNotBelievedEvenWithAChecksumThatFits) {
  for (const std::uint64_t length : {bytes.size(), std::size_t{1} << 40, ~std::size_t{0}}) {
    std::string record = bytes.substr(starts[2]);
    set(record, 0, length);
    expect_lost_from(2, read(bytes.substr(0, starts[2]) + sealed(record)), "cut off");
  }
}

TEST_F(ThreeGroups, NumbersOfSamplesAreNotBelievedEvenWithAChecksumThatFits) {
  constexpr std::size_t n = 24, gradients = 32, outputs = 40, text = 48;  // their places in the payload
  for (const std::size_t field : {n, gradients, outputs, text})
    for (const std::int64_t number :
         {std::int64_t{-1}, std::int64_t{1}, std::int64_t{3}, std::int64_t{1} << 40, std::int64_t{1} << 60,
          std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
      std::string record = bytes.substr(starts[2]);
      set(record, record_head_size + field, number);
      expect_lost_from(2, read(bytes.substr(0, starts[2]) + sealed(record)), "content of the record");
    }
}

TEST_F(ThreeGroups, AStatusThatThereIsNotIsDamage) {
  std::string record = bytes.substr(starts[2]);
  record[record.size() - groups[2].failure.size() - 1] = 3;
  expect_lost_from(2, read(bytes.substr(0, starts[2]) + sealed(record)), "content of the record");
}

TEST_F(ThreeGroups, CutInTheHeaderHoldsNothing) {
  for (std::size_t size = 0; size < header_size; ++size) {
    const JournalEnd end = read(bytes.substr(0, size));
    EXPECT_EQ(end.groups, 0);
    EXPECT_EQ(end.good_bytes, 0);
    EXPECT_NE(end.damage, "");
  }
  EXPECT_NE(read(std::string(4096, '\0')).damage, "") << "as a crash of the machine may leave it";
}

// ------------------------------------------------------------------------------------------------ what is refused

TEST_F(ThreeGroups, OtherFilesAreRefused) {
  expect_refused("short", "it is none");
  expect_refused(std::string(1000, 'x'), "it is none");
}

TEST_F(ThreeGroups, AnotherDimensionIsRefused) {
  expect_refused(bytes, "its samples have 3 dimensions, and the target has 4", 4);
}

TEST_F(ThreeGroups, AnotherFormatIsRefused) {
  std::string version = bytes, order = bytes;
  version[12] = 4;
  expect_refused(version, "it has format version 4");
  std::reverse(order.begin() + 8, order.begin() + 12);
  expect_refused(order, "byte order");
}

TEST_F(ThreeGroups, AnyByteOfTheHeaderChangedIsRefused) {
  for (std::size_t at = 0; at < header_size; ++at) {
    std::string changed = bytes;
    changed[at] ^= 1;
    expect_refused(changed, "Cannot use");
  }
}

// With a checksum that fits.
TEST_F(ThreeGroups, AFingerprintLongerThanTheFileHoldsNothing) {
  for (const std::uint64_t length : {std::uint64_t{1} << 40, ~std::uint64_t{0}, ~std::uint64_t{0} - 3}) {
    std::string changed = bytes;
    set(changed, 24, length);
    set(changed, 32, checksum(changed.substr(0, 32)));
    EXPECT_EQ(read(changed).good_bytes, 0);
  }
}

TEST_F(ThreeGroups, WhatCannotBeReadIsNamed) {
  const auto read = [](const std::string& name) { read_journal(name, 3, [](FinishedGroup&&) {}); };
  EXPECT_THROW(read(folder / "missing"), Error);
  EXPECT_THROW(read(folder.path().string()), Error) << "a folder";
}

TEST_F(ThreeGroups, WhatTheReaderThrowsPasses) {
  EXPECT_THROW(read_journal(path, 3, [](FinishedGroup&&) { throw std::runtime_error("enough"); }), std::runtime_error);
}

TEST_F(ThreeGroups, AreNeverWrittenOver) {
  try {
    const Journal second(path, 3);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::cannot_create);
    EXPECT_NE(std::string(error.what()).find(path + ": File exists"), std::string::npos) << error.what();
  }
  EXPECT_EQ(content_of(path), bytes);
}

// --------------------------------------------------------------------------------------------------- a full disk

TEST(FullDisk, LeavesWholeRecordsAndTheJournalGoesOnOnceThereIsRoom) {
  const test::TemporaryFolder folder;
  const Groups groups = any_groups(2, 3, 2);
  Journal journal(folder / "journal", 3);
  journal.append(groups[0]);
  const std::string before = content_of(folder / "journal");
  for (rlim_t room = 0; room < 60; room += 7) {
    const test::FullDisk full(before.size() + room);
    try {
      journal.append(groups[1]);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::cannot_create);
      for (const std::string part : {"/journal: File too large", "before are safe", "Raise the limit"})
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_EQ(content_of(folder / "journal"), before);
    EXPECT_EQ(static_cast<std::size_t>(journal.size()), before.size());
  }

  journal.append(groups[1]);
  std::size_t next = 0;
  const JournalEnd end =
      read_journal(folder / "journal", 3, [&](FinishedGroup&& group) { expect_same(group, groups.at(next++)); });
  EXPECT_EQ(end.groups, 2);
  EXPECT_EQ(end.damage, "");
}

TEST(FullDisk, LeavesNoJournalThatCouldNotBegin) {
  const test::TemporaryFolder folder;
  {
    const test::FullDisk full(10);
    EXPECT_THROW(Journal(folder / "journal", 3), Error);
  }
  EXPECT_TRUE(folder.is_empty());
}

// Of batches 1, by a target's own gradients, 2, which needs none, and 3, by differences: two samples of three points.
TEST(JournalArchive, CountsEvaluationsAndNotWhatTheyWereMadeInto) {
  const test::TemporaryFolder folder;
  {
    JournalArchive archive(2);
    archive.keep_in(folder / "journal");
    const auto keep = [&](std::uint64_t batch, Eigen::Index size, bool gradients) {
      archive.keep({Evaluations::of_size(2, size, gradients), batch, 0, 0.0, {}});
    };
    keep(1, 4, true);
    keep(2, 3, false);
    keep(3, 6, false);
    keep(3, 2, true);
  }
  JournalArchive archive(2);
  EXPECT_TRUE(archive.read({folder / "journal"}, true).empty());
  EXPECT_EQ(archive.earlier_samples(), 4 + 3 + 6);
}

TEST(JournalArchive, ForgetsOutputsThatNobodyNeedsAsItReads) {
  const test::TemporaryFolder folder;
  {
    JournalArchive archive(2);
    archive.keep_in(folder / "journal");
    for (const std::uint64_t batch : {1, 2, 3}) archive.keep({Evaluations::of_size(2, 4, false, 5), batch, 0, 0.0, {}});
  }
  JournalArchive archive(2);
  archive.read({folder / "journal"}, true, {}, [](std::uint64_t batch) { return batch == 2; });
  EXPECT_EQ(archive.earlier_samples(), 3 * 4);
  for (const std::uint64_t batch : {1, 2, 3}) {
    const std::vector<FinishedGroup> groups = archive.take(batch);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].size(), 4);
    EXPECT_EQ(groups[0].has_outputs(), batch == 2);
    EXPECT_TRUE(groups[0].is_consistent());
  }
}

}  // namespace
}  // namespace gmmvi::evaluation

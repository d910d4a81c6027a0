#include "io/fingerprint.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

TEST(Fingerprint, OfAFileIsThatOfItsContent) {
  const test::TemporaryFolder folder;
  for (const std::string& content : {std::string(), std::string("x = 1\n"), std::string(200'000, '\xff') + '\0'}) {
    const std::string path = folder / "simulator";
    std::ofstream(path, std::ios::binary) << content;
    const auto of_content = data_file(path, content), of_file = data_file(path);
    EXPECT_EQ(of_file.bytes, content.size());
    EXPECT_EQ(of_file.checksum, of_content.checksum);
    EXPECT_EQ(of_file.path, path);
  }
  EXPECT_THROW(data_file(folder / "absent"), Error);
  EXPECT_THROW(data_file(folder.path().string()), Error) << "a folder";
}

TEST(Fingerprint, OfALargeFileIsThatOfItsSizeAndOfItsParts) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "mesh";
  const auto with = [&](std::uintmax_t bytes, std::streamoff place, char value) {
    std::fstream(path, std::ios::binary | std::ios::out | std::ios::trunc);
    std::filesystem::resize_file(path, bytes);  // zeros that take no room
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(place);
    file.put(value);
    file.close();
    return data_file(path);
  };
  constexpr std::uintmax_t bytes = 3'000'000'001;
  const auto zeros = with(bytes, 0, '\0');
  EXPECT_EQ(zeros.bytes, bytes);
  EXPECT_EQ(with(bytes, 0, '\0').checksum, zeros.checksum);
  EXPECT_NE(with(bytes, 0, '\1').checksum, zeros.checksum) << "the first byte";
  EXPECT_NE(with(bytes, bytes - 1, '\1').checksum, zeros.checksum) << "the last byte";
  // As long as it has no more than that it is read whole.
  constexpr std::uintmax_t most = std::uintmax_t{1} << 26;
  EXPECT_NE(with(most, 12'345'678, '\1').checksum, with(most, 12'345'678, '\0').checksum);
}

TEST(Fingerprint, IsReadAsItWasWritten) {
  const Fingerprint of{.config = "seed: 0\n",
                       .data = {data_file("d.csv", "value\n1\n")},
                       .target = "normal",
                       .simulator = {data_file("f.py", "pass\n"), data_file("g.py", "")}};
  const Fingerprint read = parse_fingerprint(to_text(of), "here");
  EXPECT_EQ(to_text(read), to_text(of));
  ASSERT_EQ(read.simulator.size(), 2U);
  EXPECT_EQ(read.simulator.front().path, "f.py");
  // Earlier versions did not know the simulator's files.
  const std::string earlier = R"({"config": "", "data": [], "target": ""})";
  EXPECT_TRUE(parse_fingerprint(earlier, "here").simulator.empty());
  EXPECT_EQ(digest(of), digest({.config = of.config, .data = of.data, .target = of.target}))
      << "a mended simulator is of the same run";
}

}  // namespace
}  // namespace gmmvi::io

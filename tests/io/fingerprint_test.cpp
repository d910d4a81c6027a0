#include "io/fingerprint.hpp"

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

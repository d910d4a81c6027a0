#include "io/sample_table.hpp"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

#include "support/temporary_folder.hpp"

namespace gmmvi::io {
namespace {

class SampleTable : public testing::Test {
 protected:
  Eigen::MatrixXd read(const std::string& content, const std::string& name = "samples.csv") {
    std::ofstream(folder_ / name) << content;
    return read_samples(folder_ / name);
  }
  std::string refusal(const std::string& content, const std::string& name = "samples.csv") {
    try {
      read(content, name);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
};

TEST_F(SampleTable, HasASampleInEveryColumn) {
  const Eigen::MatrixXd expected = (Eigen::MatrixXd(2, 3) << 1, 3, -5, 2e3, 4, 6.5).finished();
  EXPECT_EQ(read("1,2e3\n3,4\n-5,6.5"), expected);
  EXPECT_EQ(read("a;b\n1; 2000\r\n\n3;4\r\n-5;6.5\n"), expected);
  EXPECT_EQ(read("x y\n1 2000\n3\t4\n-5   6.5\n"), expected);
}

TEST_F(SampleTable, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(refusal("1,2\n3,oops\n").find("samples.csv:2: 'oops'"), std::string::npos);
  EXPECT_NE(refusal("1,2\n3,nan\n").find("samples.csv:2: 'nan'"), std::string::npos);
  EXPECT_NE(refusal("a,b\n1,2\n3\n").find("samples.csv:3: 1 numbers, but there are 2 above"), std::string::npos);
  EXPECT_NE(refusal("a,b\n").find("no samples"), std::string::npos);
  EXPECT_NE(refusal("", "samples.npy").find(".csv"), std::string::npos);
  EXPECT_THROW(read_samples(folder_ / "none.csv"), Error);
}

}  // namespace
}  // namespace gmmvi::io

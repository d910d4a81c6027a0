#include "target/labelled_table.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::target {
namespace {

class LabelledTableFile : public testing::Test {
 protected:
  LabelledTableFile() : path_(testing::TempDir() + "gmmvi_table_" + std::to_string(getpid()) + ".csv") {}
  ~LabelledTableFile() override { std::remove(path_.c_str()); }

  LabelledTable read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return with_binary_labels(read_table(path_));
  }

  // Reading `text` fails with a sentence that begins with the file and `place`, and contains `complaint`.
  void expect_error(const std::string& text, const std::string& place, const std::string& complaint) {
    try {
      read(text);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(path_ + place + ": ", 0), 0U) << message;
      EXPECT_NE(message.find(complaint), std::string::npos) << message;
    }
  }

  std::string path_;
};

void expect_small_table(const LabelledTable& table) {
  EXPECT_EQ(table.features, (Eigen::MatrixXd{{1.5, -2.0}, {0.25, 3e-2}, {7.0, 1.0}}));
  EXPECT_EQ(table.labels, Eigen::Vector3d(0.0, 1.0, 1.0));
}

TEST_F(LabelledTableFile, MayBeSeparatedByAnythingUsual) {
  for (const std::string text :
       {"a,b,y\n1.5,-2,0\n0.25,3e-2,1\n7,1,1\n", "a;b;y\n1.5;-2;0\n0.25;3e-2;1\n7;1;1",
        "a\tb\ty\n1.5\t-2\t0\n0.25\t3e-2\t1\n7\t1\t1\n", "  a b   y \n 1.5  -2 0\n\n0.25 3e-2 +1\n +7 1 1 \n\n",
        "\xEF\xBB\xBF\"a\" , 'b', y\r\n1.5, -2, 0\r\n0.25, 3e-2, 1\r\n7, 1, 1\r\n"}) {
    const LabelledTable table = read(text);
    expect_small_table(table);
    EXPECT_EQ(table.names, (std::vector<std::string>{"a", "b"})) << text;
  }
}

TEST_F(LabelledTableFile, NeedsNoNames) {
  const LabelledTable table = read("1.5,-2,0\n0.25,3e-2,1\n7,1,1\n");
  expect_small_table(table);
  EXPECT_EQ(table.names, (std::vector<std::string>{"x1", "x2"}));
}

TEST_F(LabelledTableFile, MayHaveLabelsOfEitherSign) {
  EXPECT_EQ(read("1.5,-1\n2,1\n").labels, Eigen::Vector2d(0.0, 1.0));
  EXPECT_EQ(read("1.5,1\n2,2\n").labels, Eigen::Vector2d(0.0, 1.0));
}

TEST_F(LabelledTableFile, IsReadWithoutLossOfDigits) {
  EXPECT_EQ(read("0.1000000000000000055511151231257827,0\n4.9406564584124654e-300,1\n").features(0, 0), 0.1);
}

TEST_F(LabelledTableFile, MustExist) {
  for (const std::string& path :
       {std::string("/does/not/exist.csv"), testing::TempDir(), std::string("/proc/self/mem")}) {
    try {
      read_table(path);
      ADD_FAILURE() << "read " << path;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      EXPECT_EQ(std::string(error.what()).rfind("Cannot read " + path + ": ", 0), 0U) << error.what();
    }
  }
}

TEST_F(LabelledTableFile, MustHaveRows) {
  expect_error("", "", "no rows of data");
  expect_error("\n \n", "", "no rows of data");
  expect_error("a,b,y\n", "", "no rows of data");
}

TEST_F(LabelledTableFile, MustHaveAFeatureBesideTheLabel) {
  expect_error("y\n1\n0\n", ":2", "at least one feature");
}

TEST_F(LabelledTableFile, MustHaveRowsOfOneLength) {
  expect_error("a,b,y\n1,2,0\n\n1,0\n", ":4", "2 fields, but the first line has 3");
  expect_error("1,2,0\n1,2,3,0\n", ":2", "4 fields, but the first line has 3");
}

TEST_F(LabelledTableFile, MustHaveFiniteNumbers) {
  expect_error("a,b,y\n1,2,0\n2,?,1\n", ":3", "'?' in column 2 (b) is not a finite number");
  expect_error("1,2,0\n2,,1\n", ":2", "'' in column 2 (x2)");
  expect_error("1,2,0\n2,1.5kg,1\n", ":2", "'1.5kg' in column 2");
  expect_error("1,2,0\nnan,1,1\n", ":2", "'nan' in column 1");
  expect_error("1,2,0\n1e999,1,1\n", ":2", "'1e999' in column 1");
  expect_error("1,2,0\n2,3,yes\n", ":2", "'yes' in column 3 (x3)");
}

TEST_F(LabelledTableFile, MustHaveLabelsOfTwoKinds) {
  expect_error("a,y\n1,0\n2,3\n", ":3", "the label '3' in column 2 (y) must be 0 or 1");
  expect_error("a,y\n1,0\n2,2\n", "", "the labels in column 2 (y) are of more than two kinds");
  expect_error("a,y\n1,0\n2,0.5\n", ":3", "the label '0.5'");
  expect_error("a,y\n1,0\n2,1\n3,-1\n", "", "more than two kinds");
}

TEST_F(LabelledTableFile, MustHaveTwoClasses) {
  expect_error("a,y\n1,1\n2,1\n", "", "the label in column 2 (y) is 1 in every row");
  try {
    with_class_labels(parse_table("some.csv", "a,y\n1,7\n2,7\n"));
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "some.csv: the label in column 2 (y) is 7 in every row. There have to be observations of two classes at "
              "least.");
  }
}

TEST_F(LabelledTableFile, MustHaveColumnsOfDifferentNames) {
  expect_error("a,b,a,y\n1,2,3,0\n2,3,5,1\n", "", "columns 1 and 3 are both called a.");
}

TEST_F(LabelledTableFile, MustHaveFeaturesThatVary) {
  expect_error("a,b,y\n1,0.1,0\n2,0.1,1\n3,0.1,1\n", "", "column 2 (b) has the value 0.1 in every row");
}

TEST_F(LabelledTableFile, MayHaveClassesOrNumbersForLabels) {
  const Table table = parse_table("some.csv", "a,y\n1,0\n2,3\n3,1.5\n");
  EXPECT_EQ(with_number_labels(table).labels, Eigen::Vector3d(0.0, 3.0, 1.5));
  try {
    with_class_labels(table);
    ADD_FAILURE() << "1.5 is no class";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "some.csv:4: the label '1.5' in column 2 (y) must be a class: a whole number.");
  }
}

TEST(Classes, AreTheLabelsThatOccurInTheirOrder) {
  const LabelledTable table = with_class_labels(parse_table("some.csv", "a,y\n1,30\n2,10\n3,-5\n4,10\n"));
  EXPECT_EQ(table.classes, (std::vector<double>{-5.0, 10.0, 30.0}));
  EXPECT_EQ(table.labels, Eigen::Vector4d(2.0, 1.0, 0.0, 1.0));
}

Table shared(const std::string& file) {
  return read_table(GMMVI_TEST_DATA_DIR "/tables/" + file);
}

TEST(Tables, OfOtherProgramsAreTheSameNumbers) {
  const Table plain = shared("plain_header.csv");
  EXPECT_TRUE(plain.remarks.empty());
  EXPECT_EQ(plain.values.rows(), 60);
  const Table quoted = shared("concrete.csv");
  EXPECT_EQ(quoted.values, plain.values);
  EXPECT_EQ(quoted.names.back(), "Concrete compressive strength(MPa, megapascals)");
  EXPECT_EQ(shared("seeds_10_20_30.txt").values.leftCols(7), shared("seeds_0_1_2.txt").values.leftCols(7));
  EXPECT_EQ(with_class_labels(shared("seeds_10_20_30.txt")).labels,
            with_class_labels(shared("seeds_0_1_2.txt")).labels);
}

TEST(Tables, MayHaveARememberedIndexWhichIsAWarning) {
  for (const std::string text : {",a,y\n0,5,0\n1,7,1\n2,6,0\n", "\"\",\"a\",\"y\"\n\"1\",5,0\n\"2\",7,1\n\"3\",6,0\n",
                                 "Unnamed: 0,a,y\n0,5,0\n1,7,1\n2,6,0\n", ",0,1\n0,5,0\n1,7,1\n2,6,0\n"}) {
    const Table table = parse_table("some.csv", text);
    EXPECT_EQ(table.values.cols(), 3) << text;
    ASSERT_FALSE(table.remarks.empty()) << text;
    EXPECT_TRUE(table.remarks.back().warning);
    EXPECT_NE(table.remarks.back().text.find("the first column has no name and counts the rows, from "),
              std::string::npos)
        << table.remarks.back().text;
  }
  for (const std::string text :
       {"i,a,y\n0,5,0\n1,7,1\n2,6,0\n", ",a,y\n0,5,0\n2,7,1\n1,6,0\n", "0,5,0\n1,7,1\n2,6,0\n"})
    EXPECT_TRUE(parse_table("some.csv", text).remarks.empty()) << text;
}

TEST(Tables, OfRSayWhatIsInTheWay) {
  try {
    shared("as_R_writes_it.csv");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("as_R_writes_it.csv:2: '2009-07-01' in column 3 (Date) is not a finite "
                        "number, but a date or a time."),
              std::string::npos)
        << error.what();
  }
}

TEST(BreastCancerData, IsComplete) {
  const LabelledTable table = with_binary_labels(read_table(GMMVI_DATA_DIR "/breast_cancer.csv"));
  EXPECT_EQ(table.features.rows(), 569);
  EXPECT_EQ(table.features.cols(), 30);
  EXPECT_EQ(table.labels.sum(), 357.0);
  EXPECT_EQ(table.names.front(), "mean_radius");
  EXPECT_EQ(table.names.back(), "worst_fractal_dimension");
  EXPECT_EQ(table.features(0, 0), 17.99);
  EXPECT_EQ(table.features.col(3).maxCoeff(), 2501.0);
}

}  // namespace
}  // namespace gmmvi::target

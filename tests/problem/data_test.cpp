#include "problem/data.hpp"

#include <cmath>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::problem {
namespace {

std::string data_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return {};
}

TEST(Data, HasColumnsByName) {
  const DataTable table = read_data("d.csv", "time,value,station\n0,1.5,north\n1,-2e3,south\n").table;
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.path(), "d.csv");
  EXPECT_EQ(table.column("value"), Eigen::Vector2d(1.5, -2000.0));
  EXPECT_EQ(table.column("time"), Eigen::Vector2d(0.0, 1.0));
  EXPECT_TRUE(table.has("station"));
  EXPECT_FALSE(table.has("sigma"));
  EXPECT_EQ(table.place(1), "d.csv:3");
}

TEST(Data, HasLabelsThatTellRowsApart) {
  const auto label = [](const std::string& text, const LikelihoodOptions& likelihood = {}) {
    const auto labels = labels_of(read_data("d.csv", text).table, likelihood);
    return labels ? labels->column + ": " + labels->rows.front() + " " + labels->rows.back() : "none";
  };
  EXPECT_EQ(label("value,time\n1,0.5\n2,1.5\n"), "time: 0.5 1.5");
  EXPECT_EQ(label("day,station,value\n1,north,1\n1,south,2\n"), "station: north south");
  EXPECT_EQ(label("day,value\n1,1\n1,2\n"), "none");
  EXPECT_EQ(label("day,value\n1,1\nNA,2\n"), "none");
  const LikelihoodOptions noise{.data = "d.csv", .column = "y", .family = "gaussian", .arguments = {"sd"}};
  EXPECT_EQ(label("sd,y,value\n1,1,3\n2,2,4\n", noise), "value: 3 4");
}

TEST(Data, OutliveTheTextThatTheyWereReadFrom) {
  auto text = std::make_unique<std::string>("a,\"b \"\"c\"\"\"\n1,\"2\"\n");
  const Data data = read_data("d.csv", *text);
  text->assign(text->size(), '?');
  text.reset();
  const Data copy = data;
  EXPECT_EQ(copy.table.column("a")[0], 1.0);
  EXPECT_EQ(copy.table.column("b \"c\"")[0], 2.0);
}

TEST(Data, MayMissValues) {
  const DataTable table = read_data("d.csv", "value,x\n,1\nNA,1\nNaN,1\nnan,1\n3,1\n").table;
  const Eigen::VectorXd values = table.column("value");
  for (Eigen::Index n = 0; n < 4; ++n) EXPECT_TRUE(std::isnan(values[n])) << n;
  EXPECT_EQ(values[4], 3.0);
}

TEST(Data, SayWhereTheyAreNoNumbers) {
  const DataTable table = read_data("d.csv", "time,value\n0,1\n1,two\n2,inf\n").table;
  EXPECT_EQ(table.column("time"), Eigen::Vector3d(0.0, 1.0, 2.0));
  EXPECT_EQ(
      data_error([&] { table.column("value"); }),
      "d.csv:3: 'two' in column 2 (value) is not a finite number, but text. Write a number for it (for a class, 0, "
      "1, …), or leave the column out.");
  const DataTable infinite = read_data("d.csv", "time,value\n0,1\n2,-inf\n").table;
  EXPECT_EQ(data_error([&] { infinite.column("value"); }),
            "d.csv:3: '-inf' in column 2 (value) is not a finite number.");
}

TEST(Data, NeedNamesOfTheirColumns) {
  EXPECT_EQ(
      data_error([] { read_data("d.csv", "1,2\n3,4.5\n"); }),
      "d.csv:1: the first line is a row of numbers. It has to name the columns, as in 'time,value', so that it is "
      "clear which of them is which.");
  EXPECT_EQ(read_data("d.txt", "# time value\n1 2\n3 4.5\n").table.column("value"), Eigen::Vector2d(2.0, 4.5));
  const DataTable twice = read_data("d.csv", "value,t,value\n1,2,3\n").table;
  EXPECT_EQ(twice.column("t")[0], 2.0);
  EXPECT_EQ(data_error([&] { twice.column("value"); }),
            "d.csv: several columns are called value. Remove or rename all but one.");
  EXPECT_NE(data_error([] { read_data("d.csv", "value\n"); }).find("no rows"), std::string::npos);
}

TEST(Covariance, IsSquare) {
  Eigen::Matrix2d expected;
  expected << 1.0, 0.25, 0.25, 2.0;
  EXPECT_EQ(read_covariance("c.csv", "1,0.25\n0.25,2\n"), expected);
  EXPECT_EQ(read_covariance("c.csv", "a,b\n1,0.25\n0.25,2\n"), expected);
  EXPECT_EQ(data_error([] { read_covariance("c.csv", "1,0.25\n"); }),
            "c.csv: a covariance has as many rows as columns, but here are 1 rows and 2 columns.");
  EXPECT_NE(data_error([] { read_covariance("c.csv", "1,0.25\n,2\n"); }).find("c.csv:2"), std::string::npos);
}

}  // namespace
}  // namespace gmmvi::problem

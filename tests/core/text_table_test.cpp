#include "core/text_table.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::core {
namespace {

TEST(Numbers, AreTakenWholeOrNotAtAll) {
  EXPECT_EQ(to_number("-1.5e3"), -1500.0);
  EXPECT_EQ(to_number("+2"), 2.0);
  EXPECT_EQ(to_number("-inf"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(to_number("Infinity"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(to_number("nan").value_or(0.0)));
  for (const char* text : {"", "+-2", "1.5x", "one", "1 2", "0x10"}) EXPECT_EQ(to_number(text), std::nullopt) << text;
}

TEST(TextTable, KeepsTextsAndWhereTheyStand) {
  const std::string text = "name, value\n\nfirst, 1\n second,nan\n";
  const TextTable table = split_table("some.csv", text);
  EXPECT_EQ(table.names, (std::vector<std::string>{"name", "value"}));
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{3, 4}));
  ASSERT_EQ(table.fields.size(), 2U);
  EXPECT_EQ(table.fields[1], (std::vector<std::string_view>{"second", "nan"}));
  EXPECT_EQ(table.place(1), "some.csv:4");
  EXPECT_EQ(table.column_text(1), "column 2 (value)");
}

TEST(TextTable, HasAtLeastOneRowAndNoShortOnes) {
  const auto error = [](const std::string& text) {
    try {
      split_table("some.csv", text);
    } catch (const Error& thrown) {
      EXPECT_EQ(thrown.code(), ExitCode::data);
      return std::string(thrown.what());
    }
    return std::string();
  };
  EXPECT_EQ(error(""), "some.csv: there are no rows of data in this file.");
  EXPECT_EQ(error("a,b\n"), "some.csv: there are no rows of data in this file.");
  EXPECT_EQ(error("a,b\n1,2\n3\n").substr(0, 27), "some.csv:3: this row has 1 ");
}

}  // namespace
}  // namespace gmmvi::core

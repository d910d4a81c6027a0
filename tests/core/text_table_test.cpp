#include "core/text_table.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

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

TEST(Numbers, TooSmallForADoubleAreZeroAndTooLargeOnesNone) {
  EXPECT_EQ(to_number("1.0E-400"), 0.0);
  EXPECT_EQ(to_number("0." + std::string(400, '0') + "1"), 0.0);
  const auto negative = to_number("-1e-5000");
  ASSERT_TRUE(negative.has_value());
  EXPECT_EQ(*negative, 0.0);
  EXPECT_TRUE(std::signbit(*negative));
  EXPECT_EQ(to_number("0.202369782602220E-317"), 0.202369782602220E-317);
  EXPECT_EQ(to_number("1e400"), std::nullopt);
  EXPECT_EQ(to_number("-1E+400"), std::nullopt);
}

TEST(Numbers, MayHaveFortransExponents) {
  EXPECT_EQ(to_number("1.5D+02"), 150.0);
  EXPECT_EQ(to_number("-1.5d2"), -150.0);
  EXPECT_EQ(to_number("0.25D-400"), 0.0);
  EXPECT_EQ(to_number("1.D3"), 1000.0);
  EXPECT_EQ(to_number("0.15+103"), 0.15e103);
  EXPECT_EQ(to_number("-0.15-103"), -0.15e-103);
  for (const char* text : {"D+02", "2009-123", "1.5D", "nanD", "1.5D+02D", "3D printer", "1.5+12"})
    EXPECT_EQ(to_number(text), std::nullopt) << text;
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

using Names = std::vector<std::string>;
using Fields = std::vector<std::string_view>;

TEST(TextTable, MayHaveQuotedFieldsWithAnythingInThem) {
  const std::string text =
      "\"a, b\",\"say \"\"c\"\"\" ,plain\n\"1\",\" 2\", 3\n\"four\nfive\",\"\",\"a \"\"b\"\"; c\"\r\n7,8,5\" pipe\n";
  const TextTable table = split_table("some.csv", text);
  EXPECT_EQ(table.names, (Names{"a, b", "say \"c\"", "plain"}));
  ASSERT_EQ(table.fields.size(), 3U);
  EXPECT_EQ(table.fields[0], (Fields{"1", "2", "3"}));
  EXPECT_EQ(table.fields[1], (Fields{"four\nfive", "", "a \"b\"; c"}));
  EXPECT_EQ(table.fields[2], (Fields{"7", "8", "5\" pipe"}));
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{2, 3, 5}));
  EXPECT_EQ(split_table("some.csv", "\"a;b\"\t\"c,d\"\n1\t2\n").names, (Names{"a;b", "c,d"}));
  EXPECT_EQ(split_table("some.csv", "\"a b\"  \"c\"\n1 2\n").names, (Names{"a b", "c"}));
}

TEST(TextTable, MayHaveTabsBesideCommas) {
  EXPECT_EQ(split_table("some.csv", "a,b\tc\n3\t4\n").names, (Names{"a,b", "c"}));
  EXPECT_EQ(split_table("some.csv", "1,\t2\n3,4\n").fields[0], (Fields{"1", "2"}));
}

TEST(TextTable, LeavesCommentsOut) {
  const TextTable table = split_table("some.csv", "# by somebody\na,b\n# tuned\n1,2\n  #\n3,4\n# end\n");
  EXPECT_EQ(table.names, (Names{"a", "b"}));
  EXPECT_EQ(table.lines, (std::vector<std::int64_t>{4, 6}));
  EXPECT_TRUE(table.notes.empty());
}

TEST(TextTable, MayBeNamedByAComment) {
  const TextTable table = split_table("some.txt", "# made today\n# x1, x2\n1.5 2\n3 4\n");
  EXPECT_EQ(table.names, (Names{"x1", "x2"}));
  ASSERT_EQ(table.notes.size(), 1U);
  EXPECT_EQ(table.notes[0], "some.txt: the columns are called as the comment before the first row says (x1, x2).");
  EXPECT_EQ(split_table("some.txt", "# mass charge\n1,2\n").names, (Names{"mass", "charge"}));
  EXPECT_EQ(split_table("some.txt", "# one two three\n1,2\n").names, (Names{"x1", "x2"}));
  EXPECT_EQ(split_table("some.txt", "# 5 6\n1,2\n").names, (Names{"x1", "x2"}));
  EXPECT_EQ(split_table("some.txt", "# \"a b\n1,2\n").names, (Names{"x1", "x2"}));
}

TEST(TextTable, MayHaveAHeaderThatCountsTheColumns) {
  const auto names = [](const std::string& text) { return split_table("some.csv", text).names; };
  EXPECT_EQ(names("0,1,2\n5,6,7\n"), (Names{"0", "1", "2"}));
  EXPECT_EQ(names("\"0\",\"1\",\"2\"\n5,6,7\n"), (Names{"0", "1", "2"}));
  EXPECT_EQ(names(",0,1\n0,6,7\n1,3,4\n"), (Names{"", "0", "1"}));
  EXPECT_EQ(names("0,1\n0.5,1\n1.5,0\n"), (Names{"0", "1"})) << "a column of reals, but for the first row";
  EXPECT_EQ(names("1,2,3\n0.5,1,1\n1.5,0,2\n"), (Names{"1", "2", "3"}));
  EXPECT_EQ(names("0\n1\n3\n"), (Names{"x1"}));
  EXPECT_EQ(names("0,1\n1,3\n"), (Names{"x1", "x2"})) << "may be a row";
  EXPECT_EQ(names("1,2,3\n2,0,1\n"), (Names{"x1", "x2", "x3"}));
  EXPECT_EQ(names("0,1,3\n2,0,1\n"), (Names{"x1", "x2", "x3"}));
  EXPECT_EQ(split_table("some.csv", "0,1,2\n5,6,7\n").notes,
            (Names{"some.csv:1: the first row (0, 1, 2) counts the columns, so it is taken as their names."}));
}

/// The message of a table with this text, in whose row and column there is no finite number.
std::string complaint(const std::string& text, std::int64_t row, std::int64_t column) {
  const TextTable table = split_table("some.csv", text);
  try {
    table.finite_number(row, column);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "";
}

TEST(TextTable, SaysWhatStandsInPlaceOfANumber) {
  const auto of = [](const std::string& field) { return complaint("a;b\n1;2\n" + field + ";3\n", 1, 0); };
  EXPECT_EQ(of("2009-07-01"),
            "some.csv:3: '2009-07-01' in column 1 (a) is not a finite number, but a date or a time. Write it as a "
            "number, as days or seconds since a first one, or leave the column out.");
  for (const char* date : {"2009-07-01 12:30:00", "2009-07-01T12:30Z", "1/7/2009", "01.07.2009", "12:30", "12:30:01.5"})
    EXPECT_NE(of(date).find("a date or a time"), std::string::npos) << date;
  for (const char* truth : {"True", "FALSE", "yes", "F"})
    EXPECT_NE(of(truth).find("a truth value. Write 1 for true, and 0"), std::string::npos) << truth;
  for (const char* comma : {"540,0", "-1.234,5", "1,5e3"})
    EXPECT_NE(of(comma).find("it has a decimal comma"), std::string::npos) << comma;
  for (const char* grouped : {"1,234,567", "1,234.5", "1'000"})
    EXPECT_NE(of(grouped).find("digits are grouped"), std::string::npos) << grouped;
  for (const char* missing : {"", "NA", "?", "nan", "-", "NULL"})
    EXPECT_NE(of(missing).find("a missing value. Remove or complete"), std::string::npos) << missing;
  for (const char* large : {"1e999", "1.2.3"})
    EXPECT_NE(of(large).find("too large for one of double precision, or misspelt"), std::string::npos) << large;
  EXPECT_EQ(of("-inf"), "some.csv:3: '-inf' in column 1 (a) is not a finite number.");
  EXPECT_NE(of("benign").find("but text. Write a number for it"), std::string::npos);
  EXPECT_EQ(of("5"), "");
  EXPECT_NE(complaint("mass,2019\n1,2\n", 0, 0).find("If this line is to name the columns, no name may be a number."),
            std::string::npos);
}

TEST(TextTable, ShowsNothingThatATerminalObeysOrThatIsEndless) {
  const std::string message = complaint("a,b\n\x1B[31mred" + std::string(10000, 'x') + ",1\n", 0, 0);
  EXPECT_EQ(message.find('\x1B'), std::string::npos);
  EXPECT_LT(message.size(), 600U);
}

TEST(TextTable, KnowsMissingValues) {
  const TextTable table = split_table("some.csv", "a,b,c\nNA,,-inf\n");
  EXPECT_TRUE(std::isnan(table.number_or_missing(0, 0)));
  EXPECT_TRUE(std::isnan(table.number_or_missing(0, 1)));
  EXPECT_EQ(table.number_or_missing(0, 2), -std::numeric_limits<double>::infinity());
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
  EXPECT_EQ(error("a,b\n1,\"2\n3,4\n"), "some.csv:2: a quote (\") is opened in this row, and never closed.");
  EXPECT_EQ(error("a,b\n1,\"2\"x\n").substr(0, 46), "some.csv:2: 'x' stands behind a closing quote,");
  EXPECT_NE(error("\"a\" \"b\"\n\"1\" 2 3\n\"2\" 4 5\n").find("row.names = FALSE"), std::string::npos);
  EXPECT_EQ(error(""), "some.csv: there are no rows of data in this file.");
  EXPECT_EQ(error("a,b\n"), "some.csv: there are no rows of data in this file.");
  EXPECT_EQ(error("a,b\n1,2\n3\n").substr(0, 27), "some.csv:3: this row has 1 ");
}

}  // namespace
}  // namespace gmmvi::core

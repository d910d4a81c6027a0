#include "external/json.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "gmmvi/error.hpp"

namespace gmmvi::external {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double parsed(const std::string& number) {
  return number_of(parse_json("{\"value\": " + number + ", \"name\": \"nan inf \\\" -inf\"}").at("value"), "value");
}

TEST(Json, NumbersAreReadAsTheyOccurInTheWild) {
  EXPECT_EQ(parsed("-3.2"), -3.2);
  EXPECT_EQ(parsed("1e-400"), 0.0);
  EXPECT_EQ(parsed("17"), 17.0);
  for (const char* text : {"NaN", "nan", "NAN", "-nan", "null", "\"nan\"", "\"NaN\""})
    EXPECT_TRUE(std::isnan(parsed(text))) << text;
  for (const char* text : {"Infinity", "inf", "+inf", "Inf", "\"Infinity\""}) EXPECT_EQ(parsed(text), infinity) << text;
  for (const char* text : {"-Infinity", "-inf", "-Inf", "\"-Infinity\"", "\"-inf\""})
    EXPECT_EQ(parsed(text), -infinity) << text;
}

TEST(Json, StringsStayAsTheyAre) {
  const auto json = parse_json(R"({"a": "nan", "b": "x \" inf", "c": [true, false, null, nan], "inf": 1})");
  EXPECT_EQ(json.at("a"), "nan");
  EXPECT_EQ(json.at("b"), "x \" inf");
  EXPECT_EQ(json.at("c").at(0), true);
  EXPECT_EQ(json.at("c").at(3), "NaN");
  EXPECT_EQ(json.at("inf"), 1);
}

TEST(Json, WhatIsNoneIsQuoted) {
  for (const std::string text : {"", "{", "hello", "{\"a\": nanx}", "[1,]", "\xff\xfe"}) {
    try {
      parse_json(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("is not JSON"), std::string::npos) << error.what();
      EXPECT_LT(std::string(error.what()).size(), 600U);
    }
  }
  EXPECT_THROW(parse_json(std::string(100000, '[')), Error);
  EXPECT_THROW(number_of(parse_json("[1]"), "log_density"), Error);
  EXPECT_THROW(number_of(parse_json("\"high\""), "log_density"), Error);
}

}  // namespace
}  // namespace gmmvi::external

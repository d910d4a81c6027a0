#include "config/values.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace gmmvi::config {
namespace {

double number(const std::string& text) {
  double value = -99.0;
  EXPECT_EQ(to_number(text, value), Conversion::done) << text;
  return value;
}

template <class T>
Conversion integer_conversion(const std::string& text) {
  T value = 0;
  return to_integer(text, value);
}

Conversion number_conversion(const std::string& text) {
  double value = 0.0;
  return to_number(text, value);
}

TEST(Values, NumbersAsYamlWritesThem) {
  for (const char* text : {"1.0e-6", "1e-6", "1E-06", "+1e-6", "0.000001"}) EXPECT_EQ(number(text), 1e-6) << text;
  EXPECT_EQ(number("1"), 1.0);
  EXPECT_EQ(number("1."), 1.0);
  EXPECT_EQ(number(".5"), 0.5);
  EXPECT_EQ(number("-3.25"), -3.25);
}

TEST(Values, WhatIsNoNumber) {
  for (const char* text : {"", "abc", "1,5", "1 2", "1e", "0x10", "--1", "+-1"}) {
    EXPECT_EQ(number_conversion(text), Conversion::no_number) << text;
  }
  for (const char* text : {".inf", "-.Inf", ".nan", "nan", "inf"}) {
    EXPECT_EQ(number_conversion(text), Conversion::not_finite) << text;
  }
  EXPECT_EQ(number_conversion("1e999"), Conversion::too_large);
}

TEST(Values, WholeNumbers) {
  for (const char* text : {"100000", "1e5", "1.0e+5", "100000.0", "+100000"}) {
    int value = 0;
    EXPECT_EQ(to_integer(text, value), Conversion::done) << text;
    EXPECT_EQ(value, 100000) << text;
  }
  std::uint64_t large = 0;
  EXPECT_EQ(to_integer("18446744073709551615", large), Conversion::done);
  EXPECT_EQ(large, std::numeric_limits<std::uint64_t>::max());
}

TEST(Values, WhatIsNoWholeNumber) {
  EXPECT_EQ(integer_conversion<int>("100.5"), Conversion::not_whole);
  EXPECT_EQ(integer_conversion<int>("1e-5"), Conversion::not_whole);
  EXPECT_EQ(integer_conversion<int>("abc"), Conversion::no_number);
  EXPECT_EQ(integer_conversion<int>("2147483648"), Conversion::too_large);
  EXPECT_EQ(integer_conversion<std::int64_t>("1e19"), Conversion::too_large);
  EXPECT_EQ(integer_conversion<std::uint64_t>("-1"), Conversion::too_large);
  EXPECT_EQ(integer_conversion<std::uint64_t>("18446744073709551616"), Conversion::too_large);
}

TEST(Values, TextGivesTheSameBits) {
  std::mt19937_64 bits(1);
  for (int i = 0; i < 20000; ++i) {
    const double value = std::bit_cast<double>(bits());
    if (!std::isfinite(value)) continue;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(number(to_text(value))), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(Values, TextIsANumberForYaml11) {
  EXPECT_EQ(to_text(1e-6), "1.0e-06");
  EXPECT_EQ(to_text(100.0), "100.0");
  EXPECT_EQ(to_text(0.1), "0.1");
  EXPECT_EQ(to_text(1.5e300), "1.5e+300");
}

}  // namespace
}  // namespace gmmvi::config

#include "config/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace gmmvi::config {

namespace {

/// Whether all of `text` is a T, as C++'s locale-free parser sees it.
template <class T>
std::errc parse_all(std::string_view text, T& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end != text.data() + text.size() ? std::errc::invalid_argument : error;
}

bool is_not_finite_in_yaml(const std::string& text) {
  for (const char* word :
       {".inf", "-.inf", "+.inf", ".Inf", "-.Inf", "+.Inf", ".INF", "-.INF", "+.INF", ".nan", ".NaN", ".NAN"}) {
    if (text == word) return true;
  }
  return false;
}

}  // namespace

Conversion to_number(const std::string& text, double& value) {
  if (is_not_finite_in_yaml(text)) return Conversion::not_finite;
  double number = 0.0;
  const std::errc error = parse_all(text, number);
  if (error == std::errc::result_out_of_range) return Conversion::too_large;
  if (error != std::errc()) return Conversion::no_number;
  if (!std::isfinite(number)) return Conversion::not_finite;
  value = number;
  return Conversion::done;
}

template <class T>
Conversion to_integer(const std::string& text, T& value) {
  if (parse_all(text, value) == std::errc()) return Conversion::done;
  double number = 0.0;
  const Conversion conversion = to_number(text, number);
  if (conversion != Conversion::done) return conversion;
  if (number != std::trunc(number)) return Conversion::not_whole;
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double begin = std::numeric_limits<T>::is_signed ? -end : 0.0;
  if (number < begin || number >= end) return Conversion::too_large;
  value = static_cast<T>(number);
  return Conversion::done;
}

template Conversion to_integer(const std::string&, int&);
template Conversion to_integer(const std::string&, std::int64_t&);
template Conversion to_integer(const std::string&, std::uint64_t&);

bool to_boolean(const std::string& text, bool& value) {
  const bool yes = text == "true" || text == "True" || text == "TRUE";
  const bool no = text == "false" || text == "False" || text == "FALSE";
  if (yes || no) value = yes;
  return yes || no;
}

std::string to_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find('.') == std::string::npos) text.insert(std::min(text.find('e'), text.size()), ".0");
  return text;
}

}  // namespace gmmvi::config

#include "external/json.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"

namespace gmmvi::external {
namespace {

constexpr std::size_t most_quoted = 200;  // characters of a text that is wrong

bool is_of_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// A word with its sign that stands for a number which JSON does not have.
std::optional<double> special(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string word(text);
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word == "inf" || word == "infinity") return negative ? -infinity : infinity;
  return std::nullopt;
}

std::string_view name_of(double value) {
  if (value != value) return "\"NaN\"";
  return value > 0.0 ? "\"Infinity\"" : "\"-Infinity\"";
}

/// With the bare words in quotes.
std::string standard(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\' && i + 1 < text.size()) out += text[i++];
      if (c == '"') in_string = false;
      out += text[i++];
      continue;
    }
    std::size_t end = i + (c == '-' || c == '+' ? 1 : 0);
    while (end < text.size() && is_of_word(text[end])) ++end;
    const auto value = end > i ? special(text.substr(i, end - i)) : std::nullopt;
    if (value) {
      out += name_of(*value);
      i = end;
    } else if (end > i + 1) {
      out += text.substr(i, end - i);
      i = end;
    } else {
      in_string = c == '"';
      out += text[i++];
    }
  }
  return out;
}

/// Whether a word could begin here that standard() would quote: most texts have none.
bool may_have_words(std::string_view text) {
  return text.find_first_of("nNiI") != std::string_view::npos;
}

}  // namespace

Json parse_json(std::string_view text) {
  const std::string quoted = may_have_words(text) ? standard(text) : std::string();
  try {
    return quoted.empty() ? Json::parse(text) : Json::parse(quoted);
  } catch (const Json::exception& error) {
    const std::string_view beginning = text.substr(0, most_quoted);
    throw Error(fmt::format("'{}'{} is not JSON: {}", core::quotation(beginning),
                            beginning.size() < text.size() ? " …" : "", error.what()),
                ExitCode::unavailable);
  }
}

double number_of(const Json& value, std::string_view what) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (value.is_string())
    if (const auto number = special(value.get_ref<const std::string&>())) return *number;
  throw Error(fmt::format("{} is {}, not a number", what, core::quotation(value.dump().substr(0, most_quoted))),
              ExitCode::unavailable);
}

}  // namespace gmmvi::external

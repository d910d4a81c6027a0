#include "core/text_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"

namespace gmmvi::core {
namespace {

using Row = TextTable::Row;

constexpr std::string_view blanks = " \t\r";

[[noreturn]] void fail(const std::string& place, const std::string& complaint) {
  throw Error(place + ": " + complaint, ExitCode::data);
}

std::string_view trimmed(std::string_view text, std::string_view unwanted = blanks) {
  const std::size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_finite_number(std::string_view field) {
  const std::optional<double> number = to_number(field);
  return number && std::isfinite(*number);
}

// ------------------------------------------------------------------------------------------------------- numbers

// 1.5D+02, and 1.5-317, where Fortran leaves out the letter before three digits, with an e.
std::string with_e(std::string_view field) {
  std::string text(field);
  if (const std::size_t letter = text.find_first_of("dD"); letter != std::string::npos && letter > 0) {
    if (is_digit(text[letter - 1]) || text[letter - 1] == '.') text[letter] = 'e';
    return text;
  }
  const std::size_t sign = text.find_last_of("+-");
  const bool three_digits = sign != std::string::npos && sign > 1 && text.size() == sign + 4 &&
                            std::all_of(text.begin() + static_cast<std::ptrdiff_t>(sign) + 1, text.end(), is_digit);
  if (three_digits && text.find('.') < sign && text.find_first_of("eE") == std::string::npos)
    text.insert(text.begin() + static_cast<std::ptrdiff_t>(sign), 'e');
  return text;
}

// Of a number that no double can hold: whether because it is too close to 0.
bool is_too_small(std::string_view number) {
  const std::size_t exponent = number.find_first_of("eE");
  if (exponent != std::string_view::npos) return exponent + 1 < number.size() && number[exponent + 1] == '-';
  return number.find('.') < number.find_first_of("123456789");
}

std::optional<double> plain_number(std::string_view field) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc()) return value;
  return is_too_small(field) ? std::optional(field.front() == '-' ? -0.0 : 0.0) : std::nullopt;
}

// ---------------------------------------------------------------------------------------------- fields and lines

// The text outside of quotes.
std::string without_quoted(std::string_view line) {
  std::string outside;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted) outside += c;
  }
  return outside;
}

// Whether tabs separate, though there are commas as well: none stands beside one.
bool tabs_separate(std::string_view line) {
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t', tab + 1)) {
    const std::string_view before = trimmed(line.substr(0, tab)), after = trimmed(line.substr(tab));
    if (before.ends_with(',') || after.starts_with(',')) return false;
  }
  return line.find('\t') != std::string_view::npos;
}

// ';' or ',' where the line has one, else blanks.
char separator_of(std::string_view whole_line) {
  const std::string line = without_quoted(whole_line);
  if (line.find(';') != std::string::npos) return ';';
  return line.find(',') != std::string::npos && !tabs_separate(line) ? ',' : ' ';
}

std::string_view line_of(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

// Reads the records of a text one after another.
class Records {
 public:
  Records(std::string_view text, TextTable& table) : rest_(text), table_(table) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);  // a byte order mark
  }

  // All of them, the first one, too. What comments say before it is in comments().
  void read() {
    while (!rest_.empty()) {
      const std::string_view line = trimmed(line_of(rest_));
      if (line.empty() || line.front() == '#') {
        if (!line.empty() && table_.fields.empty()) comments_.push_back(line);
        skip_line();
        continue;
      }
      if (separator_ == 0) separator_ = separator_of(line);
      table_.lines.push_back(line_);
      table_.fields.push_back(record());
    }
  }
  const std::vector<std::string_view>& comments() const { return comments_; }

 private:
  void skip_line() {
    const std::size_t end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
  }

  void skip_blanks() {
    while (!rest_.empty() && blanks.find(rest_.front()) != std::string_view::npos) rest_.remove_prefix(1);
  }

  bool at_separator() const {
    if (rest_.empty()) return false;
    return separator_ == ' ' ? blanks.find(rest_.front()) != std::string_view::npos : rest_.front() == separator_;
  }

  Row record() {
    Row fields;
    while (true) {
      skip_blanks();
      const bool ended = rest_.empty() || rest_.front() == '\n';
      if (ended && separator_ == ' ') break;
      fields.push_back(!ended && rest_.front() == '"' ? quoted() : plain());
      if (separator_ != ' ') skip_blanks();
      if (!at_separator()) break;
      rest_.remove_prefix(1);
    }
    if (const std::string_view behind = trimmed(line_of(rest_)); !behind.empty())
      fail(fmt::format("{}:{}", table_.path, line_),
           fmt::format("'{}' stands behind a closing quote, where a separator should. A quote within quotes is doubled "
                       "(\"\").",
                       quotation(behind)));
    skip_line();
    return fields;
  }

  std::string_view plain() {
    std::size_t end = 0;
    while (end < rest_.size() && rest_[end] != '\n' &&
           (separator_ == ' ' ? blanks.find(rest_[end]) == std::string_view::npos : rest_[end] != separator_))
      ++end;
    const std::string_view field = trimmed(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return field;
  }

  std::string_view quoted() {
    const std::int64_t begin = line_;
    std::size_t end = 1;
    bool doubled = false;
    for (; end < rest_.size(); ++end) {
      if (rest_[end] == '\n') ++line_;
      if (rest_[end] != '"') continue;
      if (end + 1 == rest_.size() || rest_[end + 1] != '"') break;
      doubled = true;
      ++end;
    }
    if (end >= rest_.size())
      fail(fmt::format("{}:{}", table_.path, begin), "a quote (\") is opened in this row, and never closed.");
    const std::string_view inside = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return trimmed(doubled ? single_quotes(inside) : inside, " \t\r\n");
  }

  std::string_view single_quotes(std::string_view text) {
    std::string single;
    for (std::size_t i = 0; i < text.size(); ++i) {
      single += text[i];
      if (text[i] == '"') ++i;
    }
    return *table_.unquoted.emplace_back(std::make_unique<const std::string>(std::move(single)));
  }

  std::string_view rest_;
  TextTable& table_;
  char separator_ = 0;
  std::int64_t line_ = 1;
  std::vector<std::string_view> comments_;
};

// ---------------------------------------------------------------------------------------------------------- names

bool counts_from(std::int64_t number, const Row& row, std::size_t first) {
  if (first == row.size()) return false;
  for (std::size_t c = first; c < row.size(); ++c)
    if (row[c] != std::to_string(number++)) return false;
  return true;
}

// Whether all other rows, two at least, have a point or an exponent in some column, where the first one has an integer.
bool is_unlike_the_others(const TextTable& table) {
  if (table.fields.size() < 3) return false;
  const auto is_real = [](std::string_view field) { return field.find_first_of(".eE") != std::string_view::npos; };
  for (std::size_t c = 0; c < table.fields.front().size(); ++c)
    if (std::all_of(table.fields.begin() + 1, table.fields.end(),
                    [&](const Row& row) { return c < row.size() && is_real(row[c]); }))
      return true;
  return false;
}

// Columns that have no names are written as 0, 1, … by pandas, behind an empty one if its index is written, too. Two
// numbers or one may well be a row.
bool counts_columns(const TextTable& table) {
  const Row& first = table.fields.front();
  if (first.front().empty()) return counts_from(0, first, 1);
  if (counts_from(0, first, 0)) return first.size() > 2 || is_unlike_the_others(table);
  return counts_from(1, first, 0) && first.size() > 2 && is_unlike_the_others(table);
}

// The words of a comment, if they may be the names of so many columns.
Row names_in_comment(std::string_view comment, std::size_t columns) {
  if (comment.find('"') != std::string_view::npos) return {};
  TextTable words;
  const std::string_view text = trimmed(comment, "# \t\r");
  Records(text, words).read();
  const bool fits = words.fields.size() == 1 && words.fields.front().size() == columns &&
                    std::ranges::none_of(words.fields.front(), is_finite_number);
  return fits ? words.fields.front() : Row{};
}

std::string listed(const Row& names) {
  constexpr std::size_t most = 4;
  if (names.size() <= most) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{}, …, {}", fmt::join(names.begin(), names.begin() + most - 1, ", "), names.back());
}

void take_names(TextTable& table, const std::vector<std::string_view>& comments) {
  if (table.fields.empty()) return;
  const Row first = table.fields.front();
  const bool counts = counts_columns(table);
  table.has_header = counts || std::ranges::none_of(first, is_finite_number);
  const Row commented = table.has_header || comments.empty() ? Row{} : names_in_comment(comments.back(), first.size());
  for (std::size_t c = 0; c < first.size(); ++c)
    table.names.push_back(table.has_header     ? std::string(trimmed(first[c], "'"))
                          : !commented.empty() ? std::string(commented[c])
                                               : fmt::format("x{}", c + 1));
  if (counts)
    table.notes.push_back(fmt::format("{}: the first row ({}) counts the columns, so it is taken as their names.",
                                      table.place(0), quotation(listed(first))));
  if (!commented.empty())
    table.notes.push_back(fmt::format("{}: the columns are called as the comment before the first row says ({}).",
                                      table.path, quotation(listed(commented))));
  if (!table.has_header) return;
  table.fields.erase(table.fields.begin());
  table.lines.erase(table.lines.begin());
}

void check_lengths(const TextTable& table) {
  const std::size_t columns = table.names.size();
  const auto ragged = std::ranges::find_if(table.fields, [&](const Row& row) { return row.size() != columns; });
  if (ragged == table.fields.end()) return;
  const bool row_names =
      table.has_header && std::ranges::all_of(table.fields, [&](const Row& row) { return row.size() == columns + 1; });
  fail(table.place(ragged - table.fields.begin()),
       fmt::format("this row has {} fields, but the first line has {}. {}", ragged->size(), columns,
                   row_names ? "Every row has one more: row names, as R writes them. Write the table without them: "
                               "write.table(…, row.names = FALSE)."
                             : "Every row needs a value in every column."));
}

// --------------------------------------------------------------------------------------------- what is no number

// Whether a text is of digits and of such characters alone, the first of them a digit.
bool is_of_digits_and(std::string_view text, std::string_view others) {
  return !text.empty() && is_digit(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_digit(c) || others.find(c) != std::string_view::npos; });
}

bool is_date(std::string_view field) {
  const std::string_view day = field.substr(0, field.find_first_of(" T"));
  const bool clock = is_of_digits_and(day, ":.") && std::ranges::count(day, ':') >= 1;
  return clock || (is_of_digits_and(day, "-/.") && day.size() >= 6 &&
                   (std::ranges::count(day, '-') == 2 || std::ranges::count(day, '/') == 2 ||
                    std::ranges::count(day, '.') == 2));
}

bool is_truth(const std::string& word) {
  constexpr std::array words = {"true", "false", "t", "f", "yes", "no"};
  return std::ranges::find(words, word) != words.end();
}

// 1,5 or 1.234,5
bool has_decimal_comma(std::string_view field) {
  if (std::ranges::count(field, ',') != 1 || field.find('.', field.find(',')) != std::string_view::npos) return false;
  std::string with_point(field);
  std::erase(with_point, '.');
  std::ranges::replace(with_point, ',', '.');
  return to_number(with_point).has_value();
}

// 1,234.5
bool has_grouped_digits(std::string_view field) {
  std::string without(field);
  std::erase_if(without, [](char c) { return c == ',' || c == '\'' || c == ' '; });
  return without.size() < field.size() && to_number(without).has_value();
}

// Why a field is no finite number, and what to do.
std::string reason_against(std::string_view field) {
  const std::optional<double> number = to_number(field);
  if (is_missing(field) || (number && std::isnan(*number)))
    return "is not a finite number, but a missing value. Remove or complete rows with missing values.";
  if (number) return "is not a finite number.";
  if (is_date(field))
    return "is not a finite number, but a date or a time. Write it as a number, as days or seconds since a first one, "
           "or leave the column out.";
  if (is_truth(lower(field))) return "is not a finite number, but a truth value. Write 1 for true, and 0 for false.";
  if (has_decimal_comma(field))
    return "is not a finite number: it has a decimal comma. Write the table with decimal points.";
  if (has_grouped_digits(field))
    return "is not a finite number, but its digits are grouped, or several numbers. Write digits only; and where "
           "commas are decimal ones, write points.";
  if (is_of_digits_and(trimmed(field, "+-"), ".eEdD+-"))
    return "is not a finite number: it is too large for one of double precision, or misspelt.";
  return "is not a finite number, but text. Write a number for it (for a class, 0, 1, …), or leave the column out.";
}

}  // namespace

std::string TablePlaces::place(std::int64_t row) const {
  return fmt::format("{}:{}", path, lines[static_cast<std::size_t>(row)]);
}

std::string TablePlaces::column_text(std::int64_t column) const {
  const std::string& name = names[static_cast<std::size_t>(column)];
  if (name.empty()) return fmt::format("column {}", column + 1);
  return fmt::format("column {} ({})", column + 1, quotation(name));
}

double TextTable::finite_number(std::int64_t row, std::int64_t column) const {
  const std::string_view field = fields[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  const std::optional<double> value = to_number(field);
  if (value && std::isfinite(*value)) return *value;
  const bool may_be_header = row == 0 && !has_header && !value && !is_missing(field);
  fail(place(row), fmt::format("'{}' in {} {}{}", quotation(field), column_text(column), reason_against(field),
                               may_be_header ? " If this line is to name the columns, no name may be a number." : ""));
}

double TextTable::number_or_missing(std::int64_t row, std::int64_t column) const {
  const std::string_view field = fields[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  if (is_missing(field)) return std::numeric_limits<double>::quiet_NaN();
  if (const std::optional<double> value = to_number(field)) return *value;
  return finite_number(row, column);
}

bool is_missing(std::string_view field) {
  constexpr std::array words = {"", "na", "n/a", "#n/a", "<na>", "?", "null", "none", "nil", ".", "-", "--", "missing"};
  return std::ranges::find(words, lower(field)) != words.end();
}

std::optional<double> to_number(std::string_view field) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  if (const std::optional<double> number = plain_number(field)) return number;
  return field.empty() || field.size() > 100 ? std::nullopt : plain_number(with_e(field));
}

TextTable split_table(const std::string& path, std::string_view text) {
  TextTable table;
  table.path = path;
  Records records(text, table);
  records.read();
  take_names(table, records.comments());
  if (table.fields.empty()) fail(path, "there are no rows of data in this file.");
  check_lengths(table);
  return table;
}

}  // namespace gmmvi::core

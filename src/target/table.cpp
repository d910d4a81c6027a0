#include "target/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"

namespace gmmvi::target {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text, std::string_view unwanted = blanks) {
  const std::size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

std::optional<double> number(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// ',' or ';' where the line has one, else blanks.
char separator_of(std::string_view line) {
  if (line.find(';') != std::string_view::npos) return ';';
  return line.find(',') != std::string_view::npos ? ',' : ' ';
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = separator == ' ' ? line.find_first_of(blanks) : line.find(separator);
    fields.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
    if (separator == ' ') line = trimmed(line);
  }
}

struct Line {
  std::size_t number;  // from 1
  std::vector<std::string_view> fields;
};

std::vector<Line> lines_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  std::vector<Line> lines;
  char separator = 0;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (lines.empty()) separator = separator_of(line);
    lines.push_back({line_number, split(line, separator)});
  }
  return lines;
}

// Turns lines into a table; every complaint begins with the place.
class Parser {
 public:
  Parser(const std::string& path, std::vector<Line> lines) : lines_(std::move(lines)) { table_.path = path; }

  Table table() {
    take_names();
    if (lines_.empty()) fail(table_.path, "there are no rows of data in this file.");
    table_.values.resize(static_cast<Eigen::Index>(lines_.size()), columns());
    for (std::size_t n = 0; n < lines_.size(); ++n) read_row(lines_[n], static_cast<Eigen::Index>(n));
    return std::move(table_);
  }

 private:
  Eigen::Index columns() const { return static_cast<Eigen::Index>(table_.names.size()); }

  [[noreturn]] static void fail(const std::string& place, const std::string& complaint) {
    throw Error(place + ": " + complaint, ExitCode::data);
  }

  void take_names() {
    if (lines_.empty()) return;
    const Line first = lines_.front();
    const bool header = std::none_of(first.fields.begin(), first.fields.end(), number);
    if (header) lines_.erase(lines_.begin());
    for (std::size_t c = 0; c < first.fields.size(); ++c)
      table_.names.push_back(header ? std::string(trimmed(first.fields[c], "\"'")) : fmt::format("x{}", c + 1));
  }

  void read_row(const Line& line, Eigen::Index row) {
    table_.lines.push_back(static_cast<std::int64_t>(line.number));
    if (static_cast<Eigen::Index>(line.fields.size()) != columns()) {
      fail(table_.place(row),
           fmt::format("this row has {} fields, but the first line has {}. Every row needs a value in every column.",
                       line.fields.size(), columns()));
    }
    for (Eigen::Index c = 0; c < columns(); ++c) {
      const std::string_view field = line.fields[static_cast<std::size_t>(c)];
      const std::optional<double> value = number(field);
      if (!value) {
        fail(table_.place(row),
             fmt::format("'{}' in {} is not a finite number. Remove or complete rows with missing values.", field,
                         table_.column_text(c)));
      }
      table_.values(row, c) = *value;
    }
  }

  std::vector<Line> lines_;
  Table table_;
};

}  // namespace

std::string Table::place(Eigen::Index row) const {
  return fmt::format("{}:{}", path, lines[static_cast<std::size_t>(row)]);
}

std::string Table::column_text(Eigen::Index column) const {
  return fmt::format("column {} ({})", column + 1, names[static_cast<std::size_t>(column)]);
}

Table parse_table(const std::string& path, std::string_view text) {
  return Parser(path, lines_of(text)).table();
}

Table read_table(const std::string& path) {
  return parse_table(path, core::read_text(path));
}

}  // namespace gmmvi::target

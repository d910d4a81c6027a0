#include "core/text_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::core {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text, std::string_view unwanted = blanks) {
  const std::size_t first = text.find_first_not_of(unwanted);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(unwanted) - first + 1);
}

bool is_finite_number(std::string_view field) {
  const std::optional<double> number = to_number(field);
  return number && std::isfinite(*number);
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

// Lines that are not empty become rows, the first one, too.
TextTable rows_of(const std::string& path, std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  TextTable table;
  table.path = path;
  char separator = 0;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (table.fields.empty()) separator = separator_of(line);
    table.lines.push_back(number);
    table.fields.push_back(split(line, separator));
  }
  return table;
}

void take_names(TextTable& table) {
  if (table.fields.empty()) return;
  const std::vector<std::string_view> first = table.fields.front();
  const bool header = std::ranges::none_of(first, is_finite_number);
  for (std::size_t c = 0; c < first.size(); ++c)
    table.names.push_back(header ? std::string(trimmed(first[c], "\"'")) : fmt::format("x{}", c + 1));
  if (!header) return;
  table.fields.erase(table.fields.begin());
  table.lines.erase(table.lines.begin());
}

}  // namespace

std::string TablePlaces::place(std::int64_t row) const {
  return fmt::format("{}:{}", path, lines[static_cast<std::size_t>(row)]);
}

std::string TablePlaces::column_text(std::int64_t column) const {
  return fmt::format("column {} ({})", column + 1, names[static_cast<std::size_t>(column)]);
}

std::optional<double> to_number(std::string_view field) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

TextTable split_table(const std::string& path, std::string_view text) {
  TextTable table = rows_of(path, text);
  take_names(table);
  if (table.fields.empty()) throw Error(path + ": there are no rows of data in this file.", ExitCode::data);
  const auto ragged =
      std::ranges::find_if(table.fields, [&](const auto& row) { return row.size() != table.names.size(); });
  if (ragged != table.fields.end())
    throw Error(
        fmt::format("{}: this row has {} fields, but the first line has {}. Every row needs a value in every column.",
                    table.place(ragged - table.fields.begin()), ragged->size(), table.names.size()),
        ExitCode::data);
  return table;
}

}  // namespace gmmvi::core

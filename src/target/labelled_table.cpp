#include "target/labelled_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

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

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    throw Error(fmt::format("{}: the data file cannot be opened. Check that it exists and may be read.", path),
                ExitCode::data);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Turns lines into a table; every complaint begins with the place.
class Parser {
 public:
  Parser(const std::string& path, std::vector<Line> lines) : path_(path), lines_(std::move(lines)) {}

  LabelledTable table() {
    take_names();
    if (lines_.empty()) fail(path_, "there are no rows of data in this file.");
    LabelledTable table{.names = {names_.begin(), names_.end() - 1},
                        .features = Eigen::MatrixXd(rows(), columns() - 1),
                        .labels = Eigen::VectorXd(rows())};
    for (Eigen::Index n = 0; n < rows(); ++n) read_row(n, table);
    check_variation(table);
    return table;
  }

 private:
  Eigen::Index rows() const { return static_cast<Eigen::Index>(lines_.size()); }
  Eigen::Index columns() const { return static_cast<Eigen::Index>(names_.size()); }
  std::string place(const Line& line) const { return fmt::format("{}:{}", path_, line.number); }
  std::string column(Eigen::Index c) const {
    return fmt::format("column {} ({})", c + 1, names_[static_cast<std::size_t>(c)]);
  }

  [[noreturn]] static void fail(const std::string& place, const std::string& complaint) {
    throw Error(place + ": " + complaint, ExitCode::data);
  }

  void take_names() {
    if (lines_.empty()) return;
    const Line first = lines_.front();
    if (first.fields.size() < 2)
      fail(place(first), "a row needs at least one feature, and the label in its last column.");
    const bool header = std::none_of(first.fields.begin(), first.fields.end(), number);
    if (header) lines_.erase(lines_.begin());
    for (std::size_t c = 0; c < first.fields.size(); ++c) {
      names_.push_back(header ? std::string(trimmed(first.fields[c], "\"'")) : fmt::format("x{}", c + 1));
    }
    if (!header) names_.back() = "label";
  }

  void read_row(Eigen::Index n, LabelledTable& table) {
    const Line& line = lines_[static_cast<std::size_t>(n)];
    if (static_cast<Eigen::Index>(line.fields.size()) != columns()) {
      fail(place(line),
           fmt::format("this row has {} fields, but the first line has {}. Every row needs all features and the label.",
                       line.fields.size(), columns()));
    }
    for (Eigen::Index f = 0; f + 1 < columns(); ++f) table.features(n, f) = value(line, f);
    table.labels[n] = label(line);
  }

  double value(const Line& line, Eigen::Index c) const {
    const std::string_view field = line.fields[static_cast<std::size_t>(c)];
    const std::optional<double> value = number(field);
    if (!value) {
      fail(place(line), fmt::format("'{}' in {} is not a finite number. Remove or complete rows with missing values.",
                                    field, column(c)));
    }
    return *value;
  }

  double label(const Line& line) {
    const double label = value(line, columns() - 1);
    if (label == 1.0) return 1.0;
    if (label != 0.0 && label != -1.0) {
      fail(place(line),
           fmt::format("the label '{}' in {} must be 0 or 1 (or -1 or 1).", line.fields.back(), column(columns() - 1)));
    }
    if (negative_label_.value_or(label) != label) {
      fail(place(line), "the labels mix 0 and -1. Use either 0 and 1 or -1 and 1.");
    }
    negative_label_ = label;
    return 0.0;
  }

  void check_variation(const LabelledTable& table) const {
    for (Eigen::Index f = 0; f < table.features.cols(); ++f) {
      if (table.features.col(f).maxCoeff() > table.features.col(f).minCoeff()) continue;
      fail(path_,
           fmt::format(
               "{} has the value {} in every row. Its standard deviation is 0, so it cannot be scaled; remove it.",
               column(f), table.features(0, f)));
    }
  }

  const std::string& path_;
  std::vector<Line> lines_;
  std::vector<std::string> names_;
  std::optional<double> negative_label_;
};

}  // namespace

LabelledTable read_labelled_table(const std::string& path) {
  const std::string text = contents_of(path);
  return Parser(path, lines_of(text)).table();
}

}  // namespace gmmvi::target

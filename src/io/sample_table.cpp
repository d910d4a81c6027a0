#include "io/sample_table.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "io/text_file.hpp"

namespace gmmvi::io {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& problem) {
  throw Error(fmt::format("{}: {}", place, problem), ExitCode::data);
}

std::optional<double> number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::vector<std::string> words_of(std::string line) {
  for (char& c : line)
    if (c == ',' || c == ';') c = ' ';
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

/// Appends the numbers of a row to `values`, and returns how many they are.
std::size_t read_row(const std::vector<std::string>& words, const std::string& place, std::vector<double>& values) {
  for (const std::string& word : words) {
    const std::optional<double> value = number(word);
    if (!value) refuse(place, fmt::format("'{}' is not a finite number.", word));
    values.push_back(*value);
  }
  return words.size();
}

Eigen::MatrixXd read_csv(const std::string& path) {
  std::istringstream lines(read_text(path));
  std::vector<double> values;
  std::size_t columns = 0;
  std::string line;
  for (std::int64_t at = 1; std::getline(lines, line); ++at) {
    const std::vector<std::string> words = words_of(line);
    if (words.empty() || (at == 1 && !number(words.front()))) continue;
    const std::string place = fmt::format("{}:{}", path, at);
    const std::size_t found = read_row(words, place, values);
    if (columns == 0) columns = found;
    if (found != columns) refuse(place, fmt::format("{} numbers, but there are {} above.", found, columns));
  }
  if (columns == 0) refuse(path, "there are no samples in this file.");
  const auto rows = static_cast<Eigen::Index>(columns);
  return Eigen::Map<const Eigen::MatrixXd>(values.data(), rows, static_cast<Eigen::Index>(values.size()) / rows);
}

}  // namespace

Eigen::MatrixXd read_samples(const std::string& path) {
  if (path.ends_with(".csv")) return read_csv(path);
  refuse(path, "samples are read from .csv files only.");
}

}  // namespace gmmvi::io

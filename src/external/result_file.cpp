#include "external/result_file.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/printable.hpp"
#include "core/text_file.hpp"
#include "core/text_table.hpp"

namespace gmmvi::external {
namespace {

constexpr std::size_t most_bytes = 1'000'000'000;

[[noreturn]] void fail(const std::string& what) {
  throw Error(what, ExitCode::unavailable);
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(what, ExitCode::configuration);
}

double number_in(const std::string& text) {
  const auto number = core::to_number(text);
  if (!number) fail(fmt::format("'{}' is no number", core::quotation(text)));
  return *number;
}

}  // namespace

ResultFile::ResultFile(const ResultOptions& options) : options_(options) {
  if (!options.pattern.empty() && !options.column.empty())
    refuse("result: either a pattern or a column says where the answer is, not both.");
  if (options_.file.empty()) {
    if (!is_json()) refuse("result: say in which `file` the pattern or the column is.");
    options_.file = "results.json";
  }
  if (options.pattern.empty()) return;
  try {
    pattern_.emplace(options.pattern);
  } catch (const std::regex_error& error) {
    refuse(fmt::format("result.pattern: '{}' is no regular expression: {}.", options.pattern, error.what()));
  }
  if (pattern_->mark_count() == 0)
    refuse(
        fmt::format("result.pattern: '{}' has no group in parentheses, which would be the number: 'logL = (\\S+)' has "
                    "one.",
                    options.pattern));
}

Json ResultFile::read(const std::filesystem::path& folder, bool returns_outputs) const {
  const std::string path = (folder / options_.file).string();
  const core::TextOrProblem read = core::try_to_read_text(path, most_bytes);
  if (!read.problem.empty()) fail(fmt::format("left no answer: {} {}", options_.file, read.problem));
  try {
    if (is_json()) return parse_json(read.text);
    Json values = pattern_ ? matches(read.text) : column(path, read.text);
    if (returns_outputs) return {{"outputs", std::move(values)}};
    if (!pattern_ && values.size() != 1) fail(fmt::format("it has {} rows, not one", values.size()));
    return {{"log_density", values.back()}};
  } catch (const Error& error) {
    fail(fmt::format("left an answer of no use in {}: {}", options_.file, error.what()));
  }
}

// Line by line, because the library's search goes as deep as what it looks at is long.
Json ResultFile::matches(const std::string& text) const {
  Json values = Json::array();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    for (auto match = std::sregex_iterator(line.begin(), line.end(), *pattern_); match != std::sregex_iterator();
         ++match)
      values.push_back(number_in((*match)[1].str()));
    begin = end + 1;
  }
  if (values.empty()) fail(fmt::format("no line matches '{}'", options_.pattern));
  return values;
}

Json ResultFile::column(const std::string& path, const std::string& text) const {
  const core::TextTable table = core::split_table(path, text);
  const auto found = std::ranges::find(table.names, options_.column);
  if (found == table.names.end())
    fail(fmt::format("there is no column {}, only {}", options_.column, fmt::join(table.names, ", ")));
  const auto at = static_cast<std::size_t>(found - table.names.begin());
  Json values = Json::array();
  for (const auto& row : table.fields) values.push_back(number_in(std::string(row.at(at))));
  return values;
}

}  // namespace gmmvi::external

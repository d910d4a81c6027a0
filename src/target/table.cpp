#include "target/table.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"

namespace gmmvi::target {
namespace {

void check_names(const Table& table) {
  for (std::size_t c = 0; c < table.names.size(); ++c) {
    const auto first = std::ranges::find(table.names, table.names[c]) - table.names.begin();
    if (table.names[c].empty() || first == static_cast<std::ptrdiff_t>(c)) continue;
    throw Error(
        fmt::format("{}: columns {} and {} are both called {}. One of them is there twice, or has a wrong name; "
                    "remove or rename it.",
                    table.path, first + 1, c + 1, table.names[c]),
        ExitCode::data);
  }
}

/// Spreadsheets and data frames write the numbers of their rows into a first column without a name, or with one that
/// says so when they are read and written again.
bool is_index(const Table& table) {
  if (table.values.rows() < 2 || table.values.cols() < 2) return false;
  const std::string& name = table.names.front();
  if (!name.empty() && !name.starts_with("Unnamed: 0")) return false;
  for (Eigen::Index n = 0; n < table.values.rows(); ++n)
    if (table.values(n, 0) != table.values(0, 0) + static_cast<double>(n)) return false;
  return true;
}

void warn_of_index(Table& table) {
  if (!is_index(table)) return;
  const Eigen::Index last = table.values.rows() - 1;
  table.remarks.push_back(
      {true,
       fmt::format("{}: the first column has no name and counts the rows, from {:g} to {:g}. It is read as data like "
                   "the others. If it is the index of a data frame, write the table without it: "
                   "to_csv(index=False) in pandas, row.names = FALSE in R.",
                   table.path, table.values(0, 0), table.values(last, 0))});
}

/// A column without a name is called by its place, as in a table without names.
void name_the_nameless(Table& table) {
  for (std::size_t c = 0; c < table.names.size(); ++c)
    if (table.names[c].empty()) table.names[c] = fmt::format("x{}", c + 1);
}

}  // namespace

Table parse_table(const std::string& path, std::string_view text) {
  const core::TextTable fields = core::split_table(path, text);
  Table table{fields, Eigen::MatrixXd(static_cast<Eigen::Index>(fields.lines.size()),
                                      static_cast<Eigen::Index>(fields.names.size()))};
  check_names(table);
  for (Eigen::Index n = 0; n < table.values.rows(); ++n)
    for (Eigen::Index c = 0; c < table.values.cols(); ++c) table.values(n, c) = fields.finite_number(n, c);
  for (const std::string& note : fields.notes) table.remarks.push_back({false, note});
  warn_of_index(table);
  name_the_nameless(table);
  return table;
}

Table read_table(const std::string& path) {
  return parse_table(path, core::read_text(path));
}

}  // namespace gmmvi::target

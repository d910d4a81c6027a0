#include "problem/data.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/contract.hpp"
#include "core/printable.hpp"

namespace gmmvi::problem {

DataTable::DataTable(const std::string& path, std::string_view text)
    : text_(std::make_shared<const std::string>(text)),
      table_(std::make_shared<const core::TextTable>(core::split_table(path, *text_))) {
  // Without a header, or a comment in its place, they are numbered.
  if (table_->has_header || table_->names.front() != "x1") return;
  throw Error(fmt::format("{}: the first line is a row of numbers. It has to name the columns, as in 'time,value', so "
                          "that it is clear which of them is which.",
                          table_->place(0)),
              ExitCode::data);
}

bool DataTable::has(std::string_view name) const {
  return std::ranges::find(names(), name) != names().end();
}

Eigen::VectorXd DataTable::column(std::string_view name) const {
  GMMVI_GUARD(has(name), std::string(name));
  const auto c = std::ranges::find(names(), name) - names().begin();
  if (std::ranges::count(names(), name) > 1)
    throw Error(
        fmt::format("{}: several columns are called {}. Remove or rename all but one.", path(), core::quotation(name)),
        ExitCode::data);
  Eigen::VectorXd values(rows());
  for (Eigen::Index n = 0; n < rows(); ++n) {
    values[n] = table_->number_or_missing(n, c);
    if (std::isinf(values[n])) static_cast<void>(table_->finite_number(n, c));  // throws, in its words
  }
  return values;
}

std::optional<RowLabels> DataTable::labels(std::span<const std::string> used) const {
  for (std::size_t c = 0; c < names().size(); ++c) {
    if (std::ranges::find(used, names()[c]) != used.end()) continue;
    RowLabels labels{.column = names()[c], .rows = {}};
    for (const core::TextTable::Row& row : table_->fields) labels.rows.emplace_back(row.at(c));
    const std::set<std::string> distinct(labels.rows.begin(), labels.rows.end());
    const bool complete =
        std::ranges::none_of(distinct, [](const std::string& cell) { return core::is_missing(cell); });
    if (complete && distinct.size() == labels.rows.size()) return labels;
  }
  return std::nullopt;
}

std::optional<RowLabels> labels_of(const DataTable& table, const LikelihoodOptions& likelihood) {
  std::vector<std::string> used = {likelihood.column};
  for (const NoiseArgument& argument : likelihood.arguments)
    if (const auto* name = std::get_if<std::string>(&argument)) used.push_back(*name);
  return table.labels(used);
}

Data read_data(const std::string& path, std::string_view text) {
  return {DataTable(path, text)};
}

Eigen::MatrixXd read_covariance(const std::string& path, std::string_view text) {
  const core::TextTable table = core::split_table(path, text);
  const auto rows = static_cast<Eigen::Index>(table.fields.size()),
             columns = static_cast<Eigen::Index>(table.names.size());
  if (rows != columns)
    throw Error(fmt::format("{}: a covariance has as many rows as columns, but here are {} rows{} and {} columns.",
                            path, rows, table.has_header ? " below a header" : "", columns),
                ExitCode::data);
  Eigen::MatrixXd values(rows, columns);
  for (Eigen::Index n = 0; n < rows; ++n)
    for (Eigen::Index c = 0; c < columns; ++c) values(n, c) = table.finite_number(n, c);
  return values;
}

Data data_of(const LikelihoodOptions& options, const std::function<std::string(const std::string&)>& contents) {
  Data data = read_data(options.data, contents(options.data));
  if (!options.covariance.empty()) data.covariance = read_covariance(options.covariance, contents(options.covariance));
  return data;
}

}  // namespace gmmvi::problem

#include "target/table.hpp"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"

namespace gmmvi::target {
namespace {

double finite_number(const core::TextTable& text, Eigen::Index row, Eigen::Index column) {
  const std::string_view field = text.fields[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
  const std::optional<double> value = core::to_number(field);
  if (value && std::isfinite(*value)) return *value;
  throw Error(fmt::format("{}: '{}' in {} is not a finite number. Remove or complete rows with missing values.",
                          text.place(row), field, text.column_text(column)),
              ExitCode::data);
}

}  // namespace

Table parse_table(const std::string& path, std::string_view text) {
  const core::TextTable fields = core::split_table(path, text);
  Table table{fields, Eigen::MatrixXd(static_cast<Eigen::Index>(fields.lines.size()),
                                      static_cast<Eigen::Index>(fields.names.size()))};
  for (Eigen::Index n = 0; n < table.values.rows(); ++n)
    for (Eigen::Index c = 0; c < table.values.cols(); ++c) table.values(n, c) = finite_number(fields, n, c);
  return table;
}

Table read_table(const std::string& path) {
  return parse_table(path, core::read_text(path));
}

}  // namespace gmmvi::target

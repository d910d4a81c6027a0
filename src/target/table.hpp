#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

namespace gmmvi::target {

/// A table of finite numbers from a text file.
struct Table {
  std::string path;
  std::vector<std::string> names;        ///< [C] of the columns
  Eigen::MatrixXd values;                ///< [N x C], N >= 1
  std::vector<std::int64_t> lines = {};  ///< [N] where in the file each row stands, from 1

  /// "file:line" of a row, for messages.
  std::string place(Eigen::Index row) const;
  /// "column 3 (age)".
  std::string column_text(Eigen::Index column) const;
};

/// Reads a text table, the contents of the file at `path`: a row a line, fields separated by commas, semicolons, tabs
/// or spaces. A first line without any number names the columns; without one they are x1 … xC. Throws Error
/// (ExitCode::data) that names file, line and column.
Table parse_table(const std::string& path, std::string_view text);
/// The same of the file itself. Throws also where it cannot be read.
Table read_table(const std::string& path);

}  // namespace gmmvi::target

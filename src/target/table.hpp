#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "core/text_table.hpp"

namespace gmmvi::target {

/// What people should know of data that were read: how they were understood, or (a warning) what may be wrong in them.
struct Remark {
  bool warning = false;
  std::string text;
};

/// A table of finite numbers from a text file.
struct Table : core::TablePlaces {
  Eigen::MatrixXd values;            ///< [N x C], N >= 1
  std::vector<Remark> remarks = {};  ///< of how it was read; a column that only counts the rows is a warning
};

/// Reads a text table, the contents of the file at `path`, as core::split_table() takes it apart. Throws Error
/// (ExitCode::data) that names file, line and column, also where two columns have one name.
Table parse_table(const std::string& path, std::string_view text);
/// The same of the file itself. Throws also where it cannot be read.
Table read_table(const std::string& path);

}  // namespace gmmvi::target

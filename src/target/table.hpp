#pragma once

#include <string>
#include <string_view>

#include <Eigen/Core>

#include "core/text_table.hpp"

namespace gmmvi::target {

/// A table of finite numbers from a text file.
struct Table : core::TablePlaces {
  Eigen::MatrixXd values;  ///< [N x C], N >= 1
};

/// Reads a text table, the contents of the file at `path`, as core::split_table() takes it apart. Throws Error
/// (ExitCode::data) that names file, line and column.
Table parse_table(const std::string& path, std::string_view text);
/// The same of the file itself. Throws also where it cannot be read.
Table read_table(const std::string& path);

}  // namespace gmmvi::target

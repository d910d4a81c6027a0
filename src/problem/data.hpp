#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "core/text_table.hpp"
#include "problem/options.hpp"

namespace gmmvi::problem {

/// What people call the rows of a table: a column of it.
struct RowLabels {
  std::string column;
  std::vector<std::string> rows;  ///< all distinct
};

/// A table whose columns are read when they are used: others may hold text.
class DataTable {
 public:
  /// Takes apart the contents of the file at `path`. Throws Error (data) where that is no table with a header.
  DataTable(const std::string& path, std::string_view text);

  const std::string& path() const { return table_->path; }
  const std::vector<std::string>& names() const { return table_->names; }
  Eigen::Index rows() const { return static_cast<Eigen::Index>(table_->fields.size()); }
  /// "file:line" of a row.
  std::string place(Eigen::Index row) const { return table_->place(row); }
  bool has(std::string_view name) const;
  /// [rows] A column that there is; cells without a value (empty, NA, NaN) are NaN. Throws Error (data) with file,
  /// line, and column where a cell is something else, or where two columns have that name.
  Eigen::VectorXd column(std::string_view name) const;
  /// The first column beside the `used` ones whose cells are all distinct, and none is missing; none where there is
  /// none.
  std::optional<RowLabels> labels(std::span<const std::string> used) const;

 private:
  std::shared_ptr<const std::string> text_;  // that the fields of the table are parts of
  std::shared_ptr<const core::TextTable> table_;
};

/// What outputs are compared with: a row an output.
struct Data {
  DataTable table;
  Eigen::MatrixXd covariance = {};  ///< [M x M] of the noise, if it has one
};

/// Of rows: a column that neither is compared with outputs nor belongs to the noise.
std::optional<RowLabels> labels_of(const DataTable& table, const LikelihoodOptions& likelihood);

/// The contents of the file at `path`; without a covariance.
Data read_data(const std::string& path, std::string_view text);

/// A square table of numbers, with or without a header. Throws Error (data) where it is none.
Eigen::MatrixXd read_covariance(const std::string& path, std::string_view text);

/// What the options name, where `contents` gives those of the file at a path.
Data data_of(const LikelihoodOptions& options, const std::function<std::string(const std::string&)>& contents);

}  // namespace gmmvi::problem

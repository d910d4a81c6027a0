#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

namespace gmmvi::target {

/// Data for binary classification: N observations of F features.
struct LabelledTable {
  std::vector<std::string> names;  ///< [F] of the features
  Eigen::MatrixXd features;        ///< [N x F] as they are in the file; no column is constant
  Eigen::VectorXd labels;          ///< [N] 0 or 1
};

/// Reads a text table: a row an observation, the label (0 and 1, or −1 and 1) in the last column, fields separated by
/// commas, semicolons, tabs or spaces. A first line without any number names the columns; without one the features are
/// x1 … xF. Throws Error (ExitCode::data) that names file, line and column.
LabelledTable read_labelled_table(const std::string& path);

}  // namespace gmmvi::target

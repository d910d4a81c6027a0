#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

#include "target/table.hpp"

namespace gmmvi::target {

/// N observations of F features, each with a label.
struct LabelledTable {
  std::vector<std::string> names;    ///< [F] of the features
  Eigen::MatrixXd features;          ///< [N x F] as they are in the file; no column is constant
  Eigen::VectorXd labels;            ///< [N]
  std::vector<double> classes = {};  ///< what the labels 0, 1, … are in the file; empty where they are numbers
};

// The labels are the last column of the table, the features the others. All throw Error (ExitCode::data), with the
// place.

/// Labels of two kinds become 0 and 1: 0 and 1, −1 and 1, or 1 and 2. Both have to occur.
LabelledTable with_binary_labels(const Table& table);
/// Labels are classes: whole numbers, of which those that occur, two at least, become 0, 1, … in their order.
LabelledTable with_class_labels(const Table& table);
/// Labels are any numbers.
LabelledTable with_number_labels(const Table& table);

}  // namespace gmmvi::target

#include "target/labelled_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

namespace gmmvi::target {
namespace {

[[noreturn]] void fail(const std::string& place, const std::string& complaint) {
  throw Error(place + ": " + complaint, ExitCode::data);
}

Eigen::Index label_column(const Table& table) {
  if (table.values.cols() < 2)
    fail(table.place(0), "a row needs at least one feature, and the label in its last column.");
  return table.values.cols() - 1;
}

// A constant feature cannot be divided by its standard deviation.
void check_variation(const Table& table) {
  for (Eigen::Index c = 0; c < label_column(table); ++c) {
    if (table.values.col(c).maxCoeff() > table.values.col(c).minCoeff()) continue;
    fail(
        table.path,
        fmt::format("{} has the value {} in every row. Its standard deviation is 0, so it cannot be scaled; remove it.",
                    table.column_text(c), table.values(0, c)));
  }
}

LabelledTable with_labels(const Table& table, Eigen::VectorXd labels) {
  check_variation(table);
  const Eigen::Index features = label_column(table);
  return {.names = {table.names.begin(), table.names.begin() + features},
          .features = table.values.leftCols(features),
          .labels = std::move(labels)};
}

// The pairs of labels that mean no and yes.
constexpr std::array<std::pair<double, double>, 3> pairs = {{{0.0, 1.0}, {-1.0, 1.0}, {1.0, 2.0}}};

bool is_label(double value) {
  return value == -1.0 || value == 0.0 || value == 1.0 || value == 2.0;
}

bool are_of(const Eigen::VectorXd& labels, const std::pair<double, double>& pair) {
  return std::ranges::all_of(labels, [&](double label) { return label == pair.first || label == pair.second; });
}

}  // namespace

LabelledTable with_binary_labels(const Table& table) {
  const Eigen::Index column = label_column(table);
  const Eigen::VectorXd labels = table.values.col(column);
  for (Eigen::Index n = 0; n < labels.size(); ++n) {
    if (is_label(labels[n])) continue;
    fail(table.place(n), fmt::format("the label '{}' in {} must be 0 or 1 (or -1 or 1, or 1 or 2).", labels[n],
                                     table.column_text(column)));
  }
  const auto pair = std::ranges::find_if(pairs, [&](const auto& each) { return are_of(labels, each); });
  if (pair == pairs.end())
    fail(table.path, fmt::format("the labels in {} are of more than two kinds. Use 0 and 1, or -1 and 1, or 1 and 2.",
                                 table.column_text(column)));
  return with_labels(table, (labels.array() == pair->second).cast<double>());
}

LabelledTable with_class_labels(const Table& table) {
  const Eigen::Index column = label_column(table);
  const Eigen::VectorXd labels = table.values.col(column);
  constexpr double most = 1000.0;
  for (Eigen::Index n = 0; n < labels.size(); ++n) {
    if (labels[n] >= 0.0 && labels[n] < most && labels[n] == std::floor(labels[n])) continue;
    fail(table.place(n), fmt::format("the label '{}' in {} must be a class: a whole number, 0 for the first.",
                                     labels[n], table.column_text(column)));
  }
  return with_labels(table, labels);
}

LabelledTable with_number_labels(const Table& table) {
  return with_labels(table, table.values.col(label_column(table)));
}

}  // namespace gmmvi::target

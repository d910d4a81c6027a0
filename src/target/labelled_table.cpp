#include "target/labelled_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
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

LabelledTable with_labels(const Table& table, Eigen::VectorXd labels, std::vector<double> classes = {}) {
  check_variation(table);
  const Eigen::Index features = label_column(table);
  return {.names = {table.names.begin(), table.names.begin() + features},
          .features = table.values.leftCols(features),
          .labels = std::move(labels),
          .classes = std::move(classes)};
}

// A single one leaves nothing to tell apart.
void require_several(const Table& table, const Eigen::VectorXd& labels) {
  if (labels.maxCoeff() > labels.minCoeff()) return;
  fail(table.path,
       fmt::format("the label in {} is {} in every row. There have to be observations of two classes at least.",
                   table.column_text(label_column(table)), labels[0]));
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
  require_several(table, labels);
  const auto pair = std::ranges::find_if(pairs, [&](const auto& each) { return are_of(labels, each); });
  if (pair == pairs.end())
    fail(table.path, fmt::format("the labels in {} are of more than two kinds. Use 0 and 1, or -1 and 1, or 1 and 2.",
                                 table.column_text(column)));
  return with_labels(table, (labels.array() == pair->second).cast<double>(), {pair->first, pair->second});
}

LabelledTable with_class_labels(const Table& table) {
  const Eigen::Index column = label_column(table);
  const Eigen::VectorXd labels = table.values.col(column);
  for (Eigen::Index n = 0; n < labels.size(); ++n) {
    if (labels[n] == std::floor(labels[n])) continue;
    fail(table.place(n),
         fmt::format("the label '{}' in {} must be a class: a whole number.", labels[n], table.column_text(column)));
  }
  require_several(table, labels);
  constexpr std::size_t most = 1000;
  const std::set<double> occurring(labels.begin(), labels.end());
  if (occurring.size() > most)
    fail(table.path,
         fmt::format("{} has {} different labels, more than the {} classes that there may be. Is it a number "
                     "that is to be predicted? Then say classification: false.",
                     table.column_text(column), occurring.size(), most));
  std::vector<double> classes(occurring.begin(), occurring.end());
  const auto class_of = [&](double label) {
    return static_cast<double>(std::ranges::lower_bound(classes, label) - classes.begin());
  };
  Eigen::VectorXd numbers = labels.unaryExpr(class_of);
  return with_labels(table, std::move(numbers), std::move(classes));
}

LabelledTable with_number_labels(const Table& table) {
  return with_labels(table, table.values.col(label_column(table)));
}

}  // namespace gmmvi::target

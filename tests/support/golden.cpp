#include "support/golden.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gmmvi::test {
namespace {

bool near_relative(double actual, double expected, double tolerance) {
  if (!std::isfinite(expected)) return actual == expected;
  return std::abs(actual - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

std::string difference(double actual, double expected, double tolerance) {
  return fmt::format("{:.17g} instead of {:.17g}: off by {:.3g} relative, {:.3g} allowed", actual, expected,
                     std::abs(actual - expected) / std::max(1.0, std::abs(expected)), tolerance);
}

Eigen::Index width(const nlohmann::json& rows) {
  const auto row = std::find_if(rows.begin(), rows.end(), [](const auto& each) { return !each.is_null(); });
  return row == rows.end() ? 0 : static_cast<Eigen::Index>(row->size());
}

}  // namespace

nlohmann::json golden(const std::string& name) {
  const std::string path = std::string(GMMVI_TEST_DATA_DIR) + "/" + name + ".json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no golden file " + path);
  return nlohmann::json::parse(file);
}

Eigen::VectorXd vector(const nlohmann::json& values, double absent) {
  Eigen::VectorXd result(static_cast<Eigen::Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    result[static_cast<Eigen::Index>(i)] = values[i].is_null() ? absent : values[i].get<double>();
  }
  return result;
}

Eigen::MatrixXd matrix(const nlohmann::json& rows) {
  return matrix_of_columns(rows).transpose();
}

Eigen::MatrixXd matrix_of_columns(const nlohmann::json& rows) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Constant(width(rows), static_cast<Eigen::Index>(rows.size()),
                                                     std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_null()) result.col(static_cast<Eigen::Index>(i)) = vector(rows[i]);
  }
  return result;
}

void expect_near_relative(double actual, double expected, double tolerance, const char* file, int line) {
  if (!near_relative(actual, expected, tolerance)) {
    ADD_FAILURE_AT(file, line) << difference(actual, expected, tolerance);
  }
}

void expect_near_relative(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected, double tolerance,
                          const char* file, int line) {
  if (actual.rows() != expected.rows() || actual.cols() != expected.cols()) {
    ADD_FAILURE_AT(file, line) << fmt::format("a {} x {} matrix instead of {} x {}", actual.rows(), actual.cols(),
                                              expected.rows(), expected.cols());
    return;
  }
  Eigen::Index failures = 0;
  std::string first;
  for (Eigen::Index j = 0; j < actual.cols(); ++j) {
    for (Eigen::Index i = 0; i < actual.rows(); ++i) {
      if (near_relative(actual(i, j), expected(i, j), tolerance)) continue;
      if (failures++ == 0)
        first = fmt::format("({}, {}): {}", i, j, difference(actual(i, j), expected(i, j), tolerance));
    }
  }
  if (failures > 0) {
    ADD_FAILURE_AT(file, line) << fmt::format("{} of {} entries differ; the first, {}", failures, actual.size(), first);
  }
}

}  // namespace gmmvi::test

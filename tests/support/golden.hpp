#pragma once

#include <limits>
#include <string>

#include <Eigen/Core>
#include <nlohmann/json.hpp>

namespace gmmvi::test {

/// The golden file tests/data/<name>.json. Throws where it is missing or damaged.
nlohmann::json golden(const std::string& name);

/// Numbers as a vector; a null becomes `absent`.
Eigen::VectorXd vector(const nlohmann::json& values, double absent = std::numeric_limits<double>::quiet_NaN());
/// Rows of numbers as they stand.
Eigen::MatrixXd matrix(const nlohmann::json& rows);
/// Rows of samples, as golden files have them, as the columns of a matrix [D x N]. A row that is null becomes NaN.
Eigen::MatrixXd matrix_of_columns(const nlohmann::json& rows);

/// Fails the test unless |actual - expected| <= tolerance * max(1, |expected|) for every entry; infinities must be
/// equal, NaN never is.
void expect_near_relative(double actual, double expected, double tolerance, const char* file = __builtin_FILE(),
                          int line = __builtin_LINE());
void expect_near_relative(const Eigen::MatrixXd& actual, const Eigen::MatrixXd& expected, double tolerance,
                          const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace gmmvi::test

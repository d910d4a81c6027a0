#pragma once

#include <string>

#include <Eigen/Core>

namespace gmmvi::io {

/// The samples in the file at `path`, [D x N]. A text table (.csv): a row a sample, numbers separated by commas,
/// semicolons or blanks; a first line that does not begin with a number is a heading. Throws Error (data) with file and
/// line, also for files that end otherwise.
Eigen::MatrixXd read_samples(const std::string& path);

}  // namespace gmmvi::io

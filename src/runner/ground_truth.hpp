#pragma once

#include <string>

#include <Eigen/Core>

namespace gmmvi::runner {

/// Samples of the true distribution [D x N], which a fit is compared with, from a file: a table (.csv, a row a sample,
/// with or without names), a NumPy matrix (.npy, a row a sample), or draws as `gmmvi sample` writes them (.nc). Throws
/// Error (data) where it cannot be read, or ends otherwise.
Eigen::MatrixXd read_ground_truth(const std::string& path);

}  // namespace gmmvi::runner

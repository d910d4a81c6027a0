#pragma once

#include <string>

#include <Eigen/Core>

namespace gmmvi::runner {

/// Points [D x N] from a file: a table (.csv, a row a point, with or without names), a NumPy matrix (.npy, a row a
/// point), or draws as `gmmvi sample` writes them (.nc). What is missing is NaN. Throws Error (data) where it cannot be
/// read, or ends otherwise.
Eigen::MatrixXd read_points(const std::string& path);

/// The same of samples of the true distribution, which a fit is compared with: all of them have to be finite.
Eigen::MatrixXd read_ground_truth(const std::string& path);

}  // namespace gmmvi::runner

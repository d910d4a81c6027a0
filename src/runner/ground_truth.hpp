#pragma once

#include <string>
#include <vector>

#include <Eigen/Core>

namespace gmmvi::runner {

/// Points [D x N] from a file: a table (.csv, a row a point, with or without names), a NumPy matrix (.npy, a row a
/// point), or draws as `gmmvi sample` writes them (.nc). What is missing is NaN. Of a table whose columns have the
/// names of the `parameters` these are taken, in any order; without one of these names all of its columns are, as they
/// stand, which is said. Throws Error (data) where the file cannot be read, ends otherwise, or has some of the names
/// only.
Eigen::MatrixXd read_points(const std::string& path, const std::vector<std::string>& parameters = {});

/// The same of samples of the true distribution, which a fit is compared with: all of them have to be finite.
Eigen::MatrixXd read_ground_truth(const std::string& path);

}  // namespace gmmvi::runner

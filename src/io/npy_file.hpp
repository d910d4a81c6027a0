#pragma once

#include <string>
#include <string_view>

#include <Eigen/Core>

namespace gmmvi::io {

/// The matrix in the contents of a NumPy file (.npy), rows as rows: two dimensions, little-endian doubles or floats.
/// NaN and infinities may be among them. `path` is for messages. Throws Error (data) that says what else it is.
Eigen::MatrixXd parse_npy(const std::string& path, std::string_view contents);

}  // namespace gmmvi::io

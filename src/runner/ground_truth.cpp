#include "runner/ground_truth.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/log.hpp"
#include "core/text_file.hpp"
#include "core/text_table.hpp"
#include "io/draws_file.hpp"
#include "io/npy_file.hpp"

namespace gmmvi::runner {

namespace {

/// A row a point; a missing value is NaN.
Eigen::MatrixXd points_of_table(const std::string& path) {
  const std::string text = core::read_text(path);
  const core::TextTable table = core::split_table(path, text);
  for (const std::string& note : table.notes) core::log().warn("note: {}", note);
  Eigen::MatrixXd points(static_cast<Eigen::Index>(table.names.size()), static_cast<Eigen::Index>(table.lines.size()));
  for (Eigen::Index n = 0; n < points.cols(); ++n)
    for (Eigen::Index c = 0; c < points.rows(); ++c) points(c, n) = table.number_or_missing(n, c);
  return points;
}

}  // namespace

Eigen::MatrixXd read_points(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".csv") return points_of_table(path);
  if (extension == ".npy") return io::parse_npy(path, core::read_text(path)).transpose();
  if (extension == ".nc") return io::read_draws(path);
  throw Error(fmt::format("{}: samples are read from files that end with .csv (a row a sample), .npy (a matrix of "
                          "doubles, a row a sample) or .nc (as `gmmvi sample` writes them).",
                          path),
              ExitCode::data);
}

Eigen::MatrixXd read_ground_truth(const std::string& path) {
  Eigen::MatrixXd samples = read_points(path);
  for (Eigen::Index n = 0; n < samples.cols(); ++n)
    if (!samples.col(n).allFinite())
      throw Error(
          fmt::format("{}: sample {} has a value that is missing or not finite. Remove such samples.", path, n + 1),
          ExitCode::data);
  return samples;
}

}  // namespace gmmvi::runner

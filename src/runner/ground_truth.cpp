#include "runner/ground_truth.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gmmvi/error.hpp"

#include "core/log.hpp"
#include "core/text_file.hpp"
#include "core/text_table.hpp"
#include "io/draws_file.hpp"
#include "io/npy_file.hpp"

namespace gmmvi::runner {

namespace {

using Columns = std::vector<std::int64_t>;

/// Where the parameters stand in a table, or all of its columns where no name is known.
Columns columns_of(const core::TextTable& table, const std::vector<std::string>& parameters) {
  Columns all(table.names.size()), columns;
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::string> missing;
  for (const std::string& name : parameters) {
    const auto found = std::ranges::find(table.names, name);
    if (found == table.names.end())
      missing.push_back(name);
    else
      columns.push_back(found - table.names.begin());
  }
  if (!columns.empty() && missing.empty()) return columns;
  if (!columns.empty())
    throw Error(fmt::format("{} has no column {}. It has to have one for every parameter of the target: {}.",
                            table.path, fmt::join(missing, ", "), fmt::join(parameters, ", ")),
                ExitCode::data);
  if (table.has_header && !parameters.empty())
    core::log().warn("warning: {}: no column has the name of a parameter, so they are taken as they stand, for {}",
                     table.path, fmt::join(parameters, ", "));
  return all;
}

/// A row a point; a missing value is NaN.
Eigen::MatrixXd points_of_table(const std::string& path, const std::vector<std::string>& parameters) {
  const std::string text = core::read_text(path);
  const core::TextTable table = core::split_table(path, text);
  for (const std::string& note : table.notes) core::log().warn("note: {}", note);
  const Columns columns = columns_of(table, parameters);
  Eigen::MatrixXd points(static_cast<Eigen::Index>(columns.size()), static_cast<Eigen::Index>(table.lines.size()));
  for (Eigen::Index n = 0; n < points.cols(); ++n)
    for (Eigen::Index c = 0; c < points.rows(); ++c)
      points(c, n) = table.number_or_missing(n, columns[static_cast<std::size_t>(c)]);
  return points;
}

}  // namespace

Eigen::MatrixXd read_points(const std::string& path, const std::vector<std::string>& parameters) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".csv") return points_of_table(path, parameters);
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

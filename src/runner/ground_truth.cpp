#include "runner/ground_truth.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "gmmvi/error.hpp"

#include "core/text_file.hpp"
#include "io/draws_file.hpp"
#include "io/npy_file.hpp"
#include "target/table.hpp"

namespace gmmvi::runner {

Eigen::MatrixXd read_ground_truth(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".csv") return target::read_table(path).values.transpose();
  if (extension == ".npy") return io::parse_npy(path, core::read_text(path)).transpose();
  if (extension == ".nc") return io::read_draws(path);
  throw Error(fmt::format("{}: samples are read from files that end with .csv (a row a sample), .npy (a matrix of "
                          "doubles, a row a sample) or .nc (as `gmmvi sample` writes them).",
                          path),
              ExitCode::data);
}

}  // namespace gmmvi::runner
